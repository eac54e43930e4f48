import { previousSession, session_s } from './hours.ts';
import { createOutput, isChunkFull, repeatRecord, takeChunk, takeLastChunk, writeRecord } from './output.ts';
import type { Output } from './output.ts';
import { planSample } from './plan.ts';
import type { SampleOptions, SamplePlan } from './plan.ts';
import { advanceSession, startSession } from './session.ts';

export { sampleDefaults, sampleFileName } from './plan.ts';
export type { SampleOptions } from './plan.ts';

/** What a sample holds, in the words of the job log: what an import of it has to count. */
export type SampleFacts = {
  readonly records_read: number;
  readonly records_processed: number;
  readonly records_duplicate: number;
  /** The stale record, which an import sets aside because its New York date is not the session's. */
  readonly records_quarantined: number;
  /** Ladder rows of the processed records; 0 for orderflow, whose records are flat. */
  readonly strike_rows: number;
  /** Ladder rows in the file, those of duplicate and stale records included. */
  readonly strike_rows_read: number;
  /** Unix seconds of the first and last processed record. */
  readonly first_timestamp: number;
  readonly last_timestamp: number;
  readonly size_bytes: number;
};

/** How long before the close the simulation of a stale record starts: its oldest prior is 30 minutes old. */
const staleHistory_s = 1_801;

/**
 * Makes one session's history file: the bytes of the vendor's JSON array, in chunks of about 512 KiB, so that memory does not
 * grow with the file. Pure: equal options give equal bytes. Returns what the file holds when it is done. Throws what
 * `planSample` throws.
 *
 * The day is simulated second by second from 09:30:00 to 15:59:59 New York: spot wanders, the ladder slides with it, exposure
 * by volume grows and explodes towards the close, and priors are the values of the earlier records. With fewer `records` the
 * same day is shown with seconds left out, and a prior is that of the latest record at least so old, or of the next one if that is nearer and within
 * 20 s. Majors, sums and priors follow from the ladder by the vendor's rules (docs/quality.md). With `flaws` the file
 * begins with a record of the previous weekday's close and has up to three records twice. An import fails when more than 10 %
 * is set aside, so give `flaws` at least 6 records.
 */
export function* generateSample(options: SampleOptions): Generator<Uint8Array, SampleFacts, void> {
  const plan = planSample(options);
  const output = createOutput(plan.strikes);
  if (plan.flaws) writeStaleRecord(plan, output);
  const session = startSession(plan, plan.sessionDate, 0);
  const twice = duplicatedRecords(plan);
  for (let second = 0, record = 0; record < plan.records; second += 1) {
    if (second > 0) advanceSession(session, second);
    if (second !== secondOf(plan, record)) continue;
    session.series.keep(second);
    writeRecord(output, session.series, second);
    output.trueRows += output.recordRows;
    if (twice.has(record)) repeatRecord(output);
    record += 1;
    if (isChunkFull(output)) yield takeChunk(output);
  }
  yield takeLastChunk(output);
  return factsOf(plan, output, session.open);
}

/** Writes the close of the weekday before, which the vendor still serves in the first seconds of a session. */
function writeStaleRecord(plan: SamplePlan, output: Output): void {
  const firstSecond = session_s - staleHistory_s;
  const session = startSession(plan, previousSession(plan.sessionDate), firstSecond);
  for (let second = firstSecond + 1; second <= session_s; second += 1) {
    advanceSession(session, second);
    session.series.keep(second);
  }
  writeRecord(output, session.series, session_s);
}

/** The second of the session at which a record is taken. */
function secondOf(plan: SamplePlan, record: number): number {
  return Math.floor((record * plan.span_s) / plan.records);
}

/** The numbers of the records that the file has twice: a quarter, a half and three quarters through the session. */
function duplicatedRecords(plan: SamplePlan): Set<number> {
  const quarters = plan.flaws ? [1, 2, 3] : [];
  return new Set(quarters.map((quarter) => Math.floor((plan.records * quarter) / 4)));
}

function factsOf(plan: SamplePlan, output: Output, open: number): SampleFacts {
  const duplicates = duplicatedRecords(plan).size;
  const stale = plan.flaws ? 1 : 0;
  return {
    records_read: plan.records + duplicates + stale,
    records_processed: plan.records,
    records_duplicate: duplicates,
    records_quarantined: stale,
    strike_rows: output.trueRows,
    strike_rows_read: output.rows,
    first_timestamp: open,
    last_timestamp: open + secondOf(plan, plan.records - 1),
    size_bytes: output.taken_bytes,
  };
}
