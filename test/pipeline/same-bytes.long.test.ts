import assert from 'node:assert/strict';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ImportResult } from '../../src/core/job.ts';
import { only } from '../support/gexlake.ts';
import { name, put, records, recordsOf } from '../support/records.ts';
import { assertSound, makeDesk } from './importer-here.ts';

/*
 * Bytes that were imported before, as something else, in other company, or taken away since: equal bytes are not equal rows.
 */

const day_s = 86_400;
const folder = 'parquet/gex/2025/10/SPX/gex_zero';
/** Two sessions in a file whose name says nothing: forty records of the 22nd, three of the 23rd. */
const two = [...records(40), ...records(3, day_s)];
const spx = { ticker: 'SPX', endpoint: 'gex_zero' };

function storyOf({ status, skipped_as, records_read, records_processed, records_duplicate }: ImportResult): unknown[] {
  return [status, skipped_as, records_read, records_processed, records_duplicate];
}

suite('bytes that are live as another endpoint', () => {
  test('are skipped with a warning that says where they are and what to do, and import after it was done', async (context) => {
    const desk = await makeDesk(context);
    const wrong = await desk.import(name, records(40), { endpoint: 'gex_full' });
    const skipped = await desk.import(name, records(40));
    assert.deepEqual(storyOf(skipped), ['skipped', wrong.job_id, 0, 0, 0]);
    const warning = only(skipped.warnings);
    assert.match(warning, new RegExp(`live as SPX gex_full of 2025-10-22, from job ${wrong.job_id}`));
    assert.match(warning, new RegExp(`gexlake withdraw ${wrong.job_id} --reason '…'`));
    const { events } = await desk.app.job(skipped.job_id);
    assert.deepEqual(
      events.filter(({ event }) => event === 'warning').map(({ detail }) => detail),
      [warning],
    );
    const { jobId, plan } = await desk.app.planWithdrawal(wrong.job_id.slice(0, 12));
    assert.equal(jobId, wrong.job_id);
    assert.deepEqual(
      plan.actions.map(({ action, path, rows, reversible }) => [action, path, rows, reversible]),
      wrong.parquet_files.map((path, at) => ['archive', path, at === 0 ? 40 : 200, true]),
    );
    const withdrawal = await desk.withdraw(wrong.job_id);
    assert.deepEqual(
      [withdrawal.status, withdrawal.session_dates, withdrawal.parquet_files],
      ['completed', ['2025-10-22'], []],
    );
    assert.deepEqual(await desk.live(), []);
    await assertSound(desk);
    const right = await desk.import(name, records(40));
    assert.deepEqual([right.status, right.warnings], ['completed', []]);
    assert.deepEqual(await desk.live(), [['gex_zero', '2025-10-22', 40]]);
    assert.deepEqual((await desk.import(name, records(40))).skipped_as, right.job_id);
    await desk.restore(wrong.parquet_files[0] ?? '');
    assert.deepEqual(await desk.live(), [
      ['gex_full', '2025-10-22', 40],
      ['gex_zero', '2025-10-22', 40],
    ]);
    assert.equal((await desk.withdraw(wrong.job_id)).status, 'completed');
    assert.deepEqual(await desk.live(), [['gex_zero', '2025-10-22', 40]]);
    await assertSound(desk);
  });

  test('are found where a compaction or a repair has put them into other files', async (context) => {
    const desk = await makeDesk(context);
    const wrong = await desk.import(name, records(20), { endpoint: 'gex_full' });
    await desk.import(name.replace('22', '23'), records(20, day_s), { endpoint: 'gex_full' });
    await desk.compact(folder.replace('zero', 'full'));
    const skipped = await desk.import(name, records(20));
    assert.equal(skipped.skipped_as, wrong.job_id);
    await assert.rejects(desk.withdraw(wrong.job_id), { code: 'NOT_WITHDRAWABLE', hint: /restore-file parquet/ });
    await desk.restore(`${folder.replace('zero', 'full')}/strikes.parquet`);
    assert.equal((await desk.withdraw(wrong.job_id)).status, 'completed');
    assert.equal((await desk.import(name, records(20))).status, 'completed');
    await assertSound(desk);
  });

  test('are not published by an importer that is at it at the same time', async (context) => {
    const desk = await makeDesk(context);
    const source = await put(desk.lake.desk, name, records(20));
    await desk.app.enqueue([]);
    const env = { GEXLAKE_FAULT: 'stop@publish:link#1', GEXLAKE_LIMITS: '{"heartbeat_ms":3600000}' };
    const first = desk.lake.start(['import', source, '--endpoint', 'gex_full', '--json'], { env });
    for (;;) {
      const [job] = await desk.app.jobs({ status: 'started', limit: 1 }).catch(() => []);
      if (job !== undefined && (await desk.app.job(job.id)).events.some(({ event }) => event === 'publishing')) break;
      await sleep(50);
    }
    const [{ owner, id } = { owner: null, id: '' }] = await desk.app.jobs({ status: 'started', limit: 1 });
    const patient = { GEXLAKE_LIMITS: '{"lock_wait_ms":600000}' };
    const second = desk.lake.start(['import', source, '--json'], { env: patient });
    await second.says(/"step":"publish"/);
    process.kill(Number(owner?.split(':')[1]), 'SIGCONT');
    assert.equal((await first.ended).exitCode, 0);
    const result = only(JSON.parse((await second.ended).stdout) as ImportResult[]);
    assert.deepEqual([result.status, result.skipped_as, result.warnings.length], ['skipped', id, 1]);
    await assertSound(desk);
  });
});

