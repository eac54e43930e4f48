import { dirname, join } from 'node:path';
import type { DataFolder } from '../core/data-folder.ts';
import { GexlakeError } from '../core/errors.ts';
import type { ByteSink, Transferred } from '../core/journey.ts';
import { fileNameOf, folderNameOf, type VendorSource } from '../core/vendor-source.ts';
import { exists, freeBytes, readText } from '../platform/files.ts';
import { makeFolder, syncFolder } from '../platform/folders.ts';
import { listFolders, sizeOfFolder } from '../platform/listing.ts';
import { moveInto, remove, writeSmall } from '../platform/work-files.ts';
import { endsInsideJson } from './json-end.ts';
import { PartFile } from './part.ts';

/*
 * What was downloaded before its job has begun lies in the inbox, in a folder for each source of the vendor: the file as it was
 * transferred, and `receipt.json`, what was said of it. The folder appears by one rename, so what is there is whole.
 */

const receiptName = 'receipt.json';

/** Where the file of a source lies that was downloaded ahead, and what was said of it when it came. */
export type Ahead = { readonly folder: string; readonly path: string; readonly receipt: string };

/** Where such folders are. */
function aheadFolder({ inbox }: DataFolder): string {
  return join(inbox, 'vendor');
}

export function aheadOf(folder: DataFolder, source: VendorSource): Ahead {
  const own = join(aheadFolder(folder), folderNameOf(source));
  return { folder: own, path: join(own, fileNameOf(source)), receipt: join(own, receiptName) };
}

/** What was said of a file that was downloaded ahead; null where there is none. */
export async function arrivedAhead(ahead: Ahead): Promise<Transferred | null> {
  const text = await readText(ahead.receipt);
  if (text === null || !(await exists(ahead.path))) return null;
  // This program has written it.
  return JSON.parse(text) as Transferred;
}

/** A file that is being downloaded, in a private folder. */
export type Incoming = {
  readonly sink: ByteSink;
  /** Brings it to the disk under the name of its source and gives its private path, for whoever looks at it before it is kept. */
  readonly finish: (name: string) => Promise<string>;
  /** Keeps it as what has come for a source; what is there already stays. */
  readonly keep: (ahead: Ahead, transferred: Transferred) => Promise<void>;
  /** Closes what has not come whole; the private folder goes with it. */
  readonly discard: () => Promise<void>;
};

/** Readies a private folder, which goes afterwards, for a file that comes. */
export async function receiveAhead(privateFolder: string): Promise<Incoming> {
  const part = join(privateFolder, 'coming');
  const taken = join(privateFolder, 'taken');
  let file = await PartFile.create(part);
  // All bytes are written; asked for more than once.
  let finished: Promise<{ readonly size_bytes: number }> | null = null;
  const finishPart = () => (finished ??= file.finish());
  let isSealed = false;
  const sink: ByteSink = {
    expect: async ({ codings, bytes_total }) => {
      if (codings.length > 0) throw packed(codings);
      await mustHaveRoom(privateFolder, bytes_total);
    },
    append: (bytes) => file.append(bytes),
    reset: async () => {
      await file.discard();
      file = await PartFile.create(part);
      finished = null;
    },
    lacks: async () => {
      const { size_bytes } = await finishPart();
      if (size_bytes === 0) return 'nothing came';
      return (await endsInsideJson(part)) ? 'it ends inside its JSON' : null;
    },
  };
  return {
    sink,
    finish: async (name) => {
      await makeFolder('stage:folder', taken);
      isSealed = true;
      await finishPart();
      await file.seal();
      await moveInto('stage:link', part, join(taken, name));
      return join(taken, name);
    },
    keep: async (ahead, transferred) => {
      const steps = { write: 'stage:write', readOnly: null, sync: 'stage:sync' } as const;
      await writeSmall(steps, join(taken, receiptName), Buffer.from(JSON.stringify(transferred)));
      await syncFolder('stage:sync-folder', taken);
      const parent = dirname(ahead.folder);
      await makeFolder('stage:folder', parent);
      if ((await arrivedAhead(ahead)) !== null) return;
      await remove('clean:remove', ahead.folder);
      // A crash before this leaves nothing in the inbox, and after it the whole file.
      await moveInto('stage:link', taken, ahead.folder);
      await syncFolder('stage:sync-folder', parent);
    },
    discard: async () => {
      if (!isSealed) await file.discard();
    },
  };
}

/** What lies downloaded ahead: each folder with its bytes. */
export async function listAhead(
  folder: DataFolder,
): Promise<{ readonly name: string; readonly path: string; readonly size_bytes: number }[]> {
  const root = aheadFolder(folder);
  const names = (await listFolders(root)).sort();
  return Promise.all(
    names.map(async (name) => {
      const path = join(root, name);
      return { name, path, size_bytes: await sizeOfFolder(path) };
    }),
  );
}

async function mustHaveRoom(folder: string, bytes_total: number | null): Promise<void> {
  const free_bytes = bytes_total === null ? 0 : await freeBytes(folder);
  // Some file systems say that nothing is free whatever is.
  if (bytes_total === null || free_bytes === 0 || bytes_total <= free_bytes) return;
  throw new GexlakeError('DISK_FULL', `${bytes_total} bytes are about to come, and the disk has ${free_bytes} free`, {
    details: { path: folder },
    hint: 'Free space on the disk of the data folder.',
  });
}

function packed(codings: readonly string[]): GexlakeError {
  return new GexlakeError('DOWNLOAD_REFUSED', `the server sends it packed as ${codings.join(', ')}, unasked`, {
    hint: 'Import it by itself: gexlake import with its source.',
  });
}
