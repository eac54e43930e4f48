import { join } from 'node:path';
import { placeOf } from '../core/canonical-path.ts';
import type { Job, ParquetFile } from '../core/job.ts';
import { redactUrl } from '../core/redact.ts';
import type { Database } from '../db/db.ts';
import type { LogSnapshot } from '../joblog/joblog.ts';
import type { GovernContext } from '../maintenance/maintenance.ts';
import { Rebuilder, type Accepts } from '../pipeline/pipeline.ts';

/**
 * What making a file again has shown: `bytes`, the same bytes; `content`, the same rows in other bytes, by the content hash; `unproven`, that
 * it cannot be made again, and why; `contradicted`, that it is not what its job made.
 */
export type ProofResult = 'bytes' | 'content' | 'unproven' | 'contradicted';

export type Proof = {
  /** Where the file lies now, relative to the data folder. */
  readonly path: string;
  readonly job_id: string;
  readonly result: ProofResult;
  readonly sha256: string;
  /** The hash of its rows, where it is known. */
  readonly content_hash: string | null;
  /** What the job got its rows from, without secrets, and the SHA-256 of its unpacked bytes. */
  readonly source: { readonly url: string; readonly sha256: string | null } | null;
  /** Why it is unproven or contradicted. */
  readonly why: string | null;
};

type Asked = {
  readonly log: LogSnapshot;
  readonly engine: Database;
  readonly file: ParquetFile;
  readonly privateFolder: string;
};

type Found = Pick<Proof, 'result' | 'content_hash' | 'why'>;

export async function proveFile(context: GovernContext, asked: Asked): Promise<Proof> {
  const { file, log } = asked;
  const job = log.jobs.find(({ id }) => id === file.job_id) ?? null;
  const source = job === null || job.kind === 'rewrite' ? null : { url: redactUrl(job.url), sha256: job.checksum };
  const found = await findOut(context, asked, job);
  return { path: placeOf(file), job_id: file.job_id, sha256: file.checksum, source, ...found };
}

async function findOut(context: GovernContext, asked: Asked, job: Job | null): Promise<Found> {
  const { file } = asked;
  const known = { content_hash: file.content_hash };
  const purge = purgeOf(asked.log, file);
  if (purge !== null) return { ...known, result: 'unproven', why: purge };
  const there = await context.store.matches(placeOf(file), { size_bytes: file.size_bytes, checksum: file.checksum });
  if (there.kind === 'absent') return { ...known, result: 'unproven', why: 'the file is gone' };
  if (there.kind !== 'same') return { ...known, result: 'contradicted', why: 'it has other bytes than the log says' };
  const byBytes = rebuilder(context, asked);
  if ((await byBytes.remake(file)) !== null) return { ...known, result: 'bytes', why: null };
  const content_hash = file.content_hash ?? (await byBytes.contentHashOf(file));
  const byRows = rebuilder(context, asked, (made) => made.contentHash !== null && made.contentHash === content_hash);
  if ((await byRows.remake(file)) !== null) return { content_hash, result: 'content', why: null };
  const lacking = await lackingFor(byBytes, asked, job);
  return lacking === null
    ? { content_hash, result: 'contradicted', why: 'what its job made it from gives other rows' }
    : { content_hash, result: 'unproven', why: lacking };
}

function rebuilder(context: GovernContext, { log, engine, privateFolder }: Asked, accepts?: Accepts): Rebuilder {
  const { folder, clock, limits } = context;
  const shop = { root: folder.root, log, engine, clock, limits };
  // Each makes its files under names of its own.
  if (accepts === undefined) return new Rebuilder({ ...shop, privateFolder: join(privateFolder, 'bytes') });
  return new Rebuilder({ ...shop, privateFolder: join(privateFolder, 'rows'), accepts });
}

/** What is missing that a file could be made from, in words; null where all is there. */
async function lackingFor(found: Rebuilder, { file, log }: Asked, job: Job | null): Promise<string | null> {
  if (job === null) return 'the row of its job is gone';
  if (job.kind === 'migration') return 'it was migrated, and the file that it came from is not kept';
  const [lost] = await found.lostInputsOf(file);
  if (lost !== undefined) return purgeOf(log, lost) ?? `${placeOf(lost)}, which its job replaced, is gone`;
  if (job.target?.kind === 'purge') return `job ${job.id} has written it of a file that it purged`;
  if (job.kind === 'rewrite') return job.target?.kind === 'compaction' ? null : originLacking(log, file);
  if ((await found.sourceOf(job)) !== null) return comparedWithPurged(log, file);
  return 'its source is neither in source/ nor in archive/, nor where it came from';
}

/** Why a file is not there any more: somebody has purged it. Null for every other one. */
function purgeOf({ purged, jobs }: LogSnapshot, file: ParquetFile): string | null {
  const row = purged.find(({ path }) => path === placeOf(file));
  if (row === undefined) return null;
  const reason = jobs.find(({ id }) => id === row.job_id)?.reason ?? '';
  return `${row.path} was purged by job ${row.job_id} on ${row.purged_at?.slice(0, 10)}: ${reason}`;
}

/** Which seconds of a source its job found live already cannot be known once those are purged. */
function comparedWithPurged({ purged, files }: LogSnapshot, file: ParquetFile): string | null {
  const gone = new Set(purged.map(({ path }) => path as string));
  const other = files.find(
    (one) =>
      gone.has(placeOf(one)) &&
      one.ticker === file.ticker &&
      one.endpoint === file.endpoint &&
      one.session_dates.some((date) => file.session_dates.includes(date)),
  );
  return other === undefined
    ? null
    : `its job was compared with ${other.path} of job ${other.job_id}, which was purged`;
}

/** A restoration or a reparation makes nothing: its file is that of the job which made these bytes. */
function originLacking(log: LogSnapshot, { checksum, job_id }: ParquetFile): string | null {
  const made = log.files.some((other) => other.checksum === checksum && other.job_id !== job_id);
  return made ? null : 'the job that made these bytes is not in the log';
}
