import { basename, dirname, join } from 'node:path';
import { unlessDefect } from '../core/defects.ts';
import { relativeTo, type DataFolder } from '../core/data-folder.ts';
import { GexlakeError } from '../core/errors.ts';
import { beganAt_ms, isJobId, newJobId } from '../core/ids.ts';
import type { Limits } from '../core/limits.ts';
import { fileBlocks } from '../platform/files.ts';
import { makeFolder, syncFolder } from '../platform/folders.ts';
import { listFolders } from '../platform/listing.ts';
import { remove } from '../platform/work-files.ts';
import { PartFile } from './part.ts';
import type { PrivateSource } from './receive.ts';

/*
 * Bytes that come through the program, from standard input or in a request, lie nowhere that a job could fetch them from. They are
 * kept in the inbox, `.inbox/<id>/<name>`, durable before there is a job, whose source that file then is. It goes when the job
 * has staged it, or by retention.
 */

export type Arriving = {
  readonly folder: DataFolder;
  /** The name that the bytes get, which is to say what they are. */
  readonly name: string;
  readonly limits: Limits;
  readonly now_ms: number;
  /** The id of its folder, where somebody has to know it. */
  readonly id?: string;
};

/**
 * Keeps what arrives as a file of the inbox and gives its absolute path. What cannot be kept whole leaves nothing.
 * @throws SOURCE_TOO_LARGE, DISK_FULL, FILE_SYSTEM, or what the stream throws
 */
export async function receiveIntoInbox(
  bytes: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  { folder, name, limits, now_ms, id = newJobId(now_ms) }: Arriving,
): Promise<string> {
  const place = join(folder.inbox, id);
  await makeFolder('stage:folder', place);
  const path = join(place, name);
  const part = await PartFile.create(path);
  try {
    for await (const block of bytes) {
      if (part.size_bytes + block.byteLength > limits.source_bytes) throw tooLarge(name, limits);
      await part.append(block);
    }
    await part.finish();
    await part.seal();
    await syncFolder('stage:sync-folder', place);
    return path;
  } catch (error) {
    await part.discard().catch(unlessDefect(undefined));
    await remove('clean:remove', place).catch(unlessDefect(undefined));
    throw error;
  }
}

/** Keeps a received source in the inbox, too, under an id of its own; gives its path, relative to the data folder. */
export async function keepInInbox({ name, path }: PrivateSource, arriving: Omit<Arriving, 'name'>): Promise<string> {
  return relativeTo(arriving.folder, await receiveIntoInbox(fileBlocks(path), { ...arriving, name }));
}

/** Whether a local source is a file of the inbox, which gexlake itself has put there. */
export function isInInbox({ inbox }: DataFolder, path: string): boolean {
  return dirname(dirname(path)) === inbox && isJobId(basename(dirname(path)));
}

/** Removes a file of the inbox with its folder; one that is gone is fine. */
export async function removeFromInbox(path: string): Promise<void> {
  await remove('clean:remove', dirname(path));
}

/** What lies in the inbox: the folder's name, and when it was made. */
export async function listInbox({
  inbox,
}: DataFolder): Promise<{ readonly id: string; readonly arrived_ms: number }[]> {
  const ids = (await listFolders(inbox)).filter(isJobId).sort();
  return ids.map((id) => ({ id, arrived_ms: beganAt_ms(id) }));
}

function tooLarge(name: string, limits: Limits): GexlakeError {
  return new GexlakeError(
    'SOURCE_TOO_LARGE',
    `${name} has more than the ${limits.source_bytes} bytes that a source may have`,
    {
      details: { file: name },
      hint: 'A day of one ticker has 70 to 150 MB. Check what is sent.',
    },
  );
}
