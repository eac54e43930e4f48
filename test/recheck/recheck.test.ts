import assert from 'node:assert/strict';
import { chmod, readFile, writeFile } from 'node:fs/promises';
import { after, suite } from 'node:test';
import type { RecheckReport, VerifyReport } from '../../src/app/app.ts';
import type { ImportResult, Recheck } from '../../src/core/job.ts';
import { errorOf, makeLake, only, type Lake } from '../support/gexlake.ts';
import { startOrigin } from '../support/origin.ts';
import { name, put, record, records } from '../support/records.ts';
import { long, test } from '../support/shares.ts';

const origin = await startOrigin();
after(() => origin.close());
const env = { GEXLAKE_SOURCE_ALLOW: origin.origin, GEXLAKE_LIMITS: JSON.stringify({ download_attempts: 1 }) };

type Answer = RecheckReport & { readonly error: { readonly code: string } | null };

let files = 0;

async function recheck(lake: Lake, content: unknown, file = name): Promise<Answer> {
  return only(await lake.json<Answer[]>(['recheck', await put(`${lake.desk}/${files++}`, file, content)]));
}

/** A record whose ladder has another value at one strike. */
function withWall(second: number, strike: number, gex_vol: number) {
  const made = record(second);
  const strikes = made['strikes'] as [number, number, number, number[]][];
  return Object.assign(made, {
    strikes: strikes.map(([at, vol, oi, priors]) => [at, at === strike ? gex_vol : vol, oi, priors]),
  });
}

/** Of 40 seconds: zero gamma moves in one, the largest strike in another, one goes, one comes in between. */
const given = [...records(20), ...records(19, 21)];
given[7] = record(7, { zero_gamma: 6700 });
given[9] = withWall(9, 6690, 500);

