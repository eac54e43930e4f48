import { join, relative } from 'node:path';
import { canonicalRoot } from './canonical-path.ts';
import { GexlakeError } from './errors.ts';
import { keptFolders, workFolders } from './kept-places.ts';

/** The layout of data folders that this version makes and reads. It rises when a path changes its meaning. */
export const layoutVersion = 2;

const [inbox, work, maintenance] = workFolders;

/** Where everything lies in a data folder. Paths in logs and answers are relative to it, with `/`. */
export type DataFolder = {
  readonly root: string;
  readonly source: string;
  readonly engine: string;
  readonly history: string;
  /** The journal of the job log, from which that can be made again. */
  readonly journal: string;
  readonly parquet: string;
  readonly archive: string;
  readonly quarantine: string;
  readonly backups: string;
  /** Reports of `gexlake reconcile`. */
  readonly reports: string;
  /** What was pinned, a folder for each pin. */
  readonly pins: string;
  /** What a witness has signed of other journals. */
  readonly witnessed: string;
  /** What came from standard input or in a request, until its job has staged it. */
  readonly inbox: string;
  /** Private folders of running jobs; outside everything a glob of readers could see. */
  readonly work: string;
  /** Private folders of commands that govern (prune, backup, …); outside the pipeline's, which clears what no job explains. */
  readonly maintenance: string;
  /** What such commands have removed, for a while. */
  readonly trash: string;
};

/**
 * @throws CONFIG_INVALID for a path with a question mark: what follows one, DuckDB takes for options, and would write a database's
 * journal somewhere else
 */
export function dataFolder(root: string): DataFolder {
  if (root.includes('?'))
    throw new GexlakeError('CONFIG_INVALID', `the data folder ${root} has a question mark in its path`, {
      details: { path: root },
      hint: 'Name the folder otherwise, or give another one by --data-dir: DuckDB cannot keep a database there.',
    });
  return {
    root,
    source: join(root, keptFolders.gexbotSources),
    engine: join(root, 'gex_data.db'),
    history: join(root, 'gex_history.db'),
    journal: join(root, keptFolders.journal),
    parquet: join(root, canonicalRoot),
    archive: join(root, keptFolders.archive),
    quarantine: join(root, keptFolders.quarantine),
    backups: join(root, keptFolders.backups),
    reports: join(root, keptFolders.reports),
    pins: join(root, keptFolders.pins),
    witnessed: join(root, keptFolders.witnessed),
    inbox: join(root, inbox),
    work: join(root, work),
    maintenance: join(root, maintenance),
    trash: join(root, keptFolders.trash),
  };
}

export function relativeTo(folder: DataFolder, path: string): string {
  return relative(folder.root, path).replaceAll('\\', '/');
}
