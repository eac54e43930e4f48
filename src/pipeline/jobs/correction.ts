import { join } from 'node:path';
import { formatCanonicalFolder, formatCanonicalPath, formatPublishedName } from '../../core/canonical-path.ts';
import { datasetsOf, type Dataset } from '../../core/contract.ts';
import { GexlakeError } from '../../core/errors.ts';
import type { ImportResult, Job, ParquetFile } from '../../core/job.ts';
import type { PrivateFile } from '../../core/journey.ts';
import { parseEndpoint } from '../../core/names.ts';
import { folderOf, type StoredPath } from '../../core/stored-path.ts';
import type { Database } from '../../db/db.ts';
import type { JobStory } from '../../joblog/joblog.ts';
import { makePrivateFolder } from '../../platform/folders.ts';
import { remove } from '../../platform/work-files.ts';
import { applySwap, countChanges, writeRewritten, type CheckedFile, type EngineUrls } from '../../publish/publish.ts';
import type { Attempt } from '../attempt.ts';
import { withCheckEngine } from '../engine.ts';
import { keptChanging } from '../explain.ts';
import { complete, keepSetAside, skip } from './endings.ts';
import { loadAcquired } from './import.ts';
import { compareRounds } from './publish-new.ts';
import { checkRecords, liveOfBlocks, tellProgress, type Checked } from './records.ts';
import { privatePath, rewritePlan, type PlacedFile, type RewritePlan } from './rewrite-plan.ts';
import { blockOfPath } from './rewrite-target.ts';

/** A correction with what it brings and what is live in its blocks. */
type Correction = {
  readonly job: Job;
  readonly sessionDates: readonly string[];
  readonly live: readonly ParquetFile[];
  readonly found: readonly CheckedFile[];
};

/** A correction may only touch the blocks of the job that it names. */
function checkSessions(job: Job, original: JobStory, sessionDates: readonly string[]): void {
  const own = new Set(original.files.flatMap((file) => file.session_dates));
  const foreign = sessionDates.filter((date) => !own.has(date));
  if (foreign.length === 0 && original.ticker === job.ticker && original.endpoint === job.endpoint) return;
  const sessions = [...own].sort().join(', ') || 'none';
  const problem = `job ${original.id} published ${original.ticker} ${original.endpoint} of ${sessions}`;
  throw new GexlakeError(
    'CORRECTION_MISMATCH',
    `${problem}; this source holds ${job.ticker} ${job.endpoint} of ${sessionDates.join(', ')}`,
    {
      details: { jobId: original.id },
      hint: 'A correction replaces blocks of the job that it names. Name the job that published these, or import the source as it is.',
    },
  );
}

/** A correction: replaces blocks of the job that it names; plans again where another job has changed them. */
export async function correctBlocks(attempt: Attempt): Promise<ImportResult> {
  const loaded = await loadAcquired(attempt);
  if ('ended' in loaded) return loaded.ended;
  const { context, job } = attempt;
  return withCheckEngine(context, job, async (engine) => {
    const checked = await checkRecords(attempt, engine, loaded);
    const original = await context.log.jobs.story(job.corrects_job_id ?? '');
    const { sessionDates } = checked.records;
    checkSessions(job, original, sessionDates);
    for (let round = 0; round < compareRounds; round++) {
      const live = await liveOfBlocks(attempt, checked);
      const correction = { job, sessionDates, live, found: checked.files.files };
      const changes = await countAllChanges(engine, context.store, correction);
      if (changes.total === 0) return skip(attempt, checked, { equal: live[0]?.job_id ?? original.id, warning: null });
      const folder = join(attempt.workFolder, 'correction');
      const plan = await planCorrection({ engine, store: context.store, folder }, correction);
      if (await replace(attempt, checked, { plan, changes: changes.text }))
        return complete(
          attempt,
          checked,
          plan.placed.map(({ path }) => path),
        );
    }
    throw keptChanging(job);
  });
}

/** Intends and does a planned replacement; false where the plan no longer fits what is live. */
async function replace(
  attempt: Attempt,
  checked: Checked,
  { plan, changes }: { readonly plan: RewritePlan; readonly changes: string },
): Promise<boolean> {
  const { context, job, workFolder } = attempt;
  const { log, holder, store } = context;
  tellProgress(attempt, 'publish', checked);
  const kept = await keepSetAside(attempt, checked);
  const { counts, notices, quality } = checked.records;
  const notes = [...notices, ...kept, { event: 'changes', detail: changes }];
  const { placed, planned } = plan;
  const replacement = { placed, planned, retired: plan.swap.retirements, counts, quality, notes };
  if (!(await log.attempts.intendSwap(job, holder, replacement))) return false;
  await applySwap(store, plan.swap, workFolder);
  return true;
}

