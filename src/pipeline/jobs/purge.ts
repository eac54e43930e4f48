import { formatRetiredPath } from '../../core/canonical-path.ts';
import { counted } from '../../core/counted.ts';
import { GexlakeError } from '../../core/errors.ts';
import type { Job, ParquetFile } from '../../core/job.ts';
import type { PurgeTarget } from '../../core/job-target.ts';
import { makePlan, mustBePlan, type Plan, type PlannedAction } from '../../core/plan.ts';
import { nameIn } from '../../core/stored-path.ts';
import type { LogSnapshot, Purging } from '../../joblog/joblog.ts';
import { writeRewritten } from '../../publish/publish.ts';
import { withCheckEngine } from '../engine.ts';
import { settledFiles } from '../settled.ts';
import { findPurged, type PurgeFound, type PurgePlace } from './purge-found.ts';
import { purgeScope, type PurgeScope, type SharedFile, type Stays } from './purge-scope.ts';
import { lookAgain } from './compaction.ts';
import { privatePath, purgePlan, type PlacedFile, type PlannedRewrite, type Planning } from './rewrite-plan.ts';
import { blockOfPath } from './rewrite-target.ts';

/*
 * A purge takes bytes away for good. Until its commit it is a change like others: live files go to the archive, and what keeps other rows
 * is written anew in their place. With the commit all that was named counts as purged. What is removed is removed behind it, and if that
 * is interrupted, by whoever clears the private folder of the job: see remove-purged.ts.
 */

/** A file that a purge would take away, or write anew. The checksum is part of the plan, so that another file is another plan. */
type PurgeAction = PlannedAction & { readonly checksums: readonly string[] };

/** A plan, and what may hold the same and stays. */
export type PurgeReport = { readonly plan: Plan<PurgeAction>; readonly stays: readonly Stays[] };

/** What a purge would do now. @throws JOB_STATE, NOT_PURGEABLE */
export async function planOfPurge(place: PurgePlace, log: LogSnapshot, target: PurgeTarget): Promise<PurgeReport> {
  const scope = purgeScope(log, target);
  const found = await findPurged(place, log, scope);
  mustBeUnpinned(found, target);
  return { plan: describePlan(scope, found), stays: scope.stays };
}

function describePlan({ shared }: PurgeScope, { files, copies, pins }: PurgeFound): Plan<PurgeAction> {
  const kept = new Map(shared.map((one) => [one.file.path as string, one]));
  return makePlan(
    [...files, ...copies, ...pins].map((file) => {
      const { path, size_bytes, checksum, kind } = file;
      const rest = kind === 'live' ? kept.get(path) : undefined;
      const reason = rest === undefined ? reasonOf(file) : `without ${rest.without.join(', ')}; its other rows stay`;
      const action = rest === undefined ? 'purge' : 'write anew';
      return {
        action,
        path,
        bytes: size_bytes,
        reversible: false,
        reason,
        checksums: checksum === null ? [] : [checksum],
      };
    }),
  );
}

const whats: Readonly<Record<Purging['kind'], string>> = {
  live: 'live rows',
  superseded: 'an earlier version',
  source: 'a source',
  archived: 'a packed source',
  quarantine: 'records set aside',
  copy: 'a copy in the trash, or kept by a recheck',
  pin: 'a pin that holds some of it, whole',
};

function reasonOf({ kind, of_job_id }: Purging): string {
  return `${whats[kind]}${of_job_id === null ? '' : ` of job ${of_job_id}`}`;
}

/** @throws NOT_PURGEABLE where pins hold some of it and nobody has said that they may go */
function mustBeUnpinned({ pins }: PurgeFound, { pins: asked }: PurgeTarget): void {
  if (asked === 'remove' || pins.length === 0) return;
  const names = pins.map(({ path }) => nameIn(path)).join(', ');
  throw new GexlakeError('NOT_PURGEABLE', `pinned in ${names}: these pins hold some of what is to go`, {
    details: { path: pins[0]?.path ?? '' },
    hint: 'What is cited stays until somebody says so. To remove these pins with it, whole: --pins remove',
  });
}

/** The plan of a purge's job. @throws PLAN_CHANGED where it was asked for by a plan that is not the one of now */
export async function planPurge(planning: Planning, target: PurgeTarget): Promise<PlannedRewrite> {
  const { context, job } = planning;
  await settledFiles(context, async () => {
    const { live, publishing } = await context.log.whole.survey();
    return [...live, ...publishing].filter((file) => isOfBlock(file, target));
  });
  const log = await context.log.whole.snapshot();
  const scope = purgeScope(log, target);
  const kept = await context.log.rechecks.keptOf(target);
  const place = { root: context.folder.root, store: context.store, kept };
  const found = await findPurged(place, log, scope);
  mustBeUnpinned(found, target);
  mustBePlan(describePlan(scope, found), target.plan_id, lookAgain);
  const purged = [...found.files, ...found.copies, ...found.pins].map((file) => toLie(job, file));
  if (purged.length === 0) return { plan: null, note: 'nothing is left of it' };
  const retired = [...scope.whole, ...scope.shared.map(({ file }) => file)];
  const bytes = purged.reduce((sum, { size_bytes }) => sum + size_bytes, 0);
  const note = `purges ${counted(purged.length, 'file')} with ${bytes} bytes of ${scope.sessionDates.join(', ') || 'no session'}`;
  const { sessionDates } = scope;
  const placed = await writeRest(planning, scope.shared);
  const planned = sessionDates.length === 0 ? null : { sessionDates, files: liveOf(log, target, sessionDates) };
  return { plan: purgePlan(job, { placed, planned, retired, sessionDates, purged }), note };
}

function isOfBlock(file: Pick<ParquetFile, 'ticker' | 'endpoint'>, { ticker, endpoint }: PurgeTarget): boolean {
  return file.ticker === ticker && file.endpoint === endpoint;
}

/** What counts, or is about to, of some sessions: what comes to it meanwhile is to go, too, so that it is planned again. */
function liveOf(log: LogSnapshot, target: PurgeTarget, sessionDates: readonly string[]): ParquetFile[] {
  return log.files.filter(
    (file) =>
      file.state !== 'superseded' &&
      isOfBlock(file, target) &&
      file.session_dates.some((date) => sessionDates.includes(date)),
  );
}

/** Where a file lies once the change is in place: one that was live then has a name in the archive. */
function toLie(job: Job, file: Purging): Purging {
  return file.kind === 'live' ? { ...file, path: formatRetiredPath(file.path, { why: 'purged', by: job.id }) } : file;
}

/** What stays of files that hold rows of others, too. */
async function writeRest({ context, job, planFolder }: Planning, shared: readonly SharedFile[]): Promise<PlacedFile[]> {
  if (shared.length === 0) return [];
  return withCheckEngine(context, job, async (engine) => {
    const written: PlacedFile[] = [];
    for (const { file: old, without } of shared) {
      const { ticker, endpoint } = old;
      const target = { month: blockOfPath(old.path).month, ticker, endpoint, contract: null };
      const path = privatePath(planFolder, job, written.length);
      const file = await writeRewritten({
        database: engine,
        store: context.store,
        source: { dataset: old.dataset, files: [old], without, added: [] },
        target: { ...target, path },
      });
      if (file !== null) written.push({ file, path: old.path });
    }
    return written;
  });
}
