import { join } from 'node:path';
import { relativeTo } from '../core/data-folder.ts';
import { GexlakeError } from '../core/errors.ts';
import type { Job } from '../core/job.ts';
import type { SourceBytes } from '../core/journey.ts';
import { stagedPath } from '../core/kept-places.ts';
import { isUrl } from '../core/redact.ts';
import { nameIn, type StoredPath } from '../core/stored-path.ts';
import type { EqualImport } from '../joblog/joblog.ts';
import { checkShape } from '../load/load.ts';
import { exists } from '../platform/files.ts';
import { allowSource, openSource, type SourcePolicy } from '../source/source.ts';
import {
  aheadOf,
  discardReceived,
  isInInbox,
  receiveSource,
  removeAhead,
  removeFromInbox,
  stageReceived,
  unstage,
} from '../staging/staging.ts';
import type { PipelineContext } from './context.ts';
import { openVendorSource } from './vendor-bytes.ts';

/** A job's source, ready to be loaded. `staged` settles with where it is kept (null: nowhere); loading need not wait for it. */
export type AcquiredSource = {
  readonly kind: 'source';
  readonly path: string;
  readonly name: string;
  readonly size_bytes: number;
  readonly checksum: string;
  readonly staged: Promise<StoredPath | null>;
  /** Removes the staged copy, for a job that turns out to bring nothing new. */
  readonly unstage: () => Promise<void>;
};

/**
 * Gets the bytes of a job: from what an earlier attempt has staged, else from its URL or path. Bytes that a live import
 * has brought already end the job as skipped, and keep no copy.
 */
export async function acquireSource(
  context: PipelineContext,
  job: Job,
  workFolder: string,
): Promise<AcquiredSource | EqualImport> {
  const staged = await stagedByEarlierAttempt(context, job, workFolder);
  if (staged !== null) return staged;
  const { limits, onProgress } = context;
  const { source, isInbox, whenKept, whenWrong } = await openJobSource(context, job, workFolder);
  const received = await receiveSource(source, {
    workFolder,
    jobId: job.id,
    limits,
    onProgress,
    look: checkShape,
  }).catch(async (error: unknown) => {
    if (isOfBytes(error)) await whenWrong();
    throw error;
  });
  if (isInbox) await mustBeAsKept(context, source.location, received.checksum);
  const outcome = await context.log.attempts.received(job, context.holder, {
    checksum: received.checksum,
    receipt: received.receipt,
    paths: await namesFor(context, job.id, received.name),
  });
  if (outcome.kind === 'equal') {
    await discardReceived(received);
    await whenKept();
    return outcome;
  }
  const nameTaken = outcome.stagedPath?.includes(job.id) === true;
  const staging = stageReceived(received, { store: context.store, jobId: job.id, nameTaken }).then(async (visible) => {
    // A crash before this leaves a second copy of what is staged, which retention removes.
    await whenKept();
    return visible;
  });
  // Whoever needs the staged file waits for it; a load that fails first must not be ended by this.
  staging.catch(() => undefined);
  const { path, name, size_bytes, checksum } = received;
  return {
    kind: 'source',
    path,
    name,
    size_bytes,
    checksum,
    staged: staging,
    unstage: async () => unstage(context.store, await staging, workFolder),
  };
}

/** Where a job's bytes come from, and what is to be done once they are kept elsewhere: what came ahead of its job goes. */
type JobSource = {
  readonly source: SourceBytes;
  /** Whether it is what came in a request or from standard input. */
  readonly isInbox: boolean;
  readonly whenKept: () => Promise<void>;
  /** What is to be done where the bytes are no source: what could be had anew is not kept for the next attempt. */
  readonly whenWrong: () => Promise<void>;
};

/** Whether it is the bytes that are wrong, whoever asks for them again. */
function isOfBytes(error: unknown): boolean {
  return error instanceof GexlakeError && /^(?:GZIP|ZSTD|INPUT)_/.test(error.code);
}

async function openJobSource(context: PipelineContext, job: Job, workFolder: string): Promise<JobSource> {
  const { limits, clock, signal, policy, folder } = context;
  const place = await whereItIs(context, job);
  const asked = allowSource(place, policy);
  if (asked.kind === 'vendor') {
    const source = await openVendorSource(context, asked.source, workFolder);
    // Other members of a bundle may need it still.
    const isAlone = asked.source.kind === 'hist';
    const removeIt = async () => (isAlone ? removeAhead(aheadOf(folder, asked.source)) : undefined);
    return { source, isInbox: false, whenKept: removeIt, whenWrong: removeIt };
  }
  const source = openSource(place, { policy: policyFor(context, job), limits, clock, signal });
  const isInbox = source.kind === 'local' && isInInbox(folder, source.location);
  const whenKept = async () => (isInbox ? removeFromInbox(source.location) : undefined);
  return { source, isInbox, whenKept, whenWrong: async () => undefined };
}

