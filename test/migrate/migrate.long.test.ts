import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { appendFile, copyFile, mkdir, readFile, truncate, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { suite } from 'node:test';
import { promisify } from 'node:util';
import type { ImportResult } from '../../src/core/job.ts';
import { errorOf, makeLake, only, type Lake, type Owner } from '../support/gexlake.ts';
import { put, type MadeRecord } from '../support/records.ts';
import { selects, sessionRecords, withEngine, writeOldFile } from '../support/old-layouts.ts';
import { long } from '../support/shares.ts';

const date = '2025-08-04';
const json = `${date}_SPX_classic_gex_zero.json`;
const flat = 'SPX/zero/20250804.strikes.parquet';
const made = sessionRecords(date, 5);

type Left = { readonly path: string; readonly reason: string };
type Report = {
  readonly applied: boolean;
  readonly plan_id: string;
  readonly plan: readonly {
    readonly action: string;
    readonly path: string;
    readonly rows: number;
    readonly reason: string;
  }[];
  readonly left: readonly Left[];
  readonly kept: readonly Left[];
  readonly results: readonly ImportResult[];
  readonly snapshot: string | null;
};

type Old = { readonly lake: Lake; readonly old: string };

/** A data folder, and files of old layouts by their paths with the SELECT that makes them. */
async function oldFiles(
  owner: Owner,
  files: Readonly<Record<string, string>>,
  of: readonly MadeRecord[] = made,
): Promise<Old> {
  const lake = await makeLake(owner);
  const old = join(lake.desk, 'old');
  await withEngine(async (run) => {
    for (const [path, select] of Object.entries(files)) await writeOldFile(run, join(old, path), of, select);
  });
  return { lake, old };
}

async function apply({ lake, old }: Old, ...more: string[]): Promise<Report> {
  return lake.json<Report>(['migrate', old, '--apply', ...more]);
}

/** Strikes of a ticker as `query` gives them. */
async function strikesOf(lake: Lake, ticker = 'SPX'): Promise<Record<string, unknown>[]> {
  return lake.query(`SELECT epoch(timestamp)::INTEGER AS s, spot, strike, gex_vol, gex_oi, priors FROM strikes
    WHERE ticker = '${ticker}' ORDER BY timestamp, strike`);
}

const madeStrikes = made.flatMap(({ timestamp, spot, strikes }) =>
  (strikes as unknown[][]).map(([strike, gex_vol, gex_oi, priors]) => {
    return { s: timestamp, spot, strike, gex_vol, gex_oi, priors };
  }),
);

function changed(rows: readonly MadeRecord[], changes: MadeRecord): MadeRecord[] {
  return rows.map((row) => Object.assign({}, row, changes));
}

function withOtherStrikes(rows: readonly MadeRecord[]): MadeRecord[] {
  return changed(rows, { strikes: [[1, 2, 3, [0, 0, 0, 0, 0]]] });
}

const times: Readonly<Record<string, readonly [string, RegExp]>> = {
  'seconds, as doubles': ['timestamp::DOUBLE', /seconds since 1970/],
  microseconds: ['timestamp * 1000000', /microseconds since 1970/],
  'TIMESTAMP in UTC': ['make_timestamp(timestamp * 1000000)', /without a zone, read as UTC/],
  'TIMESTAMP_NS in UTC': ['make_timestamp(timestamp * 1000000)::TIMESTAMP_NS', /without a zone, read as UTC/],
  'TIMESTAMP in New York': [
    "to_timestamp(timestamp) AT TIME ZONE 'America/New_York'",
    /without a zone, read as New York/,
  ],
};

suite('migrate: what is recognised', () => {
  long('times of every kind', async (context) => {
    const ways = Object.entries(times).map(([way, [time, words]], at) => {
      const select = selects.hive
        .replace('to_timestamp(timestamp) AS timestamp, ticker', `${time} AS ts`)
        .replace('AS gex_vol', 'AS gex_by_volume')
        .replace('ORDER BY', 'ORDER BY ladders.');
      return { way, words, select, path: `classic/T${at}_classic_gex_zero_2025-08-04.parquet`, ticker: `T${at}` };
    });
    const old = await oldFiles(context, Object.fromEntries(ways.map(({ path, select }) => [path, select])));
    const report = await apply(old);
    assert.equal(report.results.filter(({ status }) => status === 'completed').length, ways.length);
    for (const { way, words, path, ticker } of ways) {
      const planned = report.plan.find((action) => action.path.endsWith(path));
      assert.match(planned?.reason ?? '', words, way);
      assert.deepEqual(await strikesOf(old.lake, ticker), madeStrikes, way);
    }
  });

  long('strikes with a file of snapshots beside them become whole records', async (context) => {
    const snapshots = selects.months.replace(/list_transform\(from_json\(r->'strikes'[^]*AS strikes,/, '');
    const rows = selects.flat;
    const old = await oldFiles(context, { [flat]: rows, [flat.replace('strikes', 'snapshots')]: snapshots });
    const report = await apply(old);
    assert.equal(only(report.plan).rows, 20);
    assert.equal(only(report.results).records_processed, 5);
    assert.deepEqual(await strikesOf(old.lake), madeStrikes);
    const [row] = await old.lake.query('SELECT zero_gamma, max_priors FROM snapshots ORDER BY timestamp LIMIT 1');
    assert.deepEqual(row, { zero_gamma: made[0]?.['zero_gamma'], max_priors: made[0]?.['max_priors'] });
  });

  long('records with their ladder as JSON text, in any of its forms, and fields that nobody knows', async (context) => {
    const asText = `SELECT timestamp, spot, (r->'strikes')::VARCHAR AS strikes, 'calm' AS mood, 7 AS lucky,
      9007199254740993 AS big, 7.0::DOUBLE AS whole, 1.5::DECIMAL(30, 10) AS part, -0.0::DOUBLE AS minus FROM records`;
    const asObjects = `SELECT timestamp, spot, to_json(list_transform(from_json(r->'strikes', '["JSON"]'),
      lambda e: {'strike': e->0, 'gex_by_volume': e->1, 'gex_oi': e->2, 'priors': e->3}))::VARCHAR AS strikes FROM records`;
    const old = await oldFiles(context, {
      'gex/2025/08/SPX/gex_zero/any name.parquet': asObjects,
      'gex/2025/08/NDX_zero.parquet': asText,
    });
    assert.deepEqual(
      (await apply(old)).results.map(({ status }) => status),
      ['completed', 'completed'],
    );
    for (const ticker of ['SPX', 'NDX']) assert.deepEqual(await strikesOf(old.lake, ticker), madeStrikes);
    const extra =
      "SELECT DISTINCT extra->>'mood' AS mood, extra->>'lucky' AS lucky, extra::VARCHAR AS all FROM snapshots WHERE ticker = 'NDX'";
    const all = '{"mood":"calm","lucky":7,"big":9007199254740993,"whole":7,"part":1.5,"minus":-0}';
    assert.deepEqual(await old.lake.query(extra), [{ mood: 'calm', lucky: '7', all }]);
  });

  long(
    'the same records give the same rows as an import, which then brings nothing new; bytes are equal from run to run',
    async (context) => {
      const files = { 'gex/2025/08/SPX_gex_zero.parquet': selects.months };
      const [one, two] = [await oldFiles(context, files), await oldFiles(context, files)];
      for (const old of [one, two]) assert.equal(only((await apply(old)).results).status, 'completed');
      const sums = 'SELECT path, checksum FROM parquet_files ORDER BY path';
      assert.deepEqual(await one.lake.query(sums), await two.lake.query(sums));
      const again = only(await one.lake.import([await put(one.lake.desk, json, made)]));
      assert.deepEqual([again.status, again.records_duplicate], ['skipped', 5]);
    },
  );

  const strange: Readonly<Record<string, readonly [string, RegExp]>> = {
    'gexbot/SPX/zero/20250804.parquet': ['SELECT 1 AS a', /no column timestamp/],
    'gexbot/SPX/zero/20250805.parquet': ['SELECT timestamp, 1.5 AS strike FROM records', /not the numbers that belong/],
    'gexbot/SPX/zero/20250806.parquet': [
      'SELECT timestamp + 0.5 AS timestamp, 1 AS strike, 2 AS gamma FROM records',
      /no whole second/,
    ],
    'gexbot/SPX/zero/20250807.parquet': [
      'SELECT 5 AS timestamp, 1 AS strike, 2 AS gamma FROM records',
      /no Unix times/,
    ],
    'gexbot/SPX/zero/20250808.parquet': [
      'SELECT timestamp, 1 AS strike, 2 AS gamma, 3 AS volume FROM records',
      /no canonical column can hold volume/,
    ],
    'gexbot/SPX/zero/20250811.parquet': [
      "SELECT timestamp, 'NDX' AS ticker, 1 AS strike, 2 AS gamma FROM records",
      /several tickers: SPX, NDX/,
    ],
    'gexbot/SPX/zero/20250812.parquet': [
      "SELECT timestamp, 'one' AS endpoint, 1 AS strike, 2 AS gamma FROM records",
      /several endpoints: gex_zero, gex_one/,
    ],
    'gexbot/SPX/zero/20250813.parquet': [
      'SELECT make_timestamp(timestamp * 1000000) + INTERVAL 10 HOUR AS timestamp, 1 AS strike, 2 AS gamma FROM records',
      /has no zone/,
    ],
    'gexbot/SPX/zero/20250814.parquet': [
      'SELECT timestamp, 1 AS strike, 2 AS gamma FROM records WHERE false',
      /no rows/,
    ],
    'nowhere.parquet': ['SELECT timestamp, 1 AS strike, 2 AS gamma FROM records', /which endpoint/],
  };
  long('what is not recognised is listed with the reason and left, and so is what is damaged', async (context) => {
    const files = Object.fromEntries(Object.entries(strange).map(([path, [select]]) => [path, select]));
    const old = await oldFiles(context, { ...files, [flat]: selects.flat });
    const cut = join(old.old, 'gexbot/SPX/zero/20250818.strikes.parquet');
    await copyFile(join(old.old, flat), cut);
    await truncate(cut, 600);
    await promisify(execFile)('mkfifo', [join(old.old, 'pipe.parquet')]);
    await writeFile(join(old.old, 'README.txt'), 'not Parquet');
    const report = await apply(old, '--remove-sources');
    const reasons = new Map(report.left.map(({ path, reason }) => [path, reason]));
    for (const [path, [, words]] of Object.entries(strange))
      assert.match(reasons.get(join(old.old, path)) ?? '', words, path);
    assert.match(reasons.get(cut) ?? '', /cannot be read to its end/);
    assert.match(reasons.get(join(old.old, 'pipe.parquet')) ?? '', /no regular file/);
    assert.equal(reasons.size, Object.keys(strange).length + 2);
    assert.deepEqual(
      report.results.map(({ status }) => status),
      ['completed'],
    );
    assert.equal((await readFile(cut)).length, 600);
    const ran = await old.lake.run(['migrate', old.old, '--apply']);
    assert.equal(ran.exitCode, 4, ran.stderr);
  });
});

suite('migrate: what is there already', () => {
  long('rows that are live are skipped, new ones are added, and other ones are refused', async (context) => {
    const old = await oldFiles(context, { [flat]: selects.flat });
    const { lake } = old;
    const noon = only(await lake.import([await put(lake.desk, json, made.slice(0, 3))]));
    const added = only((await apply(old)).results);
    assert.deepEqual([added.status, added.records_processed, added.records_duplicate], ['completed', 2, 3]);
    await withEngine((run) =>
      writeOldFile(run, join(old.old, 'hive/ticker=SPX/endpoint=zero/x.parquet'), made.slice(0, 2), selects.hive),
    );
    assert.equal(only((await apply(old)).results).skipped_as, noon.job_id);
    const other = withOtherStrikes(made.slice(0, 2));
    const conflicting = join(old.old, 'hive/ticker=SPX/endpoint=zero/y.parquet');
    await withEngine((run) => writeOldFile(run, conflicting, other, selects.hive));
    const before = [await lake.tree('parquet'), await lake.tree('../desk')];
    const ran = await lake.run(['migrate', old.old, '--apply', '--json']);
    const refused = only((JSON.parse(ran.stdout) as Report).results);
    assert.equal(refused.error?.code, 'ROWS_CONFLICT');
    assert.match(refused.error.message, /y\.parquet: .* of strikes at 2025-08-04T13:30:00Z .* by job/);
    assert.equal(ran.exitCode, 1);
    assert.deepEqual([await lake.tree('parquet'), await lake.tree('../desk')], before);
  });

  long('records of another day and repeated ones are where an import would put them', async (context) => {
    const stale = { ...sessionRecords('2025-08-01', 1)[0] };
    const many = sessionRecords(date, 30);
    const records = [stale, ...many, ...many.slice(4, 6)];
    const old = await oldFiles(context, { [flat]: selects.flat.replace('ORDER BY timestamp, place', '') }, records);
    const result = only((await apply(old, '--remove-sources')).results);
    assert.deepEqual(
      [result.records_read, result.records_processed, result.records_duplicate, result.records_quarantined],
      [33, 30, 2, 1],
    );
    assert.deepEqual(await old.lake.files('quarantine'), [`${result.job_id}.ndjson`]);
    assert.equal((await old.lake.files('.trash')).length, 1);
  });

  long(
    'of several layouts of a session the fullest is published, and the others bring nothing new',
    async (context) => {
      const old = await oldFiles(context, {
        [flat]: selects.flat,
        'hive/ticker=SPX/endpoint=zero/x.parquet': selects.hive,
        'gex/2025/08/SPX_gex_zero.parquet': selects.months,
      });
      const { results } = await apply(old);
      assert.deepEqual(
        results.map(({ status }) => status),
        ['completed', 'skipped', 'skipped'],
      );
    },
  );
});

suite('migrate: sources, plans and what runs beside it', () => {
  long('sources go to the trash only with --apply, and only when their rows are live', async (context) => {
    const old = await oldFiles(context, { [flat]: selects.flat });
    const { lake } = old;
    const refused = await lake.run(['migrate', old.old, '--remove-sources', '--json']);
    assert.deepEqual([refused.exitCode, errorOf(refused).code], [2, 'USAGE']);
    await apply(old);
    const path = join(old.old, flat);
    const bytes = await readFile(path);
    // The live rows are no longer those of the file: a correction has replaced them.
    const [job] = await lake.jobs();
    const source = await put(lake.desk, json, withOtherStrikes(made));
    assert.equal((await lake.run(['correct', job?.id ?? '', source, '--reason', 'better'])).exitCode, 0);
    const kept = await apply(old, '--remove-sources');
    assert.match(only(kept.kept).reason, /not found again in strikes/);
    assert.deepEqual(await readFile(path), bytes);
    const strikes = 'parquet/gex/2025/08/SPX/gex_zero/strikes.parquet';
    assert.equal((await lake.run(['restore-file', strikes, '--reason', 'no'])).exitCode, 0);
    assert.deepEqual((await apply(old, '--remove-sources')).kept, []);
    const [trashed] = await lake.files('.trash');
    assert.deepEqual(await readFile(join(lake.folder, '.trash', trashed ?? '')), bytes);
    assert.deepEqual((await apply(old, '--remove-sources')).plan, []);
  });

  long('a plan is applied only if it is still that plan, and the databases are saved first', async (context) => {
    const old = await oldFiles(context, { [flat]: selects.flat });
    const { lake } = old;
    const other = `${date}_NDX_classic_gex_zero.json`;
    await lake.import([await put(lake.desk, other, changed(made, { ticker: 'NDX' }))]);
    const before = await lake.tree('parquet');
    const { plan_id, applied } = await lake.json<Report>(['migrate', old.old]);
    assert.equal(applied, false);
    assert.deepEqual(await lake.tree('parquet'), before);
    await appendFile(join(old.old, flat), 'x');
    const ran = await lake.run(['migrate', old.old, '--apply', plan_id, '--json']);
    assert.equal(errorOf(ran).code, 'PLAN_CHANGED');
    const fresh = await oldFiles(context, { [flat]: selects.flat });
    const report = await lake.json<Report>(['migrate', fresh.old, '--apply']);
    assert.match(report.snapshot ?? '', /^backups\//);
    assert.ok((await lake.files('backups')).length > 0);
  });

  long('old files inside parquet/ of the data folder itself, while an import runs', async (context) => {
    const { lake, old } = await oldFiles(context, { 'any.parquet': selects.months });
    const inside = join(lake.folder, 'parquet/gex/2025/08/SPX_gex_zero.parquet');
    const taken = join(lake.folder, 'parquet/gex/2025/08/NDX/gex_zero/strikes.parquet');
    for (const path of [inside, taken]) {
      await mkdir(dirname(path), { recursive: true });
      await copyFile(join(old, 'any.parquet'), path);
    }
    const sample = join(lake.desk, '2025-08-05_SPX_classic_gex_zero.json');
    const day = [
      'sample',
      '--ticker',
      'SPX',
      '--date',
      '2025-08-05',
      '--records',
      '3000',
      '--strikes',
      '20',
      '--out',
      sample,
    ];
    assert.equal((await lake.run(day)).exitCode, 0);
    const running = lake.start(['import', sample]);
    await running.says(/"step":"load"|"event":"job"/);
    const [ran, imported] = await Promise.all([lake.run(['migrate', '--apply', '--json']), running.ended]);
    assert.equal(imported.exitCode, 0, imported.stderr);
    const report = JSON.parse(ran.stdout) as Report;
    assert.equal(only(report.results).status, 'completed', ran.stderr);
    assert.match(only(report.left).reason, /name of canonical files/);
    const [counted] = await lake.query('SELECT count(DISTINCT session_date)::INTEGER AS days FROM snapshots');
    assert.deepEqual(counted, { days: 2 });
  });
});

long(
  'the previous close at the head of a file of many sessions is set aside, where nothing says its day',
  async (t) => {
    const close = sessionRecords('2025-08-01', 1).map((one) =>
      Object.assign(one, { timestamp: Date.parse('2025-08-01T20:00:00Z') / 1000 }),
    );
    const files = { 'gex/2025/08/SPX_gex_zero.parquet': selects.months };
    const old = await oldFiles(t, files, [...close, ...made, ...sessionRecords('2025-08-05', 5)]);
    const { results } = await apply(old);
    const { status, records_processed, records_quarantined, session_dates } = only([...results]);
    assert.deepEqual([status, records_processed, records_quarantined], ['completed', 10, 1]);
    assert.deepEqual(session_dates, ['2025-08-04', '2025-08-05']);
    assert.equal((await old.lake.run(['verify', '--deep'])).exitCode, 0);
  },
);

suite('migrate: a session that was purged', () => {
  const hive = 'gex/ticker=SPX/endpoint=gex_zero/date=2025-08-04/part.parquet';

  async function staysAway(old: Old): Promise<void> {
    const { plan, left, results } = await apply(old);
    assert.deepEqual([plan, results], [[], []]);
    assert.match(left.map(({ reason }) => reason).join('\n'), /SPX gex_zero 2025-08-04 was purged/);
    assert.deepEqual(await old.lake.query('SELECT * FROM snapshots'), []);
  }

  long('comes back by no file of an old layout', async (context) => {
    const old = await oldFiles(context, { [flat]: selects.flat });
    const { job_id } = only(await old.lake.import([await put(old.lake.desk, json, made)]));
    assert.equal((await old.lake.run(['purge', job_id, '--reason', 'owed', '--apply'])).exitCode, 0);
    await staysAway(old);
  });

  long('nor where it was migrated before, from another file', async (context) => {
    const old = await oldFiles(context, { [flat]: selects.flat });
    const { job_id } = only([...(await apply(old)).results]);
    assert.equal((await old.lake.run(['purge', job_id, '--reason', 'owed', '--apply'])).exitCode, 0);
    await withEngine((run) => writeOldFile(run, join(old.old, hive), made, selects.hive));
    await staysAway(old);
  });
});
