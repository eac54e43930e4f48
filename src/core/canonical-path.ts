import type { Dataset } from './contract.ts';
import { isJobId } from './ids.ts';
import type { ParquetFile } from './job.ts';
import { isIn, keptFolders } from './kept-places.ts';
import { folderOf, inFolder, parseStoredPath, type StoredPath } from './stored-path.ts';

/*
 * Canonical files lie at `parquet/gex/YYYY/MM/<ticker>/<endpoint>/<file>.parquet`. What took the place of one, or withdrew it, is in
 * the name that it has in the archive: `archive/parquet/gex/…/<file>.superseded_by_<job id>.parquet`.
 */

/** The folder of a month; `month` is `YYYY-MM`, ticker and endpoint are as they are written there. */
export type CanonicalFolder = { readonly month: string; readonly ticker: string; readonly endpoint: string };

/** A file of a canonical folder, its name without the ending. */
export type CanonicalPath = CanonicalFolder & { readonly file: string };

/** What the name of a file that a job has published says: the first one of a folder has no job in it. */
export type PublishedName = { readonly dataset: Dataset; readonly jobId: string | null };

/** Why a file is no longer live, and by which job. */
export type Retired = { readonly why: 'superseded' | 'withdrawn' | 'purged'; readonly by: string };

/** The folder that all canonical folders lie in. */
export const canonicalRoot = inFolder(keptFolders.parquet, 'gex');

/** How a canonical folder looks, for examples in messages. */
export const exampleFolder = `${canonicalRoot}/2025/10/NQ_NDX/gex_zero`;

export function formatCanonicalFolder({ month, ticker, endpoint }: CanonicalFolder): StoredPath {
  return parseStoredPath(`${canonicalRoot}/${month.replace('-', '/')}/${ticker}/${endpoint}`);
}

/** Null for every other path. */
export function parseCanonicalFolder(text: string): CanonicalFolder | null {
  const [parquet, gex, year = '', month = '', ticker = '', endpoint = '', ...rest] = text.split('/');
  const isCanonical = `${parquet}/${gex}` === canonicalRoot && /^\d{4}$/.test(year) && /^\d{2}$/.test(month);
  if (!isCanonical || ticker === '' || endpoint === '' || rest.length > 0) return null;
  return { month: `${year}-${month}`, ticker, endpoint };
}

export function formatCanonicalPath(path: CanonicalPath): StoredPath {
  return parseStoredPath(`${formatCanonicalFolder(path)}/${path.file}.parquet`);
}

/** Null for every other path, whatever program has made it. */
export function parseCanonicalPath(text: string): CanonicalPath | null {
  const slash = text.lastIndexOf('/');
  const file = /^(.+)\.parquet$/.exec(text.slice(slash + 1))?.[1];
  const folder = parseCanonicalFolder(text.slice(0, Math.max(0, slash)));
  return folder === null || file === undefined ? null : { ...folder, file };
}

/** The name of a file without the ending: `strikes`, or `strikes_<job id>`. */
export function formatPublishedName({ dataset, jobId }: PublishedName): string {
  return jobId === null ? dataset : `${dataset}_${jobId}`;
}

/** Null for a name that no job gives. */
export function parsePublishedName(file: string): PublishedName | null {
  const [, dataset, jobId = null] = /^(strikes|snapshots)(?:_(.+))?$/.exec(file) ?? [];
  if (dataset === undefined || (jobId !== null && !isJobId(jobId))) return null;
  return { dataset: dataset as Dataset, jobId };
}

/** Another path in the same folder, for a file whose own is taken by now: with the job that needs it in the name. */
export function withJobInName(path: StoredPath, dataset: Dataset, jobId: string): StoredPath {
  return inFolder(folderOf(path), `${formatPublishedName({ dataset, jobId })}.parquet`);
}

/** Where a published file goes that is no longer live: every version of a path has a name of its own there. */
export function formatRetiredPath(live: StoredPath, { why, by }: Retired): StoredPath {
  return parseStoredPath(`${keptFolders.archive}/${live.replace(/\.parquet$/, '')}.${why}_by_${by}.parquet`);
}

/** Where the bytes of a file lie now: at its path, or once it is superseded in the archive. */
export function placeOf({
  state,
  path,
  archive_path,
}: Pick<ParquetFile, 'state' | 'path' | 'archive_path'>): StoredPath {
  return state === 'superseded' ? (archive_path ?? path) : path;
}

/** The path that a file of the archive had while it was live, and why it is not any more; null for every other path. */
export function parseRetiredPath(text: string): (Retired & { readonly live: CanonicalPath }) | null {
  if (!isIn(keptFolders.archive, text)) return null;
  const name = text.slice(keptFolders.archive.length + 1);
  const [, path = '', why, by = ''] = /^(.+)\.(superseded|withdrawn|purged)_by_([^./]+)\.parquet$/.exec(name) ?? [];
  const live = parseCanonicalPath(`${path}.parquet`);
  if (live === null || !isJobId(by)) return null;
  return { live, why: why as Retired['why'], by };
}
