import { inMemory, withDatabase } from '../db/db.ts';
import type { LogSnapshot } from '../joblog/joblog.ts';
import type { GovernContext } from '../maintenance/maintenance.ts';
import { publishedTimestamps, urlsOf } from '../publish/publish.ts';
import type { Found, FoundParquet } from './found.ts';

/** What a log could take in of what was found, and what it could not, in words. */
export type Beyond = { readonly found: Found; readonly notes: readonly string[] };

/**
 * Of what was found, what the log does not explain and could take in beside what it has: files that gexlake has made, and the sources
 * that no job of the log has read. Sessions of which it has a second already stay as they are.
 */
export async function beyondLog(context: GovernContext, found: Found, log: LogSnapshot): Promise<Beyond> {
  const unknown = unknownOf(found.parquet, log);
  const twice = await takenSessions(context, unknown, log);
  const parquet = unknown.filter((file) => !sessionsOf(file).some((session) => twice.has(session)));
  const left = new Set(unknown.filter((file) => !parquet.includes(file)).flatMap(({ sources }) => sources));
  const taken = new Set(parquet.flatMap(({ sources }) => sources));
  const read = new Set(log.jobs.map(({ checksum }) => checksum));
  const known = knownPaths(log);
  const isNew = ({ path, checksum }: Found['sources'][number]) =>
    !known.has(path) && (taken.has(checksum) || !(read.has(checksum) || left.has(checksum)));
  const jobs = new Set(log.jobs.map(({ id }) => id));
  const quarantine = found.quarantine.filter(({ jobId }) => !jobs.has(jobId));
  return { found: { ...found, parquet, sources: found.sources.filter(isNew), quarantine }, notes: notesOn(twice) };
}

function unknownOf(parquet: readonly FoundParquet[], log: LogSnapshot): FoundParquet[] {
  const known = knownPaths(log);
  const jobs = new Set(log.jobs.map(({ id }) => id));
  const isOfJob = (id: string | null) => id !== null && jobs.has(id);
  const purged = new Set(log.purged.map(({ checksum }) => checksum));
  return parquet.filter(
    ({ path, checksum, namedJob, supersededBy, sources }) =>
      sources.length > 0 && !known.has(path) && !purged.has(checksum) && !isOfJob(namedJob) && !isOfJob(supersededBy),
  );
}

function knownPaths({ files, jobs, archived, purged }: LogSnapshot): ReadonlySet<string | null> {
  return new Set<string | null>([
    ...files.flatMap(({ path, archive_path }) => [path, archive_path]),
    ...jobs.map(({ staged_path }) => staged_path),
    ...archived.map(({ archive_path }) => archive_path),
    ...purged.map(({ path }) => path),
  ]);
}

/** The sessions of unknown live files that have a second which a live file of the log has, too, and the jobs of the latter. */
async function takenSessions(
  { store, engine }: GovernContext,
  unknown: readonly FoundParquet[],
  log: LogSnapshot,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const taken = new Map<string, readonly string[]>();
  await withDatabase(inMemory, engine, async (database) => {
    for (const file of unknown.filter(({ supersededBy }) => supersededBy === null)) {
      const sessions = new Set(sessionsOf(file));
      const beside = log.files.filter((one) => one.state === 'live' && sessionsOf(one).some((is) => sessions.has(is)));
      if (beside.length === 0) continue;
      const own = await publishedTimestamps(database, [await store.engineUrl(file.path)]);
      if (own.isDisjointFrom(await publishedTimestamps(database, await urlsOf(beside, store)))) continue;
      for (const session of sessions) taken.set(session, [...new Set(beside.map(({ job_id }) => job_id))]);
    }
  });
  return taken;
}

type OfSessions = {
  readonly ticker: string;
  readonly endpoint: string;
  readonly session_dates: readonly string[];
};

function sessionsOf({ ticker, endpoint, session_dates }: OfSessions): string[] {
  return session_dates.map((date) => `${ticker} ${endpoint} ${date}`);
}

function notesOn(twice: ReadonlyMap<string, readonly string[]>): string[] {
  return [...twice].map(
    ([session, jobs]) =>
      `${session} is in files of job ${jobs.join(', ')} and in files that the log does not know: they stay as they are. \`gexlake repair\` sets them aside where their rows are all there; to have them instead, \`gexlake withdraw\` the job first and do this again`,
  );
}
