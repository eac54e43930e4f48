import { join, posix, resolve } from 'node:path';
import { relativeTo, type DataFolder } from '../core/data-folder.ts';
import { GexlakeError } from '../core/errors.ts';
import { identifySource } from '../core/names.ts';
import { mustBePlan, type Plan } from '../core/plan.ts';
import { describeTarget, type CompactionTarget, type PurgeTarget, type RewriteTarget } from '../core/job-target.ts';
import type { JobStory } from '../joblog/joblog.ts';
import {
  blockOfPath,
  lookAgain,
  planOfCompaction,
  planOfPurge,
  planOfWithdrawal,
  type ImportRequest,
  type PurgeReport,
} from '../pipeline/pipeline.ts';
import { exists } from '../platform/files.ts';
import type { AppContext } from './context.ts';

/** `id`: the job to correct; `date`: the session, where the source does not say it; null: none, the source has several. */
export type AskedCorrection = {
  readonly id: string;
  readonly source: string;
  readonly date?: string | null | undefined;
  readonly reason: string;
};

/** The folder to compact, and the version of the contract that it shall follow then; without one it is that of its newest file. */
export type AskedCompaction = { readonly path: string; readonly contract?: string | null; readonly reason: string };

/** What is to go for good: what a job has brought, or sessions of a ticker and endpoint. */
export type AskedPurge = {
  readonly subject:
    | { readonly id: string }
    | { readonly ticker: string; readonly endpoint: string; readonly from: string; readonly to: string };
  readonly pins: PurgeTarget['pins'];
};

/** Requests for `App.importSources` that change what is published, and what they would do. */
export type AppChanges = {
  /** Requests for {@link App.importSources} that change what is published; each says why. */
  readonly correction: (asked: AskedCorrection) => Promise<ImportRequest>;
  /** The same with what a recheck has kept, of the job that it was compared with unless another is named. */
  readonly correctionFromRecheck: (asked: {
    readonly recheck: string;
    readonly id: string | null;
    readonly reason: string;
  }) => Promise<ImportRequest>;
  readonly compaction: (asked: AskedCompaction & { readonly planId?: string | null }) => Promise<ImportRequest>;
  /** What a compaction would do now, and the canonical folder that it is about. */
  readonly planCompaction: (asked: AskedCompaction) => Promise<{ readonly folder: string; readonly plan: Plan }>;
  readonly restoration: (path: string, reason: string) => ImportRequest;
  readonly withdrawal: (id: string, reason: string, planId: string | null) => Promise<ImportRequest>;
  readonly purge: (asked: AskedPurge, reason: string, planId: string | null) => Promise<ImportRequest>;
  /** What a purge would do now, and what may hold the same and stays. */
  readonly planPurge: (asked: AskedPurge) => Promise<PurgeReport>;
  /** What the withdrawal of a job would do now, and the job's whole id. */
  readonly planWithdrawal: (id: string) => Promise<{ readonly jobId: string; readonly plan: Plan }>;
};

