import assert from 'node:assert/strict';
import { copyFile, link, mkdir, readdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { suite } from 'node:test';
import type { AskedPurge } from '../../src/app/app.ts';
import { workOn } from '../support/built-program.ts';
import { errorOf, only, type Lake, type Owner } from '../support/gexlake.ts';
import { preparedOnce } from '../support/prepared-once.ts';
import { name, put, record, records } from '../support/records.ts';
import { long, test } from '../support/shares.ts';
import { assertSound, deskOn, makeDesk, type Desk } from './importer-here.ts';

const next = '2025-10-23_SPX_classic_gex_zero.json';
const day_s = 86_400;
const folder = 'parquet/gex/2025/10/SPX/gex_zero';
const reason = 'the contract has ended';

async function purge(desk: Desk, subject: AskedPurge['subject'], pins: AskedPurge['pins'] = 'stop') {
  const request = await desk.app.purge({ subject, pins }, reason, null);
  return only(await workOn(desk.lake.folder, { kind: 'sources', requests: [request] }));
}

function sessions(from: string, to = from): AskedPurge['subject'] {
  return { ticker: 'SPX', endpoint: 'gex_zero', from, to };
}

/** Every file but the log and its copies. */
async function kept({ lake }: Desk): Promise<string[]> {
  const all: string[] = [];
  for (const below of ['parquet', 'archive', 'source', 'quarantine', '.trash', 'pins', '.work'])
    all.push(...(await lake.files(below)).map((path) => `${below}/${path}`));
  return all;
}

/** Two sessions, the first corrected, with its packed source, an earlier version, records set aside, a copy in the trash. */
async function livedIn(owner: Owner): Promise<Desk & { readonly first: string; readonly second: string }> {
  const { lake, made } = await preparedOnce(owner, 'two-sessions', twoSessions);
  return Object.assign(await deskOn(lake), made);
}

async function twoSessions(lake: Lake): Promise<{ readonly first: string; readonly second: string }> {
  const desk = await deskOn(lake);
  const stale = { ...record(1), timestamp: Number(record(1)['timestamp']) - day_s };
  const { job_id: first } = await desk.import(name, [stale, ...records(40)]);
  const { job_id: second } = await desk.import(next, records(40, day_s));
  return { first, second };
}

suite('purge', () => {
  test('takes all that a job has brought away, keeps what it was in the log, and no import brings it back unasked', async (context) => {
    const desk = await livedIn(context);
    const { app, lake } = desk;
    const other = await kept(desk).then((all) => all.filter((path) => path.includes(desk.second)));
    const result = await purge(desk, { id: desk.first });
    assert.deepEqual([result.status, result.session_dates, result.warnings], ['completed', ['2025-10-22'], []]);
    assert.deepEqual(
      (await kept(desk)).filter((path) => !other.includes(path)),
      [`source/gexbot/${next}`],
    );
    assert.deepEqual(await desk.live(), [['gex_zero', '2025-10-23', 40]]);
    await assertSound(desk);
    const story = await lake.query(
      `SELECT path, kind, state, checksum IS NOT NULL AS summed, source_checksum IS NOT NULL AS sourced, of_job_id = '${desk.first}' AS own FROM purged_files ORDER BY kind, path`,
    );
    assert.deepEqual(
      story.map((row) => Object.values(row).slice(1).join(' ')),
      [
        'live purged true true true',
        'live purged true true true',
        'quarantine purged false true true',
        'source purged true true true',
      ],
    );
    const job = await app.job(desk.first);
    assert.match(
      job.events.find(({ event }) => event === 'purged')?.detail ?? '',
      /4 files purged by job .*: the contract/,
    );
    const again = await desk.import(name, [
      { ...record(1), timestamp: Number(record(1)['timestamp']) - day_s },
      ...records(40),
    ]);
    assert.deepEqual([again.status, again.error?.code], ['failed', 'SOURCE_PURGED']);
    assert.match(again.error?.hint ?? '', /--again/);
  });

  long('coverage calls the session purged until somebody imports it again with that word', async (context) => {
    const desk = await livedIn(context);
    const { app, lake } = desk;
    await purge(desk, sessions('2025-10-22'));
    const stateOf = async () => {
      const asked = { ticker: 'SPX', endpoint: 'gex_zero', from: '2025-10-22', to: '2025-10-22' };
      const day = only((await app.coverage(asked)).rows);
      return [day.state, day.days_left, ...day.reasons.map(({ code }) => code)];
    };
    assert.deepEqual(await stateOf(), ['purged', null, 'purged']);
    const again = only(await lake.import(['0/' + name, '--again']));
    assert.deepEqual([again.status, again.records_processed], ['completed', 40]);
    assert.equal((await stateOf())[0], 'partial');
    await assertSound(desk);
  });

  long('writes anew what holds rows of others, and earlier versions go whole', async (context) => {
    const desk = await livedIn(context);
    const { app } = desk;
    await desk.correct(desk.first, name, [record(0, { zero_gamma: 1.5 }), ...records(39, 1)]);
    await desk.compact(folder);
    const { status } = await purge(desk, sessions('2025-10-22'));
    assert.equal(status, 'completed');
    assert.deepEqual(await desk.live(), [['gex_zero', '2025-10-23', 40]]);
    const left = (await kept(desk)).map((path) => path.replaceAll(/[0-9a-f]{32}/g, 'ID'));
    assert.deepEqual(left, [
      `${folder}/snapshots.parquet`,
      `${folder}/strikes.parquet`,
      `archive/${folder}/snapshots_ID.superseded_by_ID.parquet`,
      `archive/${folder}/strikes_ID.superseded_by_ID.parquet`,
      `source/gexbot/${next}`,
    ]);
    await assertSound(desk);
    const proved = await app.prove([], () => undefined);
    assert.deepEqual([proved.ok, proved.results.contradicted], [true, 0]);
    assert.ok(
      proved.proofs.some(
        ({ result, why }) => result === 'unproven' && /was purged by job .*: the contract/.test(why ?? ''),
      ),
    );
    const undone = await desk.restore(`${folder}/strikes.parquet`);
    assert.deepEqual(
      [undone.error?.code, undone.error?.message.includes('purged by job')],
      ['NOTHING_TO_RESTORE', true],
    );
    await assert.rejects(app.query('SELECT count(*) FROM strikes_versions', 10), /was purged by job/);
  });

  long('pins stop it, or go with it whole when asked; copies in the trash go in any case', async (context) => {
    const desk = await livedIn(context);
    const { app, lake } = desk;
    const at = new Date().toISOString();
    await app.pin(
      { name: 'paper', at, ticker: null, endpoint: null },
      { apply: true, expected: null },
      () => undefined,
    );
    const live = join(lake.folder, folder, 'strikes.parquet');
    const copy = join(lake.folder, '.trash/2026-01-02', folder, 'strikes.parquet~2');
    await mkdir(dirname(copy), { recursive: true });
    await link(live, copy);
    await copyFile(live, join(dirname(copy), 'other-name.parquet'));
    await put(lake.desk, name, records(50));
    assert.equal((await lake.run(['recheck', name])).exitCode, 0);
    assert.equal((await lake.files('.inbox')).length, 1);
    await assert.rejects(app.purge({ subject: { id: desk.first }, pins: 'stop' }, reason, null), {
      code: 'NOT_PURGEABLE',
      message: /paper/,
    });
    assert.equal((await purge(desk, { id: desk.first }, 'remove')).status, 'completed');
    assert.deepEqual(
      [await lake.files('.trash'), await lake.files('.inbox'), await readdir(join(lake.folder, 'pins'))],
      [[], [], []],
    );
    await assertSound(desk);
  });

  long(
    'what comes back is told by its name and by its bytes, and the same purge takes it away once more',
    async (context) => {
      const desk = await livedIn(context);
      const { app, lake } = desk;
      const [source, path] = [`source/gexbot/${name}`, `${folder}/strikes.parquet`];
      const saved = join(lake.desk, 'saved');
      for (const file of [source, path]) {
        await mkdir(dirname(join(saved, file)), { recursive: true });
        await copyFile(join(lake.folder, file), join(saved, file));
      }
      await purge(desk, { id: desk.first });
      await copyFile(join(saved, source), join(lake.folder, source));
      await copyFile(join(saved, path), join(lake.folder, path));
      const { problems } = await app.verify({ kind: 'deep' }, () => undefined);
      assert.deepEqual(
        problems.map(({ code, path: at }) => [code, at]),
        [
          ['FILE_PURGED', path],
          ['FILE_PURGED', source],
        ],
      );
      await rm(join(lake.folder, path));
      assert.equal((await purge(desk, { id: desk.first })).status, 'completed');
      await assertSound(desk);
      assert.equal((await purge(desk, { id: desk.first })).status, 'skipped');
    },
  );

  long(
    'of a session of several jobs only the files of the one go, and what was merged is refused with the way out',
    async (context) => {
      const desk = await makeDesk(context);
      const { app } = desk;
      const first = await desk.import(name, records(40));
      const more = await desk.import(name, records(60));
      assert.equal(more.records_processed, 20);
      const planned = await app.planPurge({ subject: { id: first.job_id }, pins: 'stop' });
      assert.deepEqual(
        planned.stays.map(({ job_id }) => job_id),
        [more.job_id],
      );
      await desk.compact(folder);
      await assert.rejects(app.planPurge({ subject: { id: first.job_id }, pins: 'stop' }), {
        code: 'NOT_PURGEABLE',
        hint: /restore-file .*--from 2025-10-22 --to 2025-10-22/,
      });
      await desk.restore(`${folder}/strikes.parquet`);
      assert.equal((await purge(desk, { id: first.job_id })).status, 'completed');
      assert.deepEqual(await desk.live(), [['gex_zero', '2025-10-22', 20]]);
      await assertSound(desk);
      const proved = await app.prove([], () => undefined);
      assert.equal(proved.results.contradicted, 0, JSON.stringify(proved.proofs));
    },
  );

  long('a source of several sessions goes whole or not at all', async (context) => {
    const desk = await makeDesk(context);
    const both = await desk.import('two.json', [...records(40), ...records(40, day_s)], {
      ticker: 'SPX',
      endpoint: 'gex_zero',
    });
    assert.equal(both.status, 'completed');
    await assert.rejects(desk.app.planPurge({ subject: sessions('2025-10-22'), pins: 'stop' }), {
      code: 'NOT_PURGEABLE',
      message: /2025-10-23/,
    });
    assert.equal((await purge(desk, sessions('2025-10-22', '2025-10-23'))).status, 'completed');
    assert.deepEqual([await desk.live(), await kept(desk)], [[], []]);
    await assertSound(desk);
  });

  long('the journal knows of it: a log that is made again from it brings nothing back', async (context) => {
    const desk = await livedIn(context);
    const { lake } = desk;
    await purge(desk, { id: desk.first });
    for (const file of ['gex_history.db', 'gex_history.db.wal']) await rm(join(lake.folder, file), { force: true });
    assert.equal((await lake.run(['restore', '--rebuild-log', '--apply'])).exitCode, 0);
    await assertSound(desk);
    const refused = only(await lake.import([`0/${name}`]));
    assert.equal(refused.error?.code, 'SOURCE_PURGED');
    const plan = JSON.parse((await lake.run(['repair', '--json'])).stdout) as { readonly plan: readonly unknown[] };
    assert.deepEqual(plan.plan, []);
  });

  long('the command prints its plan, and does just that', async (context) => {
    const desk = await livedIn(context);
    const { lake } = desk;
    const words = ['purge', desk.first.slice(0, 31), '--reason', reason];
    const { plan, plan_id, applied } = await lake.json<{
      readonly plan: readonly { readonly action: string }[];
      readonly plan_id: string;
      readonly applied: boolean;
    }>(words);
    assert.deepEqual([plan.map(({ action }) => action), applied], [['purge', 'purge', 'purge', 'purge'], false]);
    assert.equal(errorOf(await lake.run([...words, '--apply', '000000000000', '--json'])).code, 'PLAN_CHANGED');
    const [result] = await lake.json<{ readonly status: string }[]>([...words, '--apply', plan_id]);
    assert.equal(result?.status, 'completed');
    assert.equal(errorOf(await lake.run(['purge', '--ticker', 'SPX', '--reason', reason, '--json'])).code, 'USAGE');
    assert.equal((await lake.run(['purge', desk.first, '--reason', ' ', '--apply'])).exitCode, 2);
  });
});
