import assert from 'node:assert/strict';
import { chmod, copyFile, mkdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, suite } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CoverageRequest } from '../../src/core/coverage.ts';
import type { Reconciliation } from '../../src/core/reconciliation.ts';
import { editLog } from '../support/duckdb.ts';
import { makeLake, type Lake } from '../support/gexlake.ts';
import { appOn, putSession } from '../support/sessions.ts';
import { long, oneOf, test } from '../support/shares.ts';

type Report = Reconciliation & { readonly report_path: string | null };

const folder = 'parquet/gex/2025/11/SPX/gex_zero';
const strikes = `${folder}/strikes.parquet`;
const snapshots = `${folder}/snapshots.parquet`;
const asOf = ['--as-of', '2025-11-10'];

/** A data folder with three sessions of SPX, two of them in one month. */
async function filled(owner: Parameters<typeof makeLake>[0]): Promise<Lake> {
  const lake = await makeLake(owner);
  const dates = ['2025-10-31', '2025-11-03', '2025-11-05'];
  const sources: string[] = [];
  for (const date of dates) sources.push(await putSession(lake, 'SPX', date));
  const results = await lake.import(sources);
  assert.ok(results.every(({ status }) => status === 'completed'));
  return lake;
}

const shared = await filled({ after });

/** The tree of a data folder without what a reconciliation may add. */
async function treeWithoutReports(lake: Lake): Promise<Map<string, string>> {
  return new Map([...(await lake.tree('.'))].filter(([path]) => !path.startsWith('reports/')));
}

