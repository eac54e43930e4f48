import assert from 'node:assert/strict';
import { mkdtempSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, suite } from 'node:test';
import { parseStoredPath } from '../../src/core/stored-path.ts';
import { openJobLog, type JobLog } from '../../src/joblog/joblog.ts';
import { editLog, readDatabase } from '../support/duckdb.ts';
import { only } from '../support/gexlake.ts';
import { begin, blocks, finished, holder, other, privateFile, publication, publish } from './ports/made.ts';
import { long } from '../support/shares.ts';

/* Since when and until when a file counts, whatever the clock does. */

const folder = await mkdtemp(join(tmpdir(), 'gexlake-log-'));
after(() => rm(folder, { recursive: true }));

/** A new log with a clock that a test sets. */
function openLog(): { log: JobLog; path: string; clock: { now: string } } {
  const clock = { now: '2026-01-05T10:00:00.000Z' };
  const path = join(mkdtempSync(join(folder, 'log-')), 'gex_history.db');
  const at = {
    now_ms: () => Date.parse(clock.now),
    monotonic_ms: () => performance.now(),
    sleep: async () => undefined,
  };
  return { log: openJobLog(path, { clock: at, commandOf: () => null }), path, clock };
}

/** Replaces what is live by one file of these bytes; `finish` is who commits. */
async function replace(log: JobLog, checksum: string, finish: 'own' | 'recovery' = 'own'): Promise<string> {
  const job = await begin(log);
  const live = await log.files.live();
  const path = live[0]?.path ?? parseStoredPath('parquet/x');
  await log.attempts.intendSwap(job, holder, {
    placed: [{ file: privateFile('snapshots', checksum), path }],
    retired: live.map(({ path: at, checksum: old }) => ({
      path: at,
      checksum: old,
      archivePath: parseStoredPath(`archive/${old}`),
    })),
    planned: null,
    ...publication([], []),
  });
  if (finish === 'own') await log.attempts.complete(job, holder, { finished, intended: 1 });
  else {
    const [taken] = await log.recovery.takeOver(holder.owner, other);
    assert.ok(taken !== undefined);
    await log.recovery.completeAbandoned({ ...taken, owner: other.owner }, other);
  }
  return job.id;
}

async function spans(log: JobLog): Promise<readonly (readonly (string | null)[])[]> {
  const { files } = await log.whole.snapshot();
  const told = files.map(({ checksum, committed_at, superseded_at }) => [checksum, committed_at, superseded_at]);
  return told.sort(([left], [right]) => String(left).localeCompare(String(right)));
}

suite('since when and until when a file counts', () => {
  long('is said in the transaction that makes it live, and by the one that replaces it', async () => {
    const { log, clock } = openLog();
    const job = await begin(log);
    await log.attempts.intend(job, holder, publication([privateFile('snapshots', 'a')], []));
    assert.deepEqual(await spans(log), [['a', null, null]]);
    clock.now = '2026-01-05T11:00:00.000Z';
    await log.attempts.complete(job, holder, { finished, intended: 1 });
    assert.deepEqual(await spans(log), [['a', '2026-01-05T11:00:00.000Z', null]]);
    clock.now = '2026-01-05T12:00:00.000Z';
    await replace(log, 'b', 'recovery');
    assert.deepEqual(await spans(log), [
      ['a', '2026-01-05T11:00:00.000Z', '2026-01-05T12:00:00.000Z'],
      ['b', '2026-01-05T12:00:00.000Z', null],
    ]);
  });

  long('keeps the order of commits where the clock went back, over the whole log', async () => {
    const { log, clock } = openLog();
    await publish(log, 'a');
    clock.now = '2026-01-05T09:00:00.000Z';
    await replace(log, 'b');
    await replace(log, 'c');
    assert.deepEqual(await spans(log), [
      ['a', '2026-01-05T10:00:00.000Z', '2026-01-05T10:00:00.001Z'],
      ['b', '2026-01-05T10:00:00.001Z', '2026-01-05T10:00:00.002Z'],
      ['c', '2026-01-05T10:00:00.002Z', null],
    ]);
    const elsewhere = await begin(log);
    const otherDay = { ...privateFile('snapshots', 'd'), sessionDates: ['2025-10-23'] };
    await log.attempts.intend(elsewhere, holder, publication([otherDay], []));
    await log.attempts.complete(elsewhere, holder, { finished, intended: 1 });
    assert.equal((await log.files.ofJobs([elsewhere.id]))[0]?.committed_at, '2026-01-05T10:00:00.003Z');
  });

  long('is read from the events of a log that did not say it, also where the clock went back', async () => {
    const { log, path, clock } = openLog();
    await publish(log, 'a');
    clock.now = '2026-01-05T09:00:00.000Z';
    await replace(log, 'b');
    clock.now = '2026-01-05T12:00:00.000Z';
    await replace(log, 'c');
    const job = await begin(log);
    const compared = await log.files.ofBlocks(blocks);
    await log.attempts.intend(job, holder, publication([privateFile('strikes', 'd')], compared));
    const drop = (column: string) => `ALTER TABLE parquet_files DROP COLUMN ${column}`;
    await editLog(
      path,
      `${drop('committed_at')}; ${drop('superseded_at')}; DROP TABLE restorations; DROP TABLE journal_position; DROP TABLE source_receipts; DROP TABLE source_roots; DROP TABLE purged_files; DROP TABLE rechecks; DROP TABLE quality; DROP TABLE vendor_calls; DROP TABLE duties; DROP TABLE notices; DELETE FROM schema_migrations WHERE version > 6`,
    );
    const expected = [
      ['a', '2026-01-05T10:00:00.000Z', '2026-01-05T10:00:00.000Z'],
      ['b', '2026-01-05T10:00:00.000Z', '2026-01-05T12:00:00.000Z'],
      ['c', '2026-01-05T12:00:00.000Z', null],
      ['d', null, null],
    ];
    const older = openJobLog(path, {
      clock: { now_ms: Date.now, monotonic_ms: Date.now, sleep: async () => undefined },
      commandOf: () => null,
    });
    assert.deepEqual(await spans(older), expected, 'as it is shown');
    await older.whole.prepare();
    const columns = 'SELECT count(*)::INTEGER AS there FROM parquet_files WHERE committed_at IS NOT NULL';
    assert.equal(only(await readDatabase(path, columns))['there'], 3);
    assert.deepEqual(await spans(older), expected, 'as it is upgraded');
  });
});
