import type { AnsweredTime, AskedTime } from '../core/as-of.ts';
import { GexlakeError } from '../core/errors.ts';
import type { ParquetFile } from '../core/job.ts';
import { isIn, keptFolders } from '../core/kept-places.ts';
import type { Database, DatabaseOptions } from '../db/db.ts';
import type { JobLog } from '../joblog/joblog.ts';
import { createVersionViews, placerOf, showVersions, urlsOf, type PlacedVersion } from '../publish/publish.ts';
import type { FileStore } from '../store/store.ts';

/** What is asked about the past. */
type AskedLake = { readonly store: FileStore; readonly log: Pick<JobLog, 'files'>; readonly engine: DatabaseOptions };

/** The views over all versions. */
const versionViews = /\b(?:strikes|snapshots)_versions\b/i;

/** What of the past a query shows. */
export type Past = {
  readonly answered: readonly AnsweredTime[];
  /** The files that it opens for that, as absolute paths. */
  readonly opened: readonly string[];
  /** Makes sure that nothing of it has moved meanwhile. @throws FILE_CHANGED */
  readonly mustBeAsBefore: () => Promise<void>;
};

type Asked = { readonly sql: string; readonly asOf: readonly AskedTime[] };

const noPast: Past = { answered: [], opened: [], mustBeAsBefore: async () => undefined };

/**
 * Shows what counted at the times that are asked for, each in its schema (the main one where it has no name), and all versions where the
 * query names their views. Reads nothing of the past where neither is asked.
 * @throws AS_OF_UNKNOWN, FILE_SYSTEM where bytes are gone
 */
export async function showPast(
  { store, log, engine }: AskedLake,
  database: Database,
  { sql, asOf }: Asked,
): Promise<Past> {
  const asksVersions = versionViews.test(sql);
  if (asOf.length === 0 && !asksVersions) return noPast;
  const now = new Date(engine.clock.now_ms()).toISOString();
  const past = await log.files.asOf({ times: asOf.map(({ at }) => at), now });
  const place = placerOf({ store, versions: past.versions, purged: past.purged });
  const shown: PlacedVersion[] = [];
  for (const [index, { files }] of past.known.entries()) {
    const placed = await place(files);
    await showVersions(database, placed, { store, schema: asOf[index]?.name ?? 'main' });
    shown.push(...placed);
  }
  if (asksVersions) {
    const placed = await place(past.versions);
    await createVersionViews(database, placed, store);
    shown.push(...placed);
  }
  return {
    answered: past.known.map(({ as_of, basis, files }, index) => {
      return { name: asOf[index]?.name ?? null, as_of, basis, files: files.length };
    }),
    opened: [...new Set(await urlsOf(shown, store))],
    mustBeAsBefore: async () => mustBeAsBefore(shown, await log.files.live()),
  };
}

/** A file that is replaced while a query runs gives its path to another, and the query may have read that. In the archive none is. */
function mustBeAsBefore(shown: readonly PlacedVersion[], files: readonly ParquetFile[]): void {
  const live = new Set(files.map(({ path, checksum }) => `${path} ${checksum}`));
  const moved = shown.find(
    ({ file, path }) => isIn(keptFolders.parquet, path) && !live.has(`${path} ${file.checksum}`),
  );
  if (moved === undefined) return;
  const { path, file } = moved;
  throw new GexlakeError('FILE_CHANGED', `${path} of job ${file.job_id} was replaced while the query ran`, {
    details: { path, jobId: file.job_id },
    hint: 'Run the query again. What has been printed of it may be of either version.',
  });
}