suite('where all agrees', { concurrency: false }, () => {
  test('it says so, and what is missing, and exits with 0', async () => {
    const ran = await shared.run(['reconcile', ...asOf, '--json', '--out', join(shared.desk, 'first.md')]);
    assert.deepEqual([ran.exitCode, ran.stderr], [0, '']);
    const found = JSON.parse(ran.stdout) as Report;
    assert.deepEqual([found.ok, found.disagreements, found.from, found.to], [true, [], '2025-10-31', '2025-11-10']);
    const [row] = await shared.query(
      'SELECT (SELECT count(*) FROM strikes) + (SELECT count(*) FROM snapshots) AS rows',
    );
    assert.deepEqual(found.checked, { files: 6, rows: row?.['rows'], sessions: 3 });
    assert.deepEqual(
      found.to_fetch.map(({ days_left, file_name }) => `${days_left} ${file_name}`),
      ['04', '06', '07', '10'].map((day) => `${Number(day) + 80} 2025-11-${day}_SPX_classic_gex_zero.json`),
    );
    assert.equal(await readFile(join(shared.desk, 'first.md'), 'utf8'), (await appReport(shared)).markdown);
  });

  long('a report of the data folder never replaces another, and nothing else changes', async () => {
    const before = await treeWithoutReports(shared);
    const paths: (string | null)[] = [];
    for (const zone of ['UTC', 'America/New_York', 'Asia/Tokyo']) {
      const { report_path } = await shared.spawnJson<Report>(['reconcile', ...asOf], { env: { TZ: zone } });
      paths.push(report_path);
    }
    const name = 'reports/reconcile-2025-11-10';
    assert.deepEqual(paths, [`${name}.md`, `${name}-2.md`, `${name}-3.md`]);
    const texts = await Promise.all(paths.map((path) => readFile(join(shared.folder, path ?? ''), 'utf8')));
    assert.deepEqual(new Set(texts).size, 1);
    assert.match(texts[0] ?? '', /^# Reconciliation of 2025-11-10\n/);
    // The day's last moment in New York is one of the next day in UTC: both are said.
    assert.match(texts[0] ?? '', /, as of 2025-11-11T04:59:59\S*Z \(2025-11-10 in New York\),/);
    assert.match(
      texts[0] ?? '',
      /^\| 84 \| 2025-11-04 \| SPX \| gex_zero \| 2025-11-04_SPX_classic_gex_zero\.json \| {2}\|$/m,
    );
    for (const [path, about] of await shared.tree('reports')) assert.match(about, /^444 /, path);
    assert.deepEqual(await treeWithoutReports(shared), before);
  });

  long('--out - prints the report; a file of the user’s is never replaced', async () => {
    const printed = await shared.run(['reconcile', ...asOf, '--out', '-']);
    assert.deepEqual([printed.exitCode, printed.stdout], [0, (await appReport(shared)).markdown]);
    const taken = join(shared.desk, 'taken.md');
    await writeFile(taken, 'mine');
    const refused = await shared.run(['reconcile', '--out', taken]);
    assert.match(refused.stderr, /\[FILE_EXISTS\]/);
    assert.equal(await readFile(taken, 'utf8'), 'mine');
    assert.equal((await shared.run(['reconcile', '--out', '-', '--json'])).exitCode, 2);
  });

  async function appReport(lake: Lake): Promise<{ readonly markdown: string }> {
    return (await appOn(lake)).reconcile({ as_of: '2025-11-10', report: { kind: 'none' } });
  }
});

suite('disagreements', { concurrency: false }, () => {
  const historyOf = (lake: Lake) => join(lake.folder, 'gex_history.db');

  /** What is done to a data folder, and how it is to be found: code and path, `job` for any job. */
  const damages: Readonly<
    Record<string, { act: (lake: Lake) => Promise<unknown>; found: readonly string[]; about: RegExp }>
  > = {
    'a file that is gone': {
      act: (lake) => rm(join(lake.folder, strikes)),
      found: [`FILE_MISSING ${strikes} job`],
      about: /is missing/,
    },
    'a file that is cut off': {
      act: async (lake) => {
        await chmod(join(lake.folder, snapshots), 0o644);
        await truncate(join(lake.folder, snapshots), 500);
      },
      found: [`FILE_MODE ${snapshots} job`, `FILE_SIZE ${snapshots} job`],
      about: /has 500 bytes, logged are \d+/,
    },
    'a file whose end is overwritten': {
      act: async (lake) => {
        const path = join(lake.folder, strikes);
        const bytes = await readFile(path);
        bytes.fill(0, bytes.length - 40);
        await chmod(path, 0o644);
        await writeFile(path, bytes);
      },
      found: [`FILE_MODE ${strikes} job`, `FILE_UNREADABLE ${strikes} job`],
      about: /cannot be read/,
    },
    'a file that no job explains': {
      act: async (lake) => {
        await mkdir(join(lake.folder, 'parquet/gex/2025/12/SPX/gex_zero'), { recursive: true });
        await copyFile(
          join(lake.folder, snapshots),
          join(lake.folder, 'parquet/gex/2025/12/SPX/gex_zero/snapshots.parquet'),
        );
        await writeFile(join(lake.folder, 'parquet/gex/2025/12/notes.txt'), 'x');
      },
      found: [
        'FILE_UNEXPLAINED parquet/gex/2025/12/SPX/gex_zero/snapshots.parquet ',
        'FILE_UNEXPLAINED parquet/gex/2025/12/notes.txt ',
      ],
      about: /snapshots\.parquet is there, and no job explains it/,
    },
    'a logged number of rows that is wrong': {
      act: (lake) =>
        editLog(historyOf(lake), `UPDATE parquet_files SET row_count = row_count + 1 WHERE path = '${snapshots}'`),
      found: [`FILE_ROWS ${snapshots} job`],
      about: /has a row count of 300, logged is 301/,
    },
    'a logged timestamp that is wrong': {
      act: (lake) =>
        editLog(
          historyOf(lake),
          `UPDATE parquet_files SET last_timestamp = last_timestamp + INTERVAL 1 SECOND WHERE path = '${strikes}'`,
        ),
      found: [`FILE_TIMES ${strikes} job`],
      about: /has the last timestamp 2025-11-03T20:58:42.000Z, logged is 2025-11-03T20:58:43.000Z/,
    },
    'a logged session that is wrong': {
      act: (lake) =>
        editLog(
          historyOf(lake),
          `UPDATE parquet_files SET session_dates = ['2025-11-03', '2025-11-04', '2025-11-05']::DATE[] WHERE path = '${snapshots}'`,
        ),
      found: [`FILE_SESSIONS ${snapshots} job`],
      about: /has the last session 2025-11-03, logged is 2025-11-05/,
    },
    'counts that do not add up, and a job without files': {
      act: async (lake) => {
        await editLog(
          historyOf(lake),
          "UPDATE import_jobs SET records_read = records_read + 1 WHERE session_date = '2025-11-03'",
        );
        await editLog(
          historyOf(lake),
          "INSERT INTO import_jobs SELECT * REPLACE ('019a0000000070008000000000000000' AS id, '2025-10-30'::DATE AS session_date) FROM import_jobs WHERE session_date = '2025-10-31'",
        );
      },
      found: ['JOB_COUNTS  job', 'JOB_ROWS  job'],
      about: /has read 301, processed 300, duplicate 0, set aside 0/,
    },
  };

  for (const [at, [name, { act, found: expected, about }]] of Object.entries(damages).entries()) {
    oneOf(8, at)(`${name}: exactly that is found`, async (context) => {
      const lake = await copied(context);
      await act(lake);
      const before = await treeWithoutReports(lake);
      const result = await (await appOn(lake)).reconcile({ as_of: '2025-11-10', report: { kind: 'folder' } });
      const { ok, disagreements } = result.reconciliation;
      const told = disagreements.map(
        ({ code, path, job_id }) => `${code} ${path ?? ''} ${job_id === null ? '' : 'job'}`,
      );
      assert.deepEqual([ok, ...told.sort()], [false, ...[...expected].sort()]);
      assert.match(disagreements.map(({ message }) => message).join('\n'), about);
      assert.match(await readFile(join(lake.folder, result.report_path ?? ''), 'utf8'), /^Log and Parquet disagree/m);
      assert.deepEqual(await treeWithoutReports(lake), before);
    });
  }

  long('are told where they are of what was asked about, or may be, with what to do', async (context) => {
    const lake = await copied(context);
    const app = await appOn(lake);
    const found = async (request: CoverageRequest) => {
      const { reconciliation } = await app.reconcile({ as_of: '2025-12-31', ...request, report: { kind: 'none' } });
      return reconciliation.disagreements.map(({ path }) => path);
    };
    const [staged = ''] = (await lake.files('source')).filter((path) => path.includes('2025-10-31'));
    await rm(join(lake.folder, strikes));
    await rm(join(lake.folder, 'source', staged));
    await writeFile(join(lake.folder, 'parquet/notes.txt'), 'x');
    const source = `source/${staged}`;
    assert.deepEqual(await found({}), ['parquet/notes.txt', strikes, source].sort());
    assert.deepEqual(await found({ ticker: 'SPX', month: '2025-11' }), [strikes, 'parquet/notes.txt']);
    assert.deepEqual(await found({ endpoint: 'gex_zero', month: '2025-10' }), ['parquet/notes.txt', source]);
    assert.deepEqual(await found({ ticker: 'NDX' }), ['parquet/notes.txt']);
    assert.deepEqual(await found({ endpoint: 'gex_one' }), ['parquet/notes.txt']);
    assert.deepEqual(await found({ from: '2025-11-06' }), ['parquet/notes.txt']);
    const { reconciliation } = await app.reconcile({ ticker: 'SPX', as_of: '2025-11-10', report: { kind: 'none' } });
    const { problems } = await app.verify({ kind: 'deep' }, () => undefined);
    assert.deepEqual(reconciliation.disagreements, problems);
  });

  test('exit with 6, and are told on standard error', async (context) => {
    const lake = await copied(context);
    await rm(join(lake.folder, strikes));
    const ran = await lake.run(['reconcile', ...asOf]);
    assert.equal(ran.exitCode, 6);
    assert.match(ran.stdout, /^disagreements: 1$/m);
    assert.match(ran.stderr, /log and Parquet disagree/);
  });

  async function copied(owner: Parameters<typeof makeLake>[0]): Promise<Lake> {
    const lake = await makeLake(owner);
    await mkdir(lake.folder);
    for (const path of await shared.files('.')) {
      if (path.startsWith('reports/')) continue;
      await mkdir(join(lake.folder, path, '..'), { recursive: true });
      await copyFile(join(shared.folder, path), join(lake.folder, path));
    }
    return lake;
  }
});

suite('jobs that need someone', () => {
  long('failed and stuck ones are listed with what to do, and no secret is shown', async (context) => {
    const lake = await makeLake(context);
    const gone = join(lake.desk, '2025-11-06_SPX_classic_gex_zero.json');
    await lake.run(['enqueue', gone]);
    await lake.run(['run']);
    const url = 'https://hist.gex.bot/a/2025-11-07_SPX_classic_gex_zero.json?sv=1&sig=SECRET';
    await lake.run(['enqueue', url, url.replace('11-07', '11-10')]);
    await editLog(
      join(lake.folder, 'gex_history.db'),
      `UPDATE import_jobs SET status = 'failed', last_error = 'DOWNLOAD_DENIED: the server answered 403 to ${url} | <b>',
         error = '{"code":"DOWNLOAD_DENIED","message":"the server answered 403 to ${url} | <b>","hint":null}' WHERE session_date = '2025-11-07';
       INSERT INTO job_events (number, job_id, occurred_at, actor, event, detail)
         SELECT 99, id, updated_at, actor, 'failed', 'DOWNLOAD_DENIED' FROM import_jobs WHERE session_date = '2025-11-07';
       UPDATE import_jobs SET updated_at = updated_at - INTERVAL 25 HOUR WHERE session_date = '2025-11-10'`,
    );
    const ran = await lake.run(['reconcile', ...asOf, '--json']);
    assert.equal(ran.exitCode, 0);
    const found = JSON.parse(ran.stdout) as Report;
    const report = await readFile(join(lake.folder, found.report_path ?? ''), 'utf8');
    for (const text of [ran.stdout, ran.stderr, report]) assert.doesNotMatch(text, /SECRET/);
    assert.deepEqual(
      found.failed_jobs.map(({ session_date, error, hint }) => [session_date, error.split(':')[0], hint.split(',')[0]]),
      [
        ['2025-11-07', 'DOWNLOAD_DENIED', 'Ask GEXBot for a new link'],
        ['2025-11-06', 'SOURCE_NOT_FOUND', 'Look at the source and its options'],
      ],
    );
    assert.deepEqual(
      found.stuck_jobs.map(({ session_date, error }) => [session_date, error]),
      [['2025-11-10', 'pending for 25 hours']],
    );
    assert.deepEqual(
      found.to_fetch.map(({ session_date, job_id }) => [session_date, job_id]),
      [
        ['2025-11-06', found.failed_jobs[1]?.job_id],
        ['2025-11-07', found.failed_jobs[0]?.job_id],
      ],
    );
    assert.deepEqual(
      found.pending.map(({ session_date }) => session_date),
      ['2025-11-10'],
    );
    assert.match(report, /\| DOWNLOAD_DENIED: the server answered 403 to https:\S+\?… \\\| \\<b> \|/);
  });

  long('one whose importer was killed is stuck, until the next run has taken it over', async (context) => {
    const lake = await makeLake(context);
    const killed = { env: { GEXLAKE_FAULT: 'killall@load:write#1' } };
    await lake.spawn(['import', await putSession(lake, 'SPX', '2025-11-03')], killed);
    const stuck = await lake.json<Report>(['reconcile', ...asOf]);
    assert.deepEqual([stuck.ok, stuck.stuck_jobs.length, stuck.counts.pending], [true, 1, 1]);
    assert.match(stuck.stuck_jobs[0]?.error ?? '', /^its process \S+ is gone$/);
    await lake.run(['run']);
    const settled = await lake.json<Report>(['reconcile', ...asOf]);
    assert.deepEqual([settled.ok, settled.stuck_jobs, settled.counts.available], [true, [], 1]);
  });
});

suite('while others write', () => {
  long('imports and a compaction are no disagreement, and what is live stays as it is', async (context) => {
    const lake = await filled(context);
    const app = await appOn(lake);
    const before = await lake.tree('parquet');
    const look = async (work: Promise<unknown>) => {
      const state = { isOver: false };
      const over = work.finally(() => (state.isOver = true));
      let looks = 0;
      for (; !state.isOver; looks++) {
        const { reconciliation } = await app.reconcile({ as_of: '2025-11-30', report: { kind: 'none' } });
        assert.deepEqual(reconciliation.disagreements, []);
        assert.deepEqual((await app.coverage({ as_of: '2025-11-30' })).unreadable, []);
        await sleep(20);
      }
      await over;
      assert.ok(looks > 0);
    };
    const dates = ['2025-11-04', '2025-11-06', '2025-11-07', '2025-11-10', '2025-11-12'];
    const sources: string[] = [];
    for (const date of dates) sources.push(await putSession(lake, 'SPX', date));
    await look(lake.spawn(['import', ...sources]));
    const grown = await lake.tree('parquet');
    for (const [path, about] of before) assert.equal(grown.get(path), about, path);
    await look(lake.spawn(['compact', folder, '--reason', 'test']));
    const { counts } = await app.coverage({ as_of: '2025-11-12' });
    assert.equal(counts.available, 8);
    const found = await lake.json<Report>(['reconcile', '--as-of', '2025-11-12']);
    assert.deepEqual([found.ok, found.checked.files, found.checked.sessions], [true, 4, 8]);
  });
});
