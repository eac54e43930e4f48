import { join } from 'node:path';
import { GexlakeError } from '../core/errors.ts';
import { reportPath } from '../core/kept-places.ts';
import type { StoredPath } from '../core/stored-path.ts';
import { withPrivateFolder, type GovernContext } from '../maintenance/maintenance.ts';
import { hashFile } from '../platform/checksum.ts';
import { makeDataFolder } from '../platform/folders.ts';
import { writeSmall } from '../platform/work-files.ts';
import type { FileStore, LocalFile } from '../store/store.ts';

/** More reports of one day than anybody makes. */
const mostOfOneDay = 1_000;

/**
 * Keeps a report as `reports/<name>.md`, read-only. Never replaces: where there is one of that name, it becomes `<name>-2.md`, and so
 * on. Gives its path.
 */
export async function keepReport(context: GovernContext, name: string, text: string): Promise<StoredPath> {
  const { folder, store } = context;
  await makeDataFolder('report:folder', folder.root);
  return withPrivateFolder(context, async (privateFolder) =>
    putUnderFreeName(store, await writeLocal(join(privateFolder, `${name}.md`), text), name),
  );
}

async function writeLocal(path: string, text: string): Promise<LocalFile> {
  const bytes = Buffer.from(text);
  await writeSmall({ write: 'report:write', readOnly: null, sync: 'report:sync' }, path, bytes);
  return { path, size_bytes: bytes.byteLength, checksum: await hashFile(path) };
}

async function putUnderFreeName(store: FileStore, local: LocalFile, name: string): Promise<StoredPath> {
  for (let count = 1; ; count++) {
    const path = reportPath(name, count);
    try {
      const [outcome] = await store.put([{ path, local, when: { ifAbsent: true } }], { purpose: 'report' });
      // An equal report that is there already is another one: each that is asked for is kept.
      if (outcome === 'put') return path;
    } catch (error) {
      const isTaken = error instanceof GexlakeError && error.code === 'FILE_EXISTS';
      if (!isTaken || count === mostOfOneDay) throw error;
    }
  }
}