/** How many rows of each dataset a correction adds, removes and changes, in words for the log, and in total. */
async function countAllChanges(
  engine: Database,
  store: EngineUrls,
  correction: Correction,
): Promise<{ text: string; total: number }> {
  const endpoint = parseEndpoint(correction.job.endpoint ?? '');
  const parts: string[] = [];
  let total = 0;
  for (const dataset of datasetsOf(endpoint)) {
    const { live, found, sessionDates } = correction;
    const { added, removed, changed } = await countChanges({
      database: engine,
      store,
      dataset,
      endpoint: endpoint.name,
      sessionDates,
      live,
      found,
    });
    parts.push(`${dataset}: ${added} rows added, ${removed} removed, ${changed} changed`);
    total += added + removed + changed;
  }
  return { text: parts.join('; '), total };
}

/** What a correction's files are written with; `folder` is a private one for just these. */
type Rewriter = { readonly engine: Database; readonly store: EngineUrls; readonly folder: string };

/**
 * Plans the files that a correction leaves behind. Every live file with rows of the corrected sessions is replaced under its
 * name by its other rows; the first of them (by name the plain one) takes the corrected rows in. A file left with no rows goes.
 */
async function planCorrection(rewriter: Rewriter, correction: Correction): Promise<RewritePlan> {
  const { folder } = rewriter;
  await remove('clean:remove', folder);
  await makePrivateFolder('load:folder', folder);
  const placed: PlacedFile[] = [];
  for (const group of groupsOf(correction)) {
    for (const [at, old] of group.live.entries()) {
      const added = at === 0 ? group.found : [];
      const path = privatePath(folder, correction.job, placed.length);
      const file = await rewriteOne(rewriter, correction, { old, added, path });
      if (file !== null) placed.push({ file, path: old.path });
    }
    if (group.live.length > 0) continue;
    for (const file of group.found) placed.push({ file, path: newPathOf(correction.job, file) });
  }
  const { job, live, sessionDates } = correction;
  return rewritePlan(job, { placed, retired: live, planned: { sessionDates, files: live } });
}

/** Where a file goes that takes no other one's place. */
function newPathOf(job: Job, { month, dataset }: PrivateFile): StoredPath {
  const file = formatPublishedName({ dataset, jobId: job.id });
  return formatCanonicalPath({ month, ticker: job.ticker ?? '', endpoint: job.endpoint ?? '', file });
}

type Group = { readonly live: ParquetFile[]; readonly found: CheckedFile[] };

/** What is live and what is found, by folder and dataset, the plain name first. */
function groupsOf({ job, live, found }: Correction): Group[] {
  const groups = new Map<string, Group>();
  const groupOf = (folder: StoredPath, dataset: Dataset) => {
    const key = `${folder}/${dataset}`;
    const group = groups.get(key) ?? { live: [], found: [] };
    groups.set(key, group);
    return group;
  };
  for (const file of live) groupOf(folderOf(file.path), file.dataset).live.push(file);
  const [ticker, endpoint] = [job.ticker ?? '', job.endpoint ?? ''];
  for (const file of found)
    groupOf(formatCanonicalFolder({ month: file.month, ticker, endpoint }), file.dataset).found.push(file);
  for (const group of groups.values())
    group.live.sort((left, right) => left.path.length - right.path.length || (left.path < right.path ? -1 : 1));
  return [...groups.values()];
}

/** A live file, the rows that are added to it, and where the private file that takes its place is made. */
type Replacing = { readonly old: ParquetFile; readonly added: readonly CheckedFile[]; readonly path: string };

/** The file that takes an old one's place: the loaded one itself where nothing of the old one stays. */
async function rewriteOne(
  { engine, store }: Rewriter,
  { sessionDates, job }: Correction,
  { old, added, path }: Replacing,
): Promise<CheckedFile | null> {
  const staysEmpty = old.session_dates.every((date) => sessionDates.includes(date));
  if (staysEmpty && added.length <= 1) return added[0] ?? null;
  const source = { dataset: old.dataset, files: [old], without: sessionDates, added };
  const { month } = blockOfPath(old.path);
  const target = { path, month, ticker: job.ticker ?? '', endpoint: job.endpoint ?? '', contract: null };
  return writeRewritten({ database: engine, store, source, target });
}