suite('recheck', () => {
  test('says in a trader’s words how a day was restated, publishes nothing, and a correction takes what it kept', async (context) => {
    const lake = await makeLake(context);
    const [job] = await lake.import([await put(lake.desk, name, [...records(30), ...records(10, 31)])]);
    const live = await lake.files('parquet');
    const found = await recheck(lake, [...given.slice(0, 39), record(40)]);
    assert.deepEqual(
      [found.result, found.decided_by, found.kept, found.job_id],
      ['restated', 'rows', true, job?.job_id],
    );
    const { seconds, columns, moved, minutes } = found.summary ?? assert.fail('there is no summary');
    assert.deepEqual(seconds, { published: 40, found: 40, changed: 2, added: 1, gone: 1 });
    assert.deepEqual(
      columns.map(({ dataset, column, seconds: count }) => `${dataset}.${column} ${count}`),
      ['snapshots.zero_gamma 1', 'strikes.gex_vol 1'],
    );
    assert.deepEqual(
      moved.map(({ what, by, rule, before, after: now, seconds: count }) => [
        what,
        by,
        rule?.slice(0, 13),
        before,
        now,
        count,
      ]),
      [
        ['zero gamma', 'vendor', 'zero_gamma', record(7)['zero_gamma'], 6700, 1],
        ['positive wall', 'ladder', 'listed strike', 6710, 6690, 1],
      ],
    );
    assert.deepEqual(minutes, { affected: 1, spans: [{ from: '2025-10-22T13:30Z', to: '2025-10-22T13:30Z' }] });
    assert.deepEqual(await lake.files('parquet'), live);
    const [listed] = await lake.json<(Recheck & { readonly kept: boolean })[]>(['recheck', 'list']);
    assert.deepEqual([listed?.id, listed?.kept, listed?.summary], [found.id, true, found.summary]);
    const words = ['correct', '--from-recheck', found.id.slice(0, 30), '--reason', 'the vendor sent it again'];
    const corrected = only(await lake.json<ImportResult[]>(words));
    assert.deepEqual([corrected.status, corrected.error], ['completed', null]);
    assert.deepEqual(
      await lake.query('SELECT max(timestamp)::VARCHAR AS last, count(*)::INTEGER AS seconds FROM snapshots'),
      [{ last: '2025-10-22 13:30:40+00', seconds: 40 }],
    );
    assert.deepEqual(await lake.files('.inbox'), []);
    assert.equal(errorOf(await lake.run([...words, '--json'])).code, 'RECHECK_UNKNOWN');
    assert.equal((await lake.run(['verify', '--deep'])).exitCode, 0);
  });

  long(
    'tells the same bytes, other bytes with the same rows, a file that only goes on, and what is not published',
    async (context) => {
      const lake = await makeLake(context);
      await lake.import([await put(lake.desk, name, records(40))]);
      const same = await recheck(lake, records(40));
      assert.deepEqual([same.result, same.decided_by, same.summary, same.kept], ['same', 'bytes', null, false]);
      const equal = await recheck(lake, JSON.stringify(records(40), null, 1));
      assert.deepEqual([equal.result, equal.summary?.seconds.changed, equal.kept], ['equal', 0, false]);
      const longer = await recheck(lake, records(60));
      assert.deepEqual([longer.result, longer.summary?.seconds.added, longer.kept], ['longer', 20, true]);
      const fresh = await recheck(lake, records(40, 86_400), name.replace('22', '23'));
      assert.deepEqual([fresh.result, fresh.job_id, fresh.kept], ['new', null, false]);
      const [wrong] = await lake.json<Answer[]>(['recheck', await put(lake.desk, 'other.json', records(3))]);
      assert.equal(wrong?.error?.code, 'SOURCE_UNIDENTIFIED');
      assert.deepEqual(await lake.files('.inbox'), [`${longer.id}/${name}`]);
      const told = await lake.run(['recheck', await put(`${lake.desk}/told`, name, given)]);
      for (const part of ['restated: it gives other rows', 'zero gamma moved in 1 second', '--from-recheck'])
        assert.ok(told.stdout.includes(part), told.stdout);
    },
  );

  long('says `same` of what counts only, whatever was imported of it before', async (context) => {
    const lake = await makeLake(context);
    const [first, second] = [records(20), given];
    const put_ = (content: unknown) => put(`${lake.desk}/${files++}`, name, content);
    const [job] = await lake.import([await put_(first)]);
    const id = String(job?.job_id);
    const saying = async (content: unknown) => {
      const { result, decided_by, job_id, summary } = await recheck(lake, content);
      return [result, decided_by, job_id, summary?.seconds.published ?? null];
    };
    const corrected = only(
      await lake.json<ImportResult[]>(['correct', id, await put_(second), '--reason', 'other']),
    ).job_id;
    assert.deepEqual(await saying(second), ['same', 'bytes', corrected, null]);
    assert.deepEqual(await saying(first), ['restated', 'rows', corrected, 39]);
    const old = (await lake.files('archive/parquet')).find((path) => path.includes('strikes.superseded'));
    await lake.json(['restore-file', `archive/parquet/${old}`, '--reason', 'it was right']);
    assert.deepEqual(await saying(second), ['restated', 'rows', id, 20]);
    assert.deepEqual(await saying(first), ['same', 'rows', id, null]);
    await lake.json(['compact', 'parquet/gex/2025/10/SPX/gex_zero', '--reason', 'month', '--apply']);
    await lake.json(['withdraw', id, '--reason', 'wrong', '--apply']);
    assert.deepEqual(await saying(first), ['new', 'rows', null, 0]);
    await lake.json(['purge', id, '--reason', 'law', '--apply']);
    assert.deepEqual(await saying(first), ['new', 'rows', null, 0]);
  });

  long('keeps what a correction takes as it was compared, or it is not published', async (context) => {
    const lake = await makeLake(context);
    await lake.import([await put(lake.desk, name, records(40))]);
    const { id, kept_path } = await recheck(lake, given);
    const path = `${lake.folder}/${kept_path}`;
    const text = await readFile(path, 'utf8');
    await chmod(path, 0o644);
    await writeFile(path, text.replace('6700', '6701'));
    const { problems } = JSON.parse((await lake.run(['verify', '--deep', '--json'])).stdout) as VerifyReport;
    assert.deepEqual(
      problems.map((problem) => [problem.code, problem.path]),
      [['RECHECK_CHANGED', kept_path]],
    );
    const words = ['correct', '--from-recheck', id, '--reason', 'other', '--json'];
    const refused = only(JSON.parse((await lake.run(words)).stdout) as ImportResult[]);
    assert.deepEqual([refused.status, refused.error?.code], ['failed', 'SOURCE_CHANGED']);
    await writeFile(path, text);
    assert.equal((await lake.run(['verify', '--deep'])).exitCode, 0);
    assert.equal(only(await lake.json<ImportResult[]>(words)).status, 'completed');
  });

  long('counts the seconds of a day that changes more of them than are looked at at a time', async (context) => {
    const lake = await makeLake(context);
    const day = records(2500);
    await lake.import([await put(lake.desk, name, day)]);
    const other = records(2500).map((one) => Object.assign(one, { zero_gamma: 6000, spot: 1 }));
    const { summary } = await recheck(lake, other);
    assert.deepEqual(
      summary?.columns.map(({ dataset, column, seconds }) => [`${dataset}.${column}`, seconds]).toSorted(),
      [
        ['snapshots.spot', 2500],
        ['snapshots.zero_gamma', 2500],
        ['strikes.spot', 2500],
      ],
    );
    const moved = only(summary?.moved ?? []);
    assert.deepEqual([moved.what, moved.seconds, moved.after], ['zero gamma', 2500, 6000]);
    assert.equal(summary?.seconds.changed, 2500);
  });

  long('of several sessions keeps what a correction of them all takes', async (context) => {
    const lake = await makeLake(context);
    const days = (count: number) => [...records(count), ...records(count, 86_400)];
    const plain = ['--ticker', 'SPX', '--endpoint', 'gex_zero'];
    await lake.json(['import', await put(`${lake.desk}/days`, 'days.json', days(20)), ...plain]);
    const again = await put(`${lake.desk}/again`, 'days.json', days(10));
    const { id, result, session_date } = only(await lake.json<Answer[]>(['recheck', again, ...plain]));
    assert.deepEqual([result, session_date], ['restated', null]);
    const reported = async (...of: string[]) => {
      const out = `${lake.desk}/report${files++}`;
      assert.equal((await lake.run(['report', '--out', out, ...of])).exitCode, 0);
      const { rechecks } = JSON.parse(await readFile(`${out}/report.json`, 'utf8')) as { rechecks: Recheck[] };
      return rechecks.map((one) => one.result);
    };
    assert.deepEqual(await reported(), ['restated']);
    await lake.json(['recheck', await put(`${lake.desk}/same`, 'days.json', days(20)), ...plain]);
    await lake.json(['import', await put(lake.desk, name.replace('22', '27'), records(5, 5 * 86_400))]);
    assert.deepEqual(await reported('--from', '2025-10-23'), ['same', 'restated']);
    assert.deepEqual(await reported('--from', '2025-10-24'), []);
    const corrected = only(await lake.json<ImportResult[]>(['correct', '--from-recheck', id, '--reason', 'fewer']));
    assert.deepEqual([corrected.status, corrected.error], ['completed', null]);
    assert.deepEqual(await lake.query('SELECT count(*)::INTEGER AS seconds FROM snapshots'), [{ seconds: 25 }]);
  });

  long('of a state day tells where zero gamma is by a rule that it names', async (context) => {
    const lake = await makeLake(context);
    const state = name.replace('classic', 'state');
    const ladder = (flip: number) =>
      [6690, 6695, 6700, 6705, 6710].map((strike) => [strike, strike < flip ? -10 : 10, 1, [0, 0, 0, 0, 0]]);
    const day = (flip: number) => [...records(5), record(5, { strikes: ladder(flip) })];
    await lake.import([await put(lake.desk, state, day(6696))]);
    const { summary } = await recheck(lake, day(6701), state);
    const zero = summary?.moved.find(({ what, by }) => what === 'zero gamma' && by === 'ladder');
    assert.match(zero?.rule ?? '', /running sum of gex_vol by strike/);
    assert.deepEqual([zero?.seconds, zero?.before !== zero?.after], [1, true]);
  });

  long('asks the server first, and fetches only what that does not decide', async (context) => {
    const lake = await makeLake(context);
    const path = `/hist/${name}`;
    origin.serve(path, { body: JSON.stringify(records(20)), etag: '"0x1"' });
    const url = `${origin.url(path)}?sig=SECRET`;
    const ask = async (command: string) => {
      const before = origin.requests.length;
      const { stdout } = await lake.run([command, url, '--json'], { env });
      const methods = origin.requests.slice(before).map(({ method }) => method);
      return { answer: only(JSON.parse(stdout) as Answer[]), methods, stdout };
    };
    await ask('import');
    const first = await ask('recheck');
    assert.deepEqual([first.answer.result, first.answer.decided_by, first.methods], ['same', 'head', ['HEAD']]);
    assert.doesNotMatch(first.stdout, /SECRET/);
    origin.serve(path, { body: JSON.stringify(records(20)), etag: '"0x2"' });
    const second = await ask('recheck');
    assert.deepEqual(
      [second.answer.result, second.answer.decided_by, second.methods],
      ['same', 'bytes', ['HEAD', 'GET']],
    );
    const [row] = await lake.query('SELECT source FROM rechecks LIMIT 1');
    assert.doesNotMatch(String(row?.['source']), /SECRET/);
  });
});
