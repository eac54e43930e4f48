import { join } from 'node:path';
import { unlessDefect } from '../../core/defects.ts';
import type { ParquetFile } from '../../core/job.ts';
import type { LoadedSource, Notice } from '../../core/journey.ts';
import { contradictionsOf } from '../../core/names.ts';
import type { Database } from '../../db/db.ts';
import { loadSource } from '../../load/load.ts';
import { makePrivateFolder } from '../../platform/folders.ts';
import { remove } from '../../platform/work-files.ts';
import { checkLoaded, type CheckedFiles } from '../../publish/publish.ts';
import type { AcquiredSource } from '../acquire-source.ts';
import type { Attempt } from '../attempt.ts';
import { expectationOf } from '../explain.ts';
import { settledFiles } from '../settled.ts';

/*
 * The phases that an import, a correction and a migration share. Each takes what the one before it gives, so that none can be left out.
 */

/** A source and what loading it has given. */
export type Loaded<S extends AcquiredSource = AcquiredSource> = { readonly source: S; readonly records: LoadedSource };

/** The same, with its files checked. */
export type Checked<S extends AcquiredSource = AcquiredSource> = Loaded<S> & { readonly files: CheckedFiles };

/** Notices that are told at once, too: fields that have changed their type, or cannot be kept as they came. */
const loud: ReadonlySet<Notice['event']> = new Set([
  'contradiction',
  'wrong_types',
  'numbers_in_text',
  'repeated_fields',
  'half_characters',
]);

/** Loads an acquired source, and waits until it is staged. */
export async function loadRecords<S extends AcquiredSource>(attempt: Attempt, source: S): Promise<Loaded<S>> {
  const { trail, context } = attempt;
  const records = await load(attempt, source, { alreadyLive: null, subfolder: 'load' });
  trail.sessionDates = records.sessionDates;
  // Staging that has failed is what the attempt fails with.
  trail.leaveSource = async () => ({
    stagedPath: await source.staged.catch(unlessDefect(null)),
    keepsSource: true,
  });
  for (const { event, detail } of records.notices) if (loud.has(event)) context.onWarning(`${source.name}: ${detail}`);
  await source.staged;
  return { source, records };
}

/** Lets DuckDB read the loaded files back. */
export async function checkRecords<S extends AcquiredSource>(
  attempt: Attempt,
  engine: Database,
  { source, records }: Loaded<S>,
): Promise<Checked<S>> {
  tellProgress(attempt, 'check', { source, records });
  return { source, records, files: await checkLoaded(engine, records, expectationOf(attempt.job)) };
}

/** Loads again without the seconds that are live already, so that only new rows are published. */
export async function reloadRecords<S extends AcquiredSource>(
  attempt: Attempt,
  engine: Database,
  { source, alreadyLive }: { readonly source: S; readonly alreadyLive: ReadonlySet<number> },
): Promise<Checked<S>> {
  const records = await load(attempt, source, { alreadyLive, subfolder: 'extension' });
  attempt.trail.sessionDates = records.sessionDates;
  return { source, records, files: await checkLoaded(engine, records, expectationOf(attempt.job)) };
}

async function load(
  { context, job, workFolder }: Attempt,
  source: AcquiredSource,
  { alreadyLive, subfolder }: { readonly alreadyLive: ReadonlySet<number> | null; readonly subfolder: string },
): Promise<LoadedSource> {
  const { clock, signal, engine, onProgress } = context;
  const folder = join(workFolder, subfolder);
  // What an earlier round of comparing has loaded.
  await remove('clean:remove', folder);
  await makePrivateFolder('load:folder', folder);
  const loaded = await loadSource({
    path: source.path,
    name: source.name,
    checksum: source.checksum,
    expected: expectationOf(job),
    folder,
    now_ms: clock.now_ms(),
    threads: engine.threads,
    ...(alreadyLive === null ? { measures: true } : { alreadyLive }),
    signal,
    onProgress: (bytes, records) =>
      onProgress({ job_id: job.id, step: 'load', bytes, bytes_total: source.size_bytes, records }),
  });
  return { ...loaded, notices: [...contradictions(job), ...loaded.notices] };
}

/** What the source's name says otherwise than the job: options count more than names. */
function contradictions(job: Attempt['job']): Notice[] {
  if (job.kind === 'migration') return [];
  return contradictionsOf(job.url, expectationOf(job)).map((detail) => ({ event: 'contradiction', detail }));
}

export function tellProgress({ context, job }: Attempt, step: 'check' | 'publish', { source, records }: Loaded): void {
  context.onProgress({
    job_id: job.id,
    step,
    bytes: source.size_bytes,
    bytes_total: source.size_bytes,
    records: records.counts.records_read,
  });
}

/** The files to compare with; waits while another job is between its intent and its commit. */
export async function liveOfBlocks({ context, job }: Attempt, { records }: Loaded): Promise<readonly ParquetFile[]> {
  const { ticker, endpoint } = expectationOf(job);
  const blocks = { ticker, endpoint: endpoint.name, sessionDates: records.sessionDates };
  return settledFiles(context, () => context.log.files.ofBlocks(blocks));
}
