import { inFolder, parseStoredPath, type StoredPath } from './stored-path.ts';

/*
 * Where in a data folder everything is kept, besides the canonical files (canonical-path.ts). No other room writes these names down.
 */

/** The folders of kept files, relative to the data folder. */
export const keptFolders = {
  /** With one folder for each vendor. */
  sources: parseStoredPath('source'),
  gexbotSources: parseStoredPath('source/gexbot'),
  parquet: parseStoredPath('parquet'),
  archive: parseStoredPath('archive'),
  archivedParquet: parseStoredPath('archive/parquet'),
  archivedSources: parseStoredPath('archive/gex'),
  quarantine: parseStoredPath('quarantine'),
  /** The journal of the job log. */
  journal: parseStoredPath('log'),
  backups: parseStoredPath('backups'),
  reports: parseStoredPath('reports'),
  pins: parseStoredPath('pins'),
  /** The last checkpoints of other journals that a witness has signed. */
  witnessed: parseStoredPath('witness'),
  trash: parseStoredPath('.trash'),
} as const;

/** The folders of work in progress on this machine, which no store keeps: what came in, running jobs, maintenance. */
export const workFolders = ['.inbox', '.work', '.maintenance'] as const;

/** Whether a path is one in a folder. */
export function isIn(folder: StoredPath, path: string): boolean {
  return path.startsWith(`${folder}/`);
}

/** Where a source is staged: under its own name, or where another one has that, in a folder of its job's. */
export function stagedPath(name: string, jobId: string | null): StoredPath {
  return inFolder(jobId === null ? keptFolders.gexbotSources : inFolder(keptFolders.gexbotSources, jobId), name);
}

/** What a job has set aside. */
export function quarantinePath(jobId: string): StoredPath {
  return inFolder(keptFolders.quarantine, `${jobId}.ndjson`);
}

/** Where a source goes in the archive: by the month of a day (or a time of that day), under its own name, or in a folder of its job's. */
export function archivedSourcePath(day: string, name: string, jobId: string | null): StoredPath {
  const folder = inFolder(keptFolders.archivedSources, day.slice(0, 7).replace('-', '/'));
  return inFolder(jobId === null ? folder : inFolder(folder, jobId), `${name}.zst`);
}

/** The name of a snapshot that is made at a time: that time, in UTC. */
export function snapshotName(now_ms: number): string {
  return new Date(now_ms).toISOString().replaceAll(':', '');
}

/** A snapshot of the databases, by its name. */
export function snapshotPath(name: string): StoredPath {
  return inFolder(keptFolders.backups, name);
}

/** What was pinned under a name. */
export function pinPath(name: string): StoredPath {
  return inFolder(keptFolders.pins, name);
}

/** Where databases go that are replaced at a time, which is given as the name of a snapshot. */
export function asidePath(name: string): StoredPath {
  return inFolder(keptFolders.backups, `aside-${name}`);
}

/** A report for people; a second one of the same name has a count behind it. */
export function reportPath(name: string, count: number): StoredPath {
  return inFolder(keptFolders.reports, count === 1 ? `${name}.md` : `${name}-${count}.md`);
}

/** What was moved into the trash on a day, or one thing of it by the path that it had. */
export function trashPath(day: string, path?: StoredPath): StoredPath {
  const folder = inFolder(keptFolders.trash, day);
  return path === undefined ? folder : inFolder(folder, path);
}

/** The day on which something was moved into the trash; null for a path that gexlake does not give. */
export function trashDayOf(path: StoredPath): string | null {
  const [trash, day = ''] = path.split('/');
  return trash === keptFolders.trash && /^\d{4}-\d{2}-\d{2}$/.test(day) ? day : null;
}
