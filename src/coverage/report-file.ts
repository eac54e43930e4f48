import { join } from 'node:path';
import { relativeTo } from '../core/data-folder.ts';
import { GexlakeError } from '../core/errors.ts';
import {
  linkNew,
  makeDataFolder,
  makeFolder,
  makeReadOnly,
  openPart,
  syncFile,
  syncFolder,
  writeAll,
} from '../platform/files.ts';
import type { GovernContext } from '../maintenance/maintenance.ts';
import { withPrivateFolder } from '../maintenance/maintenance.ts';

/** More reports of one day than anybody makes. */
const mostOfOneDay = 1_000;

/**
 * Keeps a report as `reports/<name>.md`, read-only. Never replaces: where there is one of that name, it becomes `<name>-2.md`, and so
 * on. Gives its path relative to the data folder.
 */
export async function keepReport(context: GovernContext, name: string, text: string): Promise<string> {
  const { folder } = context;
  await makeDataFolder('report:folder', folder.root);
  await makeFolder('report:folder', folder.reports);
  return withPrivateFolder(context, async (privateFolder) => {
    const part = join(privateFolder, `${name}.md`);
    await writePart(part, text);
    const path = await linkUnderFreeName(part, folder.reports, name);
    // A crash right here leaves a whole report that may not survive a power cut, and a private folder that the next command clears.
    await syncFolder('report:sync-folder', folder.reports);
    return relativeTo(folder, path);
  });
}

async function writePart(path: string, text: string): Promise<void> {
  const file = await openPart('report:write', path);
  try {
    await writeAll('report:write', file, path, Buffer.from(text));
    await syncFile('report:sync', file, path);
  } finally {
    await file.close();
  }
  await makeReadOnly('report:read-only', path);
}

async function linkUnderFreeName(part: string, folder: string, name: string): Promise<string> {
  for (let count = 1; ; count++) {
    const path = join(folder, count === 1 ? `${name}.md` : `${name}-${count}.md`);
    try {
      await linkNew('report:link', part, path);
      return path;
    } catch (error) {
      const isTaken = error instanceof GexlakeError && error.code === 'FILE_EXISTS';
      if (!isTaken || count === mostOfOneDay) throw error;
    }
  }
}