suite('bytes that are live as the same ticker and endpoint', () => {
  test('bring the sessions that a date has kept out before, and no others', async (context) => {
    const desk = await makeDesk(context);
    const first = await desk.import('day.json', two, { ...spx, date: '2025-10-22' });
    assert.equal(first.records_quarantined, 3);
    const second = await desk.import('day.json', two, spx);
    assert.deepEqual(storyOf(second), ['completed', null, 43, 3, 40]);
    assert.deepEqual(second.session_dates, ['2025-10-23']);
    assert.deepEqual(await desk.live(), [
      ['gex_zero', '2025-10-22', 40],
      ['gex_zero', '2025-10-23', 3],
    ]);
    // Now all is accounted for, by either of them, whatever date is asked for; nothing is read for it.
    assert.deepEqual(storyOf(await desk.import('day.json', two, spx)), ['skipped', second.job_id, 0, 0, 0]);
    for (const [date, by] of [
      ['2025-10-22', first.job_id],
      ['2025-10-23', second.job_id],
    ] as const)
      assert.deepEqual(storyOf(await desk.import('day.json', two, { ...spx, date })), ['skipped', by, 0, 0, 0]);
    await desk.withdraw(first.job_id);
    assert.deepEqual(storyOf(await desk.import('day.json', two, spx)), ['completed', null, 43, 40, 3]);
    await assertSound(desk);
  });

  test('bring back what another job had brought of them and is withdrawn', async (context) => {
    const desk = await makeDesk(context);
    const noon = await desk.import(name, records(20));
    const night = await desk.import(name, records(40));
    assert.deepEqual(storyOf(await desk.import(name, records(40))), ['skipped', night.job_id, 0, 0, 0]);
    await desk.withdraw(noon.job_id);
    assert.deepEqual(await desk.live(), [['gex_zero', '2025-10-22', 20]]);
    assert.deepEqual(storyOf(await desk.import(name, records(40))), ['completed', null, 40, 20, 20]);
    await assertSound(desk);
  });

  test('are compared again once something else was changed, and not where rows only moved', async (context) => {
    const desk = await makeDesk(context);
    const first = await desk.import(name, records(20));
    await desk.import(name.replace('22', '23'), records(20, day_s));
    await desk.compact(folder);
    assert.deepEqual(storyOf(await desk.import(name, records(20))), ['skipped', first.job_id, 0, 0, 0]);
    const changed = records(20).map((one) => Object.assign(one, { zero_gamma: 1 }));
    await desk.correct(first.job_id, name, changed);
    assert.equal((await desk.import(name, records(20))).error?.code, 'ROWS_CONFLICT');
    await desk.restore(`${folder}/strikes.parquet`);
    assert.equal((await desk.import(name, records(20))).status, 'skipped');
    await assertSound(desk);
  });
});

suite('a correction by bytes that are live already', () => {
  test('with fewer records replaces the session all the same, and is skipped only where its rows are the source’s', async (context) => {
    const desk = await makeDesk(context);
    const short = await desk.import(name, records(20));
    const long = await desk.import(name, records(30));
    const correction = await desk.correct(long.job_id, name, records(20));
    assert.deepEqual([correction.status, correction.records_processed], ['completed', 20]);
    assert.deepEqual(await desk.live(), [['gex_zero', '2025-10-22', 20]]);
    assert.equal((await desk.correct(correction.job_id, name, records(20))).status, 'skipped');
    assert.equal((await desk.correct(short.job_id, name, records(30))).status, 'completed');
    assert.deepEqual(await desk.live(), [['gex_zero', '2025-10-22', 30]]);
    await assertSound(desk);
  });

  test('of another ticker or session is refused', async (context) => {
    const desk = await makeDesk(context);
    const job = await desk.import(name, records(20));
    const ndx = recordsOf('NDX', 20);
    await desk.import(name.replace('SPX', 'NDX'), ndx);
    await desk.import(name.replace('22', '23'), records(20, day_s));
    const before = await desk.live();
    assert.equal((await desk.correct(job.job_id, name, ndx)).error?.code, 'TICKER_MISMATCH');
    const other = await desk.correct(job.job_id, name.replace('22', '23'), records(20, day_s));
    assert.equal(other.error?.code, 'CORRECTION_MISMATCH');
    assert.deepEqual(await desk.live(), before);
    await assertSound(desk);
  });
});

