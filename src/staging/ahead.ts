import { basename, dirname, join } from 'node:path';
import type { DataFolder } from '../core/data-folder.ts';
import { GexlakeError } from '../core/errors.ts';
import type { ByteSink, Transferred } from '../core/journey.ts';
import { fileNameOf, folderNameOf, type VendorSource } from '../core/vendor-source.ts';
import { exists, readText } from '../platform/files.ts';
import { makeFolder, syncFolder } from '../platform/folders.ts';
import { listFolders, sizeOfFolder } from '../platform/listing.ts';
import { moveInto, remove, writeSmall } from '../platform/work-files.ts';
import { PartFile } from './part.ts';
import { mustFit } from './room-left.ts';
import { endsEarly } from './whole-end.ts';

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

/** A member of a bundle comes with that. */
export function aheadOf(folder: DataFolder, source: VendorSource): Ahead {
  const { ticker, date } = source;
  const comes: VendorSource = source.kind === 'member' ? { kind: 'bundle', ticker, date } : source;
  const own = join(aheadFolder(folder), folderNameOf(comes));
  return { folder: own, path: join(own, fileNameOf(comes)), receipt: join(own, receiptName) };
}

/** Removes what has come ahead; none there is fine. */
export async function removeAhead({ folder }: Ahead): Promise<void> {
  await remove('clean:remove', folder);
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
  /** Brings it to the disk under a name and gives its private path, for whoever looks at it before it is kept. */
  readonly finish: (name: string) => Promise<string>;
  /** Keeps it as what has come for a source, under the name of that; what is there already stays. */
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
  let finished: Promise<unknown> | null = null;
  const finishPart = () => (finished ??= file.finish());
  let isSealed = false;
  let path = part;
  const sink: ByteSink = {
    expect: async ({ codings, bytes_total }) => {
      if (codings.length > 0) throw packed(codings);
      await mustFit('what is downloaded', part, bytes_total);
    },
    append: (bytes) => file.append(bytes),
    reset: async () => {
      await file.discard();
      file = await PartFile.create(part);
      finished = null;
    },
    lacks: async () => {
      await finishPart();
      return endsEarly(part, 'it');
    },
  };
  return {
    sink,
    finish: async (name) => {
      await makeFolder('stage:folder', taken);
      isSealed = true;
      await finishPart();
      await file.seal();
      path = join(taken, name);
      await moveInto('stage:link', part, path);
      return path;
    },
    keep: async (ahead, transferred) => {
      const named = join(taken, basename(ahead.path));
      if (path !== named) await moveInto('stage:link', path, named);
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

function packed(codings: readonly string[]): GexlakeError {
  return new GexlakeError('DOWNLOAD_REFUSED', `the server sends it packed as ${codings.join(', ')}, unasked`, {
    hint: 'Import it by itself: gexlake import with its source.',
  });
}
