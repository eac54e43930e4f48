import type { ImportResult, ParquetFile } from '../../core/job.ts';
import type { Notice } from '../../core/journey.ts';
import type { Measured } from '../../core/quality-row.ts';
import type { Database } from '../../db/db.ts';
import type { EqualImport, JobNote } from '../../joblog/joblog.ts';
import {
  compareChecked,
  publishChecked,
  sessionsBeyond,
  type CheckedFiles,
  type ComparedColumns,
} from '../../publish/publish.ts';
import type { AcquiredSource } from '../acquire-source.ts';
import type { Attempt } from '../attempt.ts';
import { conflictError, expectationOf, keptChanging } from '../explain.ts';
import { settledFiles } from '../settled.ts';
import { complete, keepSetAside, skip } from './endings.ts';
import { liveOfBlocks, reloadRecords, tellProgress, type Checked } from './records.ts';

/** Rounds of comparing and intending before a job gives up on a block that others keep changing. */
export const compareRounds = 20;

/** Where kinds of jobs differ that publish rows beside others. */
export type Publishing = {
  /** The columns to compare with live rows; null: all. */
  readonly only: ComparedColumns | null;
  /** Notices that the log keeps. */
  readonly notices: (notices: readonly Notice[]) => readonly Notice[];
  /** Looks at the source once more before anything is published or skipped; `files` is null where all is live already. */
  readonly confirm: (found: {
    readonly engine: Database;
    readonly files: CheckedFiles | null;
    readonly live: readonly ParquetFile[];
    readonly setAsidePath: string | null;
  }) => Promise<JobNote[]>;
};

/** Compares, intends, links and commits; compares again where another job has changed the blocks in between. */
export async function publishNew(
  attempt: Attempt,
  { engine, checked: first }: { readonly engine: Database; readonly checked: Checked },
  publishing: Publishing,
): Promise<ImportResult> {
  const { context, job } = attempt;
  const { store } = context;
  let checked = first;
  for (let round = 0; round < compareRounds; round++) {
    const live = await liveOfBlocks(attempt, checked);
    const { files, source, records } = checked;
    const comparison = await compareChecked(engine, files, {
      expected: expectationOf(job),
      live,
      store,
      only: publishing.only,
    });
    if (comparison.kind === 'conflict') throw conflictError(comparison.conflict, job);
    if (comparison.kind === 'extends') {
      checked = await reloadRecords(attempt, engine, { source, alreadyLive: comparison.known });
      continue;
    }
    const isKnown = comparison.kind === 'known';
    const setAsidePath = records.quarantinePath;
    const confirmed = await publishing.confirm({ engine, files: isKnown ? null : files, live, setAsidePath });
    if (isKnown) return skip(attempt, checked, { equal: comparison.jobId, warning: null });
    const quality = await qualityAfter(attempt, engine, { checked: first, live });
    const published = await publish(attempt, { checked, live, quality, notes: confirmed }, publishing);
    if (published !== null) return complete(attempt, checked, published);
    const elsewhere = await publishedElsewhere(attempt, source);
    if (elsewhere !== null) return skip(attempt, checked, { equal: elsewhere.jobId, warning: elsewhere.warning });
  }
  throw keptChanging(job);
}

/** What is to be published beside what is live, and what the log is told with it. */
type Planned = {
  readonly checked: Checked;
  readonly live: readonly ParquetFile[];
  readonly quality: readonly Measured[];
  readonly notes: readonly JobNote[];
};

/** How good the sessions are once the source is published, as far as it has all that there is of them then. */
async function qualityAfter(
  { context }: Attempt,
  engine: Database,
  { checked, live }: { readonly checked: Checked; readonly live: readonly ParquetFile[] },
): Promise<readonly Measured[]> {
  const { quality } = checked.records;
  const beyond = await sessionsBeyond(engine, checked.files, { live, store: context.store });
  return quality.filter(({ session_date }) => !beyond.has(session_date));
}

/** Intends and links; gives the paths, or null where what is live is no longer what was compared with. */
async function publish(
  attempt: Attempt,
  { checked, live, quality, notes: confirmed }: Planned,
  { notices }: Publishing,
): Promise<readonly string[] | null> {
  const { context, job, workFolder } = attempt;
  const { log, holder, store } = context;
  tellProgress(attempt, 'publish', checked);
  const kept = await keepSetAside(attempt, checked);
  const { records, files } = checked;
  const notes = [...notices(records.notices), ...kept, ...confirmed];
  const publication = { files: files.files, compared: live, counts: records.counts, quality, notes };
  const intended = await log.attempts.intend(job, holder, publication);
  if (intended === null) return null;
  await publishChecked({ store, workFolder, checked: files, intended });
  return intended.map((file) => file.path);
}

/** Whether another job has published the same bytes as another ticker or endpoint; waits for one that is about to. */
async function publishedElsewhere(
  { context, job }: Attempt,
  { checksum }: AcquiredSource,
): Promise<EqualImport | null> {
  const { attempts } = context.log;
  await settledFiles(context, () => attempts.announcedElsewhere(job, checksum));
  return attempts.equalElsewhere(job, checksum);
}