suite('a withdrawal', () => {
  test('is refused for what has no rows of its own, and says what to do', async (context) => {
    const desk = await makeDesk(context);
    const first = await desk.import('SPX_classic_gex_zero.json', [...records(20), ...records(20, day_s)]);
    const changed = records(20).map((one) => Object.assign(one, { zero_gamma: 1 }));
    const correction = await desk.correct(first.job_id, name, changed);
    await assert.rejects(desk.withdraw(correction.job_id), {
      code: 'NOT_WITHDRAWABLE',
      message: /rows of other sessions/,
    });
    await assert.rejects(desk.withdraw(first.job_id), { code: 'NOT_WITHDRAWABLE', message: /no file of job/ });
    const undone = await desk.restore(`${folder}/strikes.parquet`);
    await assert.rejects(desk.withdraw(undone.job_id), { code: 'JOB_STATE', message: /is a rewrite/ });
    const failed = await desk.import(name, records(20).slice(0, 0));
    await assert.rejects(desk.withdraw(failed.job_id), { code: 'JOB_STATE', message: /is failed/ });
    const { plan } = await desk.app.planWithdrawal(first.job_id);
    await assert.rejects(desk.app.withdrawal(first.job_id, 'wrong', 'another'), { code: 'PLAN_CHANGED' });
    const ran = await desk.lake.run(['withdraw', first.job_id, '--reason', 'wrong', '--apply', plan.id]);
    assert.equal(ran.exitCode, 0, ran.stderr);
    assert.deepEqual(await desk.live(), []);
    await assertSound(desk);
  });

  test('is undone beside what has taken its name since, and not over rows that are live again', async (context) => {
    const desk = await makeDesk(context);
    const first = await desk.import(name, records(20));
    await desk.withdraw(first.job_id);
    const next = await desk.import(name.replace('22', '23'), records(20, day_s));
    assert.deepEqual(next.parquet_files, first.parquet_files, 'the plain names are free again');
    const undone = await desk.restore(`${folder}/strikes.parquet`);
    assert.equal(undone.error, null);
    assert.deepEqual(undone.parquet_files, [
      `${folder}/snapshots_${undone.job_id}.parquet`,
      `${folder}/strikes_${undone.job_id}.parquet`,
    ]);
    assert.deepEqual(await desk.live(), [
      ['gex_zero', '2025-10-22', 20],
      ['gex_zero', '2025-10-23', 20],
    ]);
    await desk.withdraw(first.job_id);
    assert.equal((await desk.import(name, records(20))).status, 'completed');
    const old = (await desk.lake.files('archive')).find((path) => path.includes('withdrawn_by'));
    const refused = await desk.restore(join('archive', old ?? ''));
    assert.equal(refused.error?.code, 'NOTHING_TO_RESTORE');
    await assertSound(desk);
  });

  test('leaves nothing that log and calendar would miss without saying why', async (context) => {
    const desk = await makeDesk(context);
    const first = await desk.import(name, records(20));
    await desk.import(name.replace('22', '23'), records(20, day_s));
    await desk.withdraw(first.job_id);
    const { reconciliation } = await desk.app.reconcile({ as_of: '2025-10-24', report: { kind: 'none' } });
    assert.deepEqual(reconciliation.disagreements, []);
    const { rows } = await desk.app.coverage({ as_of: '2025-10-24', to: '2025-10-23' });
    assert.deepEqual(
      rows.map(({ session_date, state, reasons }) => [session_date, state, reasons[0]?.code]),
      [
        ['2025-10-22', 'missing', 'withdrawn'],
        ['2025-10-23', 'partial', 'early_end'],
      ],
    );
  });

  test('shows in coverage where nothing else is known of ticker and endpoint, and only its own sessions', async (context) => {
    const desk = await makeDesk(context);
    const wrong = await desk.import(name, records(20), { endpoint: 'gex_full' });
    await desk.withdraw(wrong.job_id);
    const { rows, from } = await desk.app.coverage({ as_of: '2025-10-24' });
    const told = rows.map(({ ticker, endpoint, session_date, state, reasons }) => {
      return [ticker, endpoint, session_date, state, reasons[0]?.code];
    });
    assert.deepEqual([from, told], ['2025-10-22', [['SPX', 'gex_full', '2025-10-22', 'missing', 'withdrawn']]]);
    const { reconciliation } = await desk.app.reconcile({ as_of: '2025-10-24', report: { kind: 'none' } });
    assert.deepEqual(reconciliation.to_fetch, [], 'nobody asks for what was given up');
    const named = await desk.app.coverage({ as_of: '2025-10-24', ticker: 'SPX', endpoint: 'gex_full' });
    assert.equal(named.rows.length, 3);
  });
});
