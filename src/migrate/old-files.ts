import { join, relative } from 'node:path';
import { GexlakeError } from '../core/errors.ts';
import { isStray } from '../core/strays.ts';
import type { DataFolder } from '../core/data-folder.ts';
import { parseCanonicalPath } from '../core/canonical-path.ts';
import { keptFolders, workFolders } from '../core/kept-places.ts';
import { exists } from '../platform/files.ts';
import { listFiles } from '../platform/listing.ts';

/** The folders of a data folder in which nothing of an old layout is looked for: what lies there has another meaning. */
const ownFolders = [
  keptFolders.sources,
  keptFolders.archive,
  keptFolders.quarantine,
  keptFolders.journal,
  keptFolders.backups,
  keptFolders.pins,
  keptFolders.trash,
  ...workFolders,
];

/** What may be files of old layouts below a folder. */
export type Candidates = {
  /** Absolute paths of Parquet files, sorted, without those in folders that have another meaning. */
  readonly paths: readonly string[];
  /** How many other files there are. */
  readonly others: number;
};

/** Lists what may be files of old layouts, published ones among them. @throws SOURCE_NOT_FOUND */
export async function listCandidates(data: DataFolder, folder: string): Promise<Candidates> {
  if (!(await exists(folder))) {
    throw new GexlakeError('SOURCE_NOT_FOUND', `there is no folder ${folder}`, {
      details: { path: folder },
      hint: 'Give the folder in which the old files lie.',
    });
  }
  const paths: string[] = [];
  let others = 0;
  for (const name of await listFiles(folder)) {
    const path = join(folder, name);
    const inside = insideOf(data, path);
    if (inside !== null && isOwn(inside)) continue;
    if (/\.(?:parquet|parq|pq)$/i.test(name) && !isStray(name)) paths.push(path);
    else others++;
  }
  return { paths, others };
}

/** A path as plans show it: relative to the data folder where it is in there, else whole. */
export function shownPath(data: DataFolder, path: string): string {
  return insideOf(data, path) ?? path;
}

/** Whether a path under `parquet/` has a name by which readers look for canonical files. */
export function hasCanonicalName(data: DataFolder, path: string): boolean {
  const canonical = parseCanonicalPath(insideOf(data, path) ?? '');
  return canonical !== null && /^(?:strikes|snapshots)/.test(canonical.file);
}

function insideOf(data: DataFolder, path: string): string | null {
  const inside = relative(data.root, path);
  return inside.startsWith('..') || inside.startsWith('/') ? null : inside;
}

function isOwn(inside: string): boolean {
  return ownFolders.some((name) => inside.startsWith(`${name}/`)) || /^gex_(?:data|history)\.db/.test(inside);
}
