import { join } from 'node:path';
import type { Dataset } from '../core/contract.ts';
import { GexlakeError } from '../core/errors.ts';
import type { Job, ParquetFile } from '../core/job.ts';
import { redactText } from '../core/redact.ts';
import type { Database } from '../db/db.ts';
import type { LogSnapshot } from '../joblog/joblog.ts';
import type { GovernContext } from '../maintenance/maintenance.ts';
import { placerOf } from '../publish/publish.ts';
import type { ReportedChange, RowChanges } from './report-facts.ts';
import { compareRows } from './row-changes.ts';

/** What is looked at: the log, whether a file is of what was asked for, and an engine that compares rows. */
export type Looking = {
  readonly log: LogSnapshot;
  readonly isWanted: (file: ParquetFile) => boolean;
  readonly engine: Database;
};

/** What a job has taken away and put there. */
type Change = {
  readonly job: Job;
  readonly replaced: readonly ParquetFile[];
  readonly published: readonly ParquetFile[];
};

/** A rewrite that leaves every row as it is: its own check has compared them. */
const keepRows: ReadonlySet<string> = new Set(['compaction', 'reparation']);

const datasets: readonly Dataset[] = ['snapshots', 'strikes'];

/** The jobs that have changed what was published, oldest first. A first import of a session changes nothing. */
export async function changesOf(context: GovernContext, looking: Looking): Promise<ReportedChange[]> {
  const found = changedBy(looking);
  const told: ReportedChange[] = [];
  for (const [at, change] of found.entries()) {
    context.onProgress('comparing what was changed', at, found.length);
    told.push(await tell(context, looking, change));
  }
  return told;
}

function changedBy({ log, isWanted }: Looking): Change[] {
  const done = log.jobs.filter(({ status }) => status === 'completed');
  const changes = done.map((job) => ({
    job,
    replaced: log.files.filter((file) => file.superseded_by === job.id && file.state === 'superseded'),
    published: log.files.filter((file) => file.job_id === job.id && file.state !== 'publishing'),
  }));
  return changes
    .filter(({ job, replaced }) => replaced.length > 0 || job.kind === 'correction' || job.kind === 'rewrite')
    .filter(({ replaced, published }) => [...replaced, ...published].some(isWanted))
    .toSorted((left, right) => (left.job.id < right.job.id ? -1 : 1));
}

async function tell(context: GovernContext, looking: Looking, change: Change): Promise<ReportedChange> {
  const { job, replaced, published } = change;
  const kind = job.target?.kind ?? job.kind;
  const days = new Set([...replaced, ...published].flatMap(({ session_dates }) => session_dates));
  return {
    job_id: job.id,
    kind,
    at: job.finished_at,
    actor: shown(job.actor),
    reason: shown(job.reason),
    corrects_job_id: job.corrects_job_id,
    session_dates: [...days].toSorted(),
    replaced: replaced.map(({ path }) => path),
    published: published.map(({ path }) => path),
    difference: keepRows.has(kind) ? null : await difference(context, looking, change),
  };
}

function shown(text: string | null): string | null {
  return text === null ? null : redactText(text);
}

/** By data set; where bytes are gone, why it cannot be said. */
async function difference(
  context: GovernContext,
  { log, engine }: Looking,
  { replaced, published }: Change,
): Promise<RowChanges[]> {
  const { store, folder } = context;
  const place = placerOf({ store, versions: log.files, purged: log.purged });
  const found: RowChanges[] = [];
  for (const dataset of datasets) {
    const pathsOf = async (files: readonly ParquetFile[]) =>
      (await place(files.filter((file) => file.dataset === dataset))).map(({ path }) => join(folder.root, path));
    try {
      const versions = { dataset, before: await pathsOf(replaced), after: await pathsOf(published) };
      found.push(await compareRows(engine, versions));
    } catch (error) {
      if (!(error instanceof GexlakeError) || error.code === 'INTERNAL') throw error;
      found.push({ dataset, added: 0, gone: 0, changed: 0, by_column: {}, why_not: redactText(error.message) });
    }
  }
  return found;
}
