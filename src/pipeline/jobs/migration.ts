import { createHash } from 'node:crypto';
import { basename, join } from 'node:path';
import { GexlakeError } from '../../core/errors.ts';
import type { ImportResult, Job } from '../../core/job.ts';
import { inMemory, withDatabase } from '../../db/db.ts';
import type { EqualImport, JobNote, PurgeLog } from '../../joblog/joblog.ts';
import {
  compareWithSource,
  describeSource,
  heldColumns,
  recogniseSource,
  writeRecords,
  type OldSource,
} from '../../legacy/legacy.ts';
import { hashFile } from '../../platform/checksum.ts';
import { exists, sizeOf } from '../../platform/files.ts';
import type { AcquiredSource } from '../acquire-source.ts';
import type { Attempt } from '../attempt.ts';
import type { PipelineContext } from '../context.ts';
import { withCheckEngine } from '../engine.ts';
import { endedAsEqual, keepStaged } from './endings.ts';
import { publishNew } from './publish-new.ts';
import { checkRecords, loadRecords } from './records.ts';

/*
 * A migration brings a file of an old layout into the canonical one: its rows are written out as records, and from there it is an
 * import like any other, with the same checks and the same way to the commit. Only its source stays where it is.
 */

/** A source of an old layout with the records that were made of it. */
type OldRecords = AcquiredSource & { readonly old: OldSource };

/**
 * The checksum of a migration: the SHA-256 of its file, and where the snapshots lie in a file beside it, the SHA-256 of the two
 * sums, each with a line end.
 */
export async function checksumOfOld(path: string, snapshotsPath: string | null): Promise<string> {
  const own = await hashFile(path);
  if (snapshotsPath === null) return own;
  return createHash('sha256')
    .update(`${own}\n${await hashFile(snapshotsPath)}\n`)
    .digest('hex');
}

/** The first session of a file of an old layout that was purged and is not back; null where there is none. */
export async function purgedSessionOf(
  purges: Pick<PurgeLog, 'isPurged'>,
  { ticker, endpoint, sessionDate, dates }: OldSource,
): Promise<string | null> {
  for (const date of sessionDate === null ? dates : [sessionDate])
    if (await purges.isPurged({ ticker, endpoint: endpoint.name }, date)) return `${ticker} ${endpoint.name} ${date}`;
  return null;
}

function purged(path: string, session: string): GexlakeError {
  return new GexlakeError('SOURCE_PURGED', `${path} has rows of ${session}, which was purged`, {
    details: { path },
    hint: 'Nothing was migrated of it. If the session is wanted in spite of that: gexlake import … --again, with its source.',
  });
}

/** A migration: the rows of an old file, published beside others, once all of them, and no others, are found in new files and live ones. */
export async function migrateFile(attempt: Attempt): Promise<ImportResult> {
  const { context, job, workFolder } = attempt;
  const source = await acquireOld(context, job, workFolder);
  if (source.kind === 'equal') return endedAsEqual(job, source);
  const loaded = await loadRecords(attempt, source);
  const { old } = source;
  return withCheckEngine(context, job, async (engine) => {
    const checked = await checkRecords(attempt, engine, loaded);
    if (!job.publish) return keepStaged(attempt, checked);
    return publishNew(
      attempt,
      { engine, checked },
      {
        only: heldColumns(old),
        // How the records lie that a migration wrote for itself is nothing to tell.
        notices: (notices) => notices.filter(({ event }) => event !== 'layout'),
        confirm: async ({ files, live, setAsidePath }) => {
          const published = await Promise.all(
            live.map(async ({ dataset, path }) => ({ dataset, path: await context.store.engineUrl(path) })),
          );
          await compareWithSource(engine, old, { own: files?.files ?? [], live: published, setAsidePath });
          return notesOf(old);
        },
      },
    );
  });
}

/** Writes the records of a migration's file into the job's private folder. Bytes that have been migrated end the job as skipped. */
async function acquireOld(context: PipelineContext, job: Job, workFolder: string): Promise<OldRecords | EqualImport> {
  const { target } = job;
  if (target?.kind !== 'migration') throw new Error(`job ${job.id} is a migration of nothing`);
  const { path } = target;
  if (!(await exists(path))) {
    throw new GexlakeError('SOURCE_NOT_FOUND', `${path} is no longer there`, {
      details: { path },
      hint: 'Put the file back, or cancel the job.',
    });
  }
  const engine = { ...context.engine, spillFolder: join(workFolder, 'spill') };
  return withDatabase(inMemory, engine, async (database) => {
    const size_bytes = await sizeOf(path);
    context.onProgress({ job_id: job.id, step: 'stage', bytes: 0, bytes_total: size_bytes, records: 0 });
    const old = await recogniseSource(database, path, job);
    const gone = await purgedSessionOf(context.log.purges, old);
    if (gone !== null) throw purged(path, gone);
    const checksum = await checksumOfOld(path, old.snapshots?.path ?? null);
    const outcome = await context.log.attempts.received(job, context.holder, { checksum, paths: [] });
    if (outcome.kind === 'equal') return outcome;
    const records = join(workFolder, 'records.json');
    await writeRecords(database, old, records);
    return {
      kind: 'source',
      old,
      path: records,
      name: basename(path),
      size_bytes: await sizeOf(records),
      checksum,
      staged: Promise.resolve(null),
      unstage: async () => undefined,
    };
  });
}

/** What the log keeps of where the rows came from. */
async function notesOf(old: OldSource): Promise<JobNote[]> {
  const files = [old.main, ...(old.snapshots === null ? [] : [old.snapshots])];
  const notes: JobNote[] = [];
  for (const { path, rows } of files) {
    const [size_bytes, checksum] = [await sizeOf(path), await hashFile(path)];
    const detail = `${path}, ${rows} rows, ${size_bytes} bytes, sha256 ${checksum}`;
    notes.push({ event: 'migrated', detail, data: { path, rows, size_bytes, checksum } });
  }
  return [...notes, { event: 'layout', detail: describeSource(old) }];
}