export function changes({ folder, log, quietly }: AppContext): AppChanges {
  const targetOf = ({ path, contract = null }: Omit<AskedCompaction, 'reason'>): CompactionTarget => {
    const target = relativePath(folder, path);
    blockOfPath(target);
    const raised = contract === null ? {} : { contract };
    return { kind: 'compaction', folder: target, plan_id: null, ...raised };
  };
  const compactionOf = (target: CompactionTarget) => planOfCompaction(target, log.files);
  /** The job looks again; here what cannot be is refused before there is one. */
  const withdrawable = async (job: JobStory, planId: string | null) => {
    mustBePlan(await planOfWithdrawal(log.files, job), planId, lookAgain);
    return { id: job.id, ticker: job.ticker ?? undefined, endpoint: job.endpoint ?? undefined };
  };
  const purgeOf = async ({ subject, pins }: AskedPurge): Promise<PurgeTarget> => {
    if (!('id' in subject)) return { kind: 'purge', ...subject, pins, plan_id: null };
    const job = await log.jobs.story(subject.id);
    const { ticker, endpoint } = job;
    if (ticker !== null && endpoint !== null)
      return { kind: 'purge', ticker, endpoint, job_id: job.id, pins, plan_id: null };
    throw new GexlakeError('JOB_STATE', `job ${job.id} has no ticker or no endpoint: it has brought nothing to purge`, {
      details: { jobId: job.id },
      hint: '`gexlake jobs --status completed` lists those that published some.',
    });
  };
  const planned = async (target: PurgeTarget) => {
    const place = { root: folder.root, store: quietly.store, kept: await log.rechecks.keptOf(target) };
    return planOfPurge(place, await log.whole.snapshot(), target);
  };
  return {
    correctionFromRecheck: async ({ recheck, id, reason }) => {
      const { job_id, kept_path, session_date } = await log.rechecks.find(recheck);
      const original = id ?? job_id;
      const source = kept_path === null ? null : join(folder.root, kept_path);
      if (original === null || source === null || !(await exists(source))) throw nothingToTake(recheck);
      return toCorrection(await log.jobs.story(original), {
        id: original,
        source,
        reason,
        date: session_date,
      });
    },
    correction: async (asked) => toCorrection(await log.jobs.story(asked.id), asked),
    compaction: async ({ planId = null, ...asked }) => {
      const target = targetOf(asked);
      // The job looks again; here it is refused before there is one.
      if (planId !== null || target.contract !== undefined) mustBePlan(await compactionOf(target), planId, lookAgain);
      return rewriteOf({ ...target, plan_id: planId }, asked.reason);
    },
    planCompaction: async (asked) => {
      const target = targetOf(asked);
      return { folder: target.folder, plan: await compactionOf(target) };
    },
    restoration: (path, reason) => {
      const target = relativePath(folder, path);
      blockOfPath(target);
      return rewriteOf({ kind: 'restoration', path: target }, reason);
    },
    withdrawal: async (id, reason, planId) => {
      const { id: jobId, ticker, endpoint } = await withdrawable(await log.jobs.story(id), planId);
      return { ...rewriteOf({ kind: 'withdrawal', job_id: jobId, plan_id: planId }, reason), ticker, endpoint };
    },
    purge: async (asked, reason, planId) => {
      const target = await purgeOf(asked);
      // The job looks again; here what cannot be is refused before there is one.
      mustBePlan((await planned(target)).plan, planId, lookAgain);
      return rewriteOf({ ...target, plan_id: planId }, reason);
    },
    planPurge: async (asked) => planned(await purgeOf(asked)),
    planWithdrawal: async (id) => {
      const job = await log.jobs.story(id);
      return { jobId: job.id, plan: await planOfWithdrawal(log.files, job) };
    },
  };
}

function nothingToTake(id: string): GexlakeError {
  return new GexlakeError('RECHECK_UNKNOWN', `recheck ${id} keeps nothing that a correction could take`, {
    hint: 'It found nothing else than is published, a correction has taken it, or it was kept for as long as staged sources are. Recheck the source again.',
  });
}

/** A correction is about its original's ticker and endpoint, and its session unless the source says which. */
function toCorrection(original: JobStory, { source, date, reason }: AskedCorrection): ImportRequest {
  if (original.status !== 'completed' || original.ticker === null || original.endpoint === null) {
    throw new GexlakeError(
      'JOB_STATE',
      `job ${original.id} is ${original.status}: it has published nothing to correct`,
      {
        details: { jobId: original.id },
        hint: 'Name the job whose rows are wrong; `gexlake jobs --status completed` lists those that published some.',
      },
    );
  }
  const { ticker, endpoint } = original;
  const named = identifySource(source, { ticker, endpoint, date: date ?? undefined }).sessionDate;
  const session = named ?? (date === null ? null : original.session_date);
  const change = { kind: 'correction', correctsJobId: original.id, reason } as const;
  return { source, ticker, endpoint, date: session ?? undefined, publish: true, change };
}

function rewriteOf(target: RewriteTarget, reason: string): ImportRequest {
  return { source: describeTarget(target), publish: true, change: { kind: 'rewrite', reason, target } };
}

/** A path as the log has it: relative to the data folder, however the user gave it. */
export function relativePath(folder: DataFolder, path: string): string {
  const inside = relativeTo(folder, resolve(path));
  const given = inside.startsWith('..') ? posix.normalize(path) : inside;
  return given.replace(/\/+$/, '');
}
