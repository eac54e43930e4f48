import { dirname } from 'node:path';
import { placeOf, withJobInName } from '../../core/canonical-path.ts';
import { counted } from '../../core/counted.ts';
import { GexlakeError } from '../../core/errors.ts';
import type { Job, ParquetFile } from '../../core/job.ts';
import { parseStoredPath, type StoredPath } from '../../core/stored-path.ts';
import type { JobStory } from '../../joblog/joblog.ts';
import { checkCopy, countSharedSeconds } from '../../publish/publish.ts';
import type { PipelineContext } from '../context.ts';
import { withCheckEngine } from '../engine.ts';
import {
  privatePath,
  rewritePlan,
  toPrivateFile,
  type PlacedFile,
  type PlannedRewrite,
  type Planning,
  type RewritePlan,
} from './rewrite-plan.ts';
import { settledFiles } from '../settled.ts';

/**
 * Makes what a job has superseded live again, all of it: putting only one file back would leave rows twice or not at all.
 * Possible while everything that took its place is still live.
 */
export async function planRestore(planning: Planning, path: string): Promise<PlannedRewrite> {
  const { context, job } = planning;
  const { log } = context;
  const superseded = await log.files.supersededAt(path);
  if (superseded?.superseded_by == null) {
    throw new GexlakeError('NOTHING_TO_RESTORE', `no superseded file is known at ${path}`, {
      hint: 'Give a path under parquet/ or archive/ as `jobs show` prints it. A live file that is damaged is for `gexlake repair`; what that has put back is what was there before.',
    });
  }
  const by = await log.jobs.story(superseded.superseded_by);
  if (by.target?.kind === 'purge') throw purgedAway(placeOf(superseded), by.id);
  const olds = await log.files.supersededBy(by.id);
  const live = await settledFiles(context, () => filesOfFolders(context, [...olds, ...by.files]));
  const retired = mustBeLive(by, live);
  const staying = live.filter((file) => !retired.includes(file));
  const placed = await getArchived(planning, withPaths(job, olds, staying));
  await mustNotBePublishedAgain(planning, { placed, staying, by });
  return {
    plan: rewritePlan(job, { placed, retired, planned: plannedWith(olds, live) }),
    note: `undid job ${by.id}: brought back ${counted(placed.length, 'file')}`,
  };
}

/** The sessions that come back, and what is live of them. */
function plannedWith(olds: readonly ParquetFile[], live: readonly ParquetFile[]): RewritePlan['planned'] {
  const sessionDates = [...new Set(olds.flatMap((old) => old.session_dates))];
  const files = live.filter((file) => file.session_dates.some((date) => sessionDates.includes(date)));
  return { sessionDates, files };
}

/** The live files of all folders that a change was about: a source can span months. */
async function filesOfFolders({ log }: PipelineContext, files: readonly ParquetFile[]): Promise<ParquetFile[]> {
  const folders = new Set(files.map((file) => dirname(file.path)));
  const found: ParquetFile[] = [];
  for (const folder of folders) found.push(...(await log.files.ofFolder(folder)));
  return found;
}

/** What took the superseded files' place, which must still be there. */
function mustBeLive(by: JobStory, live: readonly ParquetFile[]): ParquetFile[] {
  return by.files.map((file) => {
    const found = live.find((other) => other.path === file.path && other.checksum === file.checksum);
    if (found !== undefined) return found;
    throw new GexlakeError('NOTHING_TO_RESTORE', `${file.path} of job ${by.id} is no longer live`, {
      hint: `Undo the newer change first: gexlake restore-file ${file.path} --reason '…'`,
    });
  });
}

/** What is to be live again with its path: its own, or where another file has that since a withdrawal, one with this job's id. */
function withPaths(job: Job, olds: readonly ParquetFile[], staying: readonly ParquetFile[]): Restored[] {
  const taken = new Set(staying.map((file) => file.path));
  return olds.map((old) => {
    const { path } = old;
    return { old, path: taken.has(path) ? withJobInName(path, old.dataset, job.id) : path };
  });
}

function purgedAway(path: string, jobId: string): GexlakeError {
  return new GexlakeError('NOTHING_TO_RESTORE', `${path} was purged by job ${jobId}`, {
    details: { path, jobId },
    hint: 'A purge is for good: nothing of it is kept.',
  });
}

type Restored = { readonly old: ParquetFile; readonly path: StoredPath };

/** Gives the archived files private names; their names in the archive stay. */
async function getArchived(
  { context, job, planFolder }: Planning,
  olds: readonly Restored[],
): Promise<RewritePlan['placed']> {
  const { store } = context;
  const placed: PlacedFile[] = [];
  for (const { old, path } of olds) {
    const archived = parseStoredPath(old.archive_path ?? '');
    if ((await store.stat(archived)) === null) {
      const purge = (await context.log.purges.all()).find(({ path: gone }) => gone === archived);
      if (purge !== undefined) throw purgedAway(archived, purge.job_id);
      throw new GexlakeError('NOTHING_TO_RESTORE', `${old.archive_path} is no longer in the archive`, {
        hint: '`gexlake repair` shows whether it can be put back; else it must come from a backup.',
      });
    }
    const privateName = privatePath(planFolder, job, placed.length);
    await store.get(archived, privateName, { purpose: 'publish' });
    placed.push({ file: await checkCopy(toPrivateFile(old, privateName), archived), path });
  }
  return placed;
}

/** What a restoration puts back, the files that stay beside it, and the job that it undoes. */
type Restoration = {
  readonly placed: RewritePlan['placed'];
  readonly staying: readonly ParquetFile[];
  readonly by: JobStory;
};

/** Seconds that other files hold by now would be there twice. */
async function mustNotBePublishedAgain(
  { context, job }: Planning,
  { placed, staying, by }: Restoration,
): Promise<void> {
  const snapshots = placed.filter(({ file }) => file.dataset === 'snapshots').map(({ file }) => file.path);
  const others = staying.filter((file) => file.dataset === 'snapshots');
  const shared = await withCheckEngine(context, job, (engine) =>
    countSharedSeconds(engine, { store: context.store, privatePaths: snapshots, live: others }),
  );
  if (shared === 0) return;
  throw new GexlakeError(
    'NOTHING_TO_RESTORE',
    `${shared} seconds of the files to restore have been published again since job ${by.id}`,
    {
      details: { jobId: by.id },
      hint: 'Restoring would give these seconds twice. Correct the job that published them instead: gexlake correct <job> <source>.',
    },
  );
}
