import { join } from 'node:path';
import { relativeTo } from '../core/data-folder.ts';
import { GexlakeError } from '../core/errors.ts';
import type { Job } from '../core/job.ts';
import type { EqualImport } from '../joblog/joblog.ts';
import { hashFile } from '../platform/checksum.ts';
import { exists, sizeOf } from '../platform/files.ts';
import { allowSource, openSource, type SourcePolicy } from '../source/source.ts';
import {
  discardReceived,
  isInInbox,
  receiveSource,
  removeFromInbox,
  stageReceived,
  unstage,
} from '../staging/staging.ts';
import type { PipelineContext } from './context.ts';

/** A job's source, ready to be loaded. `staged` settles with its durable path (null: it stays where it is); loading need not wait for it. */
export type ObtainedSource = {
  readonly kind: 'source';
  readonly path: string;
  readonly name: string;
  readonly size_bytes: number;
  readonly checksum: string;
  readonly staged: Promise<string | null>;
  /** Removes the staged copy, for a job that turns out to bring nothing new. */
  readonly unstage: () => Promise<void>;
};

/**
 * Gets the bytes of a job: from what an earlier attempt has staged, else from its URL or path. Bytes that a live import
 * has brought already end the job as skipped, and keep no copy.
 */
export async function obtainSource(
  context: PipelineContext,
  job: Job,
  workFolder: string,
): Promise<ObtainedSource | EqualImport> {
  const staged = await stagedByEarlierAttempt(context, job, workFolder);
  if (staged !== null) return staged;
  const { limits, clock, onProgress, signal } = context;
  const policy = await policyFor(context, job);
  const source = openSource(await whereItIs(context, job), { policy, limits, clock, signal });
  const received = await receiveSource(source, { workFolder, jobId: job.id, limits, onProgress });
  const outcome = await context.log.attempts.received(job, context.holder, {
    checksum: received.checksum,
    paths: await namesFor(context, job.id, received.name),
  });
  const isInbox = source.kind === 'local' && isInInbox(context.folder, source.location);
  if (outcome.kind === 'equal') {
    await discardReceived(received);
    if (isInbox) await removeFromInbox(source.location);
    return outcome;
  }
  const nameTaken = outcome.stagedPath?.includes(job.id) === true;
  const staging = stageReceived(received, { sourceFolder: context.folder.source, jobId: job.id, nameTaken }).then(
    async (visible) => {
      // A crash before this leaves a second copy of what is staged, which retention removes.
      if (isInbox) await removeFromInbox(source.location);
      return visible;
    },
  );
  // Whoever needs the staged file waits for it; a load that fails first must not be ended by this.
  staging.catch(() => undefined);
  return { ...received, kind: 'source', staged: staging, unstage: async () => unstage(await staging, workFolder) };
}

/**
 * Where a job's bytes are to be had: where it says, or, where that is a staged file which has gone to the archive since, there. So
 * does a job whose staged source is in the archive although it has not finished, as after the log was put back from a backup.
 */
async function whereItIs({ folder, log, policy }: PipelineContext, job: Job): Promise<string> {
  const source = allowSource(job.url, policy);
  const path = source.kind === 'local' ? source.path : null;
  if (job.checksum === null && (path === null || (await exists(path)))) return job.url;
  const archived = await log.sources.findArchived(job.checksum, path === null ? '' : relativeTo(folder, path));
  const there = archived === null ? null : join(folder.root, archived.archive_path);
  return there !== null && (await exists(there)) ? there : job.url;
}

/**
 * Local files are for jobs that were written down on this machine: what came over HTTP may not read them, but for what it brought
 * itself.
 */
async function policyFor({ folder, policy, log }: PipelineContext, job: Job): Promise<SourcePolicy> {
  const source = policy.localFiles ? allowSource(job.url, policy) : null;
  if (source?.kind !== 'local' || isInInbox(folder, source.path)) return policy;
  return (await log.jobs.cameOverHttp(job.id)) ? { ...policy, localFiles: false } : policy;
}

/** The source as an earlier attempt staged it, checked again: a file that was changed since is not imported. */
async function stagedByEarlierAttempt(
  context: PipelineContext,
  job: Job,
  workFolder: string,
): Promise<ObtainedSource | EqualImport | null> {
  if (job.staged_path === null || job.checksum === null) return null;
  const path = join(context.folder.root, job.staged_path);
  if (!(await exists(path))) return null;
  const checksum = await hashFile(path);
  if (checksum !== job.checksum) {
    throw new GexlakeError(
      'SOURCE_CHANGED',
      `${job.staged_path} has changed since it was staged: its SHA-256 is ${checksum}, logged is ${job.checksum}`,
      {
        details: { path },
        hint: 'Staged sources are read-only and must not be edited. Import the original again as a new job.',
      },
    );
  }
  const outcome = await context.log.attempts.received(job, context.holder, { checksum, paths: [job.staged_path] });
  if (outcome.kind === 'equal') {
    await unstage(path, workFolder);
    return outcome;
  }
  const name = job.staged_path.slice(job.staged_path.lastIndexOf('/') + 1);
  return {
    kind: 'source',
    path,
    name,
    size_bytes: await sizeOf(path),
    checksum,
    staged: Promise.resolve(path),
    unstage: () => unstage(path, workFolder),
  };
}

/** The names under which a source may be staged, best first: its plain name only where no file has it yet. */
async function namesFor({ folder }: PipelineContext, jobId: string, name: string): Promise<string[]> {
  const plain = join(folder.source, name);
  const own = relativeTo(folder, join(folder.source, jobId, name));
  return (await exists(plain)) ? [own] : [relativeTo(folder, plain), own];
}
