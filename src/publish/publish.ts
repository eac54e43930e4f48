import type { ParquetFile } from '../core/job.ts';
import { parseStoredPath } from '../core/stored-path.ts';
import type { Database } from '../db/db.ts';
import { reach } from '../platform/steps.ts';
import type { FileStore } from '../store/store.ts';
import { compareWithLive, type Comparing, type Comparison } from './compare.ts';
import type { CheckedFiles } from './checked.ts';
import { requireLive } from './live.ts';
import { createStagingTable, dropStagingExcept } from './staging-table.ts';
import { applySwap } from './swap.ts';
import type { PlacedVersion } from './placed.ts';
import { createViews, type Showing } from './views.ts';

export { sessionsBeyond } from './beyond.ts';
export type { ComparedColumns, Comparison, Conflict } from './compare.ts';
export { countChanges, countSharedSeconds } from './changes.ts';
export { restatement } from './restated.ts';
export { urlsOf, withUrls, type EngineUrls, type WithUrl } from './engine-urls.ts';
export { createVersionViews } from './version-views.ts';
export { placerOf, type PlacedVersion } from './placed.ts';
export { checkCopy, checkLoaded, type CheckedFile, type CheckedFiles } from './checked.ts';
export { writeByEngine } from './engine-writer.ts';
export { writeRewritten, type Rewriting } from './rewrite.ts';
export { publishedTimestamps } from './published-timestamps.ts';
export { applySwap, isSwapDone, undoSwap, type Recorded, type Retirement, type Swap } from './swap.ts';

/** Keeps the checked rows in `gex_data.db` for inspection; gives the table's name. */
export async function keepForInspection(database: Database, jobId: string, checked: CheckedFiles): Promise<string> {
  return createStagingTable(database, jobId, checked.files);
}

/** What checked rows are compared with. */
export type Compared = Omit<Comparing, 'found' | 'store'> & { readonly store: FileStore };

/** How the checked rows relate to the files that are live in the same blocks. */
export async function compareChecked(
  database: Database,
  checked: CheckedFiles,
  compared: Compared,
): Promise<Comparison> {
  await requireLive(compared.live, compared.store);
  return compareWithLive(database, { ...compared, found: checked.files });
}

export type Publishing = {
  readonly store: FileStore;
  /** The private folder of the attempt. */
  readonly workFolder: string;
  readonly checked: CheckedFiles;
  readonly intended: readonly ParquetFile[];
};

/** Links the checked files to the paths that the log has recorded as intended. */
export async function publishChecked({ store, workFolder, checked, intended }: Publishing): Promise<void> {
  const placements = checked.files.map((local, at) => ({
    path: parseStoredPath(intended[at]?.path ?? ''),
    checksum: local.checksum,
    local,
    replaces: null,
  }));
  await applySwap(store, { placements, retirements: [] }, workFolder);
}

/** Removes the staging tables and views of all jobs but those whose rows wait for inspection; gives the jobs whose it was. */
export async function clearStaging(database: Database, keptJobIds: readonly string[]): Promise<string[]> {
  return dropStagingExcept(database, keptJobIds);
}

/** Lets `strikes` and `snapshots` show exactly the live files. */
export async function showLive(database: Database, live: readonly ParquetFile[], store: FileStore): Promise<void> {
  await requireLive(live, store);
  await reach('engine:show');
  await createViews(database, live, { store });
}

/** Lets `strikes` and `snapshots` of a schema show files that counted at some time, from where their bytes lie now. */
export async function showVersions(
  database: Database,
  versions: readonly PlacedVersion[],
  showing: Required<Showing>,
): Promise<void> {
  const files = versions.map(({ file: { dataset, endpoint }, path }) => ({ dataset, endpoint, path }));
  await createViews(database, files, showing);
}