/**
 * Where a job's bytes are to be had: where it says, or, where that is a staged file which has gone to the archive since, there. So
 * does a job whose staged source is in the archive although it has not finished, as after the log was put back from a backup.
 */
async function whereItIs({ folder, log, policy }: PipelineContext, job: Job): Promise<string> {
  requireWholeLink(job);
  const source = allowSource(job.url, policy);
  const path = source.kind === 'local' ? source.path : null;
  if (job.checksum === null && (path === null || (await exists(path)))) return job.url;
  const archived = await log.sources.findArchived(job.checksum, path === null ? '' : relativeTo(folder, path));
  const there = archived === null ? null : join(folder.root, archived.archive_path);
  return there !== null && (await exists(there)) ? there : job.url;
}

/** A log that was made again without its links has what may be shown of them. @throws LINK_LOST */
function requireWholeLink({ url }: Job): void {
  if (!isUrl(url) || !url.endsWith('?…')) return;
  throw new GexlakeError('LINK_LOST', `the link of this job is lost; what is left of it is ${url}`, {
    hint: 'Give the link again: `gexlake import <url>`.',
  });
}

/**
 * Local files are for jobs that were written down on this machine: what came over HTTP may not read them, but for what it brought
 * itself.
 */
function policyFor({ folder, policy }: PipelineContext, job: Job): SourcePolicy {
  const source = policy.localFiles ? allowSource(job.url, policy) : null;
  if (source?.kind !== 'local' || isInInbox(folder, source.path)) return policy;
  return job.origin === 'http' ? { ...policy, localFiles: false } : policy;
}

/** The source as an earlier attempt staged it, checked again: a file that was changed since is not imported. */
async function stagedByEarlierAttempt(
  context: PipelineContext,
  job: Job,
  workFolder: string,
): Promise<AcquiredSource | EqualImport | null> {
  if (job.staged_path === null || job.checksum === null) return null;
  const { store, log, holder } = context;
  const path = job.staged_path;
  const found = await store.matches(path, { size_bytes: null, checksum: job.checksum });
  if (found.kind === 'absent') return null;
  if (found.kind === 'other bytes') throw changed(path, job.checksum, found.checksum);
  const outcome = await log.attempts.received(job, holder, { checksum: job.checksum, paths: [path] });
  if (outcome.kind === 'equal') {
    await unstage(store, path, workFolder);
    return outcome;
  }
  return {
    kind: 'source',
    path: join(context.folder.root, path),
    name: nameIn(path),
    size_bytes: (await store.stat(path))?.size_bytes ?? 0,
    checksum: job.checksum,
    staged: Promise.resolve(path),
    unstage: () => unstage(store, path, workFolder),
  };
}

/** What a recheck has kept is what it has compared, or it is not published. @throws SOURCE_CHANGED */
async function mustBeAsKept({ folder, log }: PipelineContext, location: string, checksum: string): Promise<void> {
  const path = relativeTo(folder, location);
  const recheck = await log.rechecks.keptAt(path);
  if (recheck === null || recheck.checksum === checksum) return;
  throw new GexlakeError(
    'SOURCE_CHANGED',
    `${path} has changed since recheck ${recheck.id} kept it: its SHA-256 is ${checksum}, logged is ${recheck.checksum}`,
    { details: { path }, hint: 'Nothing was changed. Recheck the source again: `gexlake recheck`.' },
  );
}

function changed(path: StoredPath, logged: string, found: string): GexlakeError {
  return new GexlakeError(
    'SOURCE_CHANGED',
    `${path} has changed since it was staged: its SHA-256 is ${found}, logged is ${logged}`,
    {
      details: { path },
      hint: 'Staged sources are read-only and must not be edited. Import the original again as a new job.',
    },
  );
}

/** The names under which a source may be staged, best first: its plain name only where no file has it yet. */
async function namesFor({ store }: PipelineContext, jobId: string, name: string): Promise<StoredPath[]> {
  const [plain, own] = [stagedPath(name, null), stagedPath(name, jobId)];
  return (await store.stat(plain)) === null ? [plain, own] : [own];
}
