import assert from 'node:assert/strict';
import { toText } from '../../src/core/row-texts.ts';
import { openJobLog } from '../../src/joblog/joblog.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { readDatabase } from '../support/duckdb.ts';

/** What a log's writers have acknowledged: the last status of each job. */
export type Acknowledged = Map<string, string>;

/** Takes in a line of log-writer.ts. */
export function hear(acknowledged: Acknowledged, line: string): void {
  const [id = '', status] = line.split(' ');
  if (status !== undefined) acknowledged.set(id, status);
}

/** Every acknowledged transaction is there, for who reads, and after the next who writes, for any client. */
export async function assertAcknowledged(path: string, acknowledged: Acknowledged, how: string): Promise<void> {
  const log = openJobLog(path, { clock: systemClock, commandOf: () => null });
  const { jobs } = await log.whole.snapshot();
  assertHas(acknowledged, new Map(jobs.map(({ id, status }) => [id, status])), `${how}, read`);
  await log.whole.prepare();
  const rows = await readDatabase(path, 'SELECT id, status FROM import_jobs');
  assertHas(acknowledged, new Map(rows.map(({ id, status }) => [toText(id), toText(status)])), `${how}, by any client`);
  assert.deepEqual(await log.whole.compare(), [], how);
}

function assertHas(acknowledged: Acknowledged, found: ReadonlyMap<string, string>, how: string): void {
  for (const [id, status] of acknowledged) {
    // What comes after pending may have happened without having been acknowledged.
    if (status === 'pending') assert.ok(found.has(id), `${how}: job ${id} is gone`);
    else assert.equal(found.get(id), status, `${how}: job ${id}`);
  }
}
