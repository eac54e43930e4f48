import { mkdir, writeFile } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { parseStoredPath } from '../../src/core/stored-path.ts';
import type { FileStore, LocalFile } from '../../src/store/store.ts';

/*
 * What can be done to a store, each on the same few files: as it is before, as it is once done, and the change itself. Tests let each
 * fail, and kill it, at every step.
 */

const encode = (text: string): Uint8Array => Buffer.from(text);
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

const [live, archived] = ['parquet/gex/2025/10/SPX/gex_zero/strikes.parquet', 'archive/parquet/strikes.parquet'].map(
  parseStoredPath,
) as [ReturnType<typeof parseStoredPath>, ReturnType<typeof parseStoredPath>];
const folder = parseStoredPath('backups/one');

/** What lies in a store: paths with their text. */
export type Contents = Readonly<Record<string, string>>;

export type Doing = { readonly store: FileStore; readonly workFolder: string };

type Change = {
  readonly before: Contents;
  readonly after: Contents;
  readonly act: (doing: Doing) => Promise<void>;
};

/** Writes a finished private file. */
export async function localFile(workFolder: string, name: string, text: string): Promise<LocalFile> {
  const path = join(workFolder, name);
  await mkdir(workFolder, { recursive: true });
  await writeFile(path, encode(text), { mode: 0o600 });
  return { path, size_bytes: encode(text).byteLength, checksum: sha256(text) };
}

export const changes = {
  put: {
    before: {},
    after: { [live]: 'new' },
    act: async ({ store, workFolder }) => {
      const local = await localFile(workFolder, 'new', 'new');
      await store.put([{ path: live, local, when: { ifAbsent: true } }], { purpose: 'publish' });
    },
  },
  replace: {
    before: { [live]: 'old' },
    after: { [live]: 'new' },
    act: async ({ store, workFolder }) => {
      const local = await localFile(workFolder, 'new', 'new');
      await store.put([{ path: live, local, when: { replaces: sha256('old') } }], { purpose: 'publish' });
    },
  },
  archive: {
    before: { [live]: 'old' },
    after: { [live]: 'old', [archived]: 'old' },
    act: async ({ store, workFolder }) => {
      const local = { path: join(workFolder, 'second'), size_bytes: null, checksum: sha256('old') };
      await store.get(live, local.path, { purpose: 'archive' });
      await store.put([{ path: archived, local, when: { ifAbsent: true } }], { purpose: 'archive' });
    },
  },
  remove: {
    before: { [live]: 'old' },
    after: {},
    act: async ({ store, workFolder }) => store.remove([live], { purpose: 'publish', workFolder }),
  },
  move: {
    before: { [live]: 'old' },
    after: { [archived]: 'old' },
    // What is gone has been moved before.
    act: async ({ store }) => {
      if ((await store.stat(live)) !== null) await store.move(live, archived, { purpose: 'trash' });
    },
  },
  putFolder: {
    before: {},
    after: { [`${folder}/a`]: 'first', [`${folder}/b`]: 'second' },
    act: async ({ store, workFolder }) => {
      if ((await store.stat(folder)) !== null) return;
      const draft = join(workFolder, 'draft');
      await localFile(draft, 'a', 'first');
      await localFile(draft, 'b', 'second');
      await store.putFolder(folder, draft, { purpose: 'backup' });
    },
  },
} satisfies Record<string, Change>;

export type ChangeName = keyof typeof changes;
