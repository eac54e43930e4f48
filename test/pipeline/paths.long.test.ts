import assert from 'node:assert/strict';
import { chmod, cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import type { Job } from '../../src/core/job.ts';
import type { ImporterWork } from '../../src/pipeline/importer.ts';
import { readRows } from '../parquet/read.ts';
import { appOn, interrupts, silent, workOn } from '../support/built-program.ts';
import { lakeAt, lastFirst, makeLake, type Lake } from '../support/gexlake.ts';
import { name as sourceName, put, record, records, type MadeRecord } from '../support/records.ts';
import { selects, sessionRecords, withEngine, writeOldFile } from '../support/old-layouts.ts';

/*
 * To DuckDB a path is a pattern, and a folder `key=value` is a column. Everything that gexlake does is done in data folders whose paths
 * mean something else to it; beside each lies a data folder with other values that its pattern would find. The Parquet must be the bytes of
 * a folder with a plain name, which hyparquet, a reader of its own, finds right.
 */

/** Where the data folder lies below the test's folder, and where the one that must not be read. */
const places: readonly { readonly below: string; readonly beside: string | null }[] = [
  {
    below: 'ticker=NDX/spot=5/timestamp=2020-01-01/session_date=2026-01-05/row=3/filename=x/endpoint=gex_one',
    beside: null,
  },
  { below: 'lake[1]', beside: 'lake1' },
  { below: `it's {a,b} "q" ü/~/-x/s3:/a*b\\c[!x]`, beside: `it's {a,b} "q" ü/~/-x/s3:/axb\\cy` },
];

const owner = lastFirst({ after });
const folder = 'parquet/gex/2025/10/SPX/gex_zero';
const corrected = [...records(20), record(20, { zero_gamma: 1.5 }), ...records(9, 21)];

/** All that a data folder is asked for and has in the end, without what differs from one to another by right. */
type End = {
  readonly answers: readonly unknown[];
  readonly files: ReadonlyMap<string, string>;
  readonly rows: ReadonlyMap<string, readonly unknown[]>;
};

let desk: string;
let plain: End;

before(async () => {
  const lake = await makeLake(owner);
  desk = lake.desk;
  await put(desk, `part/${sourceName}`, records(10));
  await put(desk, `day/${sourceName}`, records(30));
  await put(desk, `right/${sourceName}`, corrected);
  await put(desk, `foreign/${sourceName}`, records(30).map(foreign));
  await workOn(join(desk, 'foreign/data'), imports(join(desk, 'foreign', sourceName)));
  plain = await journey('plain', null);
});

/** A record of the same second that says something else about everything. */
function foreign(one: MadeRecord): MadeRecord {
  return { ...one, spot: 1, zero_gamma: 2, strikes: [[3, 4, 5, [6, 7, 8, 9, 10]]] };
}

function imports(source: string): ImporterWork {
  return { kind: 'sources', requests: [{ source, publish: true }] };
}

suite('a path means one file, whatever characters it has', () => {
  test('plainly named, the files hold what the sources say', () => {
    const rows = plain.rows.get(`${folder}/snapshots.parquet`) ?? [];
    const told = corrected.map((one) => [one['spot'], one['zero_gamma'], one['ticker'], '2025-10-22']);
    assert.deepEqual(rows, told);
  });

  for (const { below, beside } of places) {
    test(below, async () => {
      const { answers, files, rows } = await journey(below, beside);
      assert.deepEqual(answers, plain.answers);
      assert.deepEqual(files, plain.files);
      assert.deepEqual(rows, plain.rows);
    });
  }

  test('a data folder that is moved below keys answers as before', async () => {
    const moved = join(desk, 'session_date=2026-01-05/spot=abc/data');
    await mkdir(dirname(moved), { recursive: true });
    await cp(join(desk, 'foreign/data'), moved, { recursive: true, preserveTimestamps: true });
    const app = await appOn(moved);
    const { rows } = await app.query('SELECT DISTINCT session_date, spot, ticker FROM snapshots', 10);
    assert.deepEqual(rows, [['2025-10-22', 1, 'SPX']]);
    assert.deepEqual((await app.verify({ kind: 'deep' }, () => undefined)).problems, []);
  });
});

/** Does everything once in a data folder at that place. */
async function journey(below: string, beside: string | null): Promise<End> {
  const root = join(desk, 'places', below);
  const lake = lakeAt(join(root, 'data'), desk);
  if (beside !== null) await cp(join(desk, 'foreign/data'), join(desk, 'places', beside, 'data'), { recursive: true });
  const app = await appOn(lake.folder);
  const answers: unknown[] = [];
  const work = async (what: ImporterWork) => {
    const results = await workOn(lake.folder, what);
    answers.push(results.map(({ status, error, strike_rows }) => [status, error, strike_rows]));
    return results;
  };
  const ask = async () => {
    for (const dataset of ['strikes', 'snapshots'])
      answers.push((await app.query(`SELECT * FROM ${dataset} ORDER BY ALL`, 10_000)).rows);
    const { ok, problems } = await app.verify({ kind: 'deep' }, () => undefined);
    answers.push({ ok, problems });
  };
  const change = async (request: Parameters<typeof app.importSources>[0][number]) =>
    work({ kind: 'sources', requests: [request] });

  const [first] = await work(imports(join(desk, 'part', sourceName)));
  await work(imports(join(desk, 'day', sourceName)));
  await ask();
  await change(await app.compaction({ path: folder, reason: 'test' }));
  await change(
    await app.correction({ id: first?.job_id ?? '', source: join(desk, 'right', sourceName), reason: 'test' }),
  );
  await change(app.restoration(`${folder}/strikes.parquet`, 'test'));
  await change(
    await app.correction({ id: first?.job_id ?? '', source: join(desk, 'right', sourceName), reason: 'again' }),
  );
  await damage(lake);
  const repair = await app.repair({ kind: 'deep' }, apply, () => undefined);
  answers.push(
    repair.plan.map(({ action, path }) => [action, path]),
    repair.left,
    repair.failed,
  );
  answers.push(await migrated(lake, root, beside === null ? null : join(desk, 'places', beside)));
  const jobs = await app.jobs({ limit: 100 });
  const staged = jobs.flatMap((job) => (job.staged_path === null ? [] : [join(lake.folder, job.staged_path)]));
  await app.archive(staged, () => undefined);
  const saved = await app.backUp(apply, null, () => undefined);
  await rm(join(lake.folder, 'gex_history.db'));
  const restored = await app.restore({ ask: apply, snapshot: saved.snapshot ?? '', into: null }, () => undefined);
  answers.push(restored.applied, restored.verify?.problems);
  const scope = { ticker: undefined, endpoint: undefined, from: '2025-08-01', to: '2025-10-31' };
  const { reconciliation } = await app.reconcile({ ...scope, report: { kind: 'none' } });
  answers.push(reconciliation.disagreements, reconciliation.checked);
  const { rows } = await app.coverage(scope);
  answers.push(rows.flatMap((day) => (day.records === null ? [] : [[day.ticker, day.session_date, day.records]])));
  await ask();
  return { answers: anonymous(jobs, answers), ...(await filesOf(lake, jobs)) };
}

const apply = { apply: true, expected: null } as const;

async function damage(lake: Lake): Promise<void> {
  const path = join(lake.folder, folder, 'strikes.parquet');
  const content = await readFile(path);
  await chmod(path, 0o644);
  await writeFile(path, content.fill(0, 100, 200));
  await chmod(path, 0o444);
}

/** Migrates a file of an old layout, and gives it up; a file with other values lies where the pattern of its path would find it. */
async function migrated(lake: Lake, root: string, beside: string | null): Promise<unknown> {
  const file = 'SPX/gex_zero/20250804.strikes.parquet';
  const old = sessionRecords('2025-08-04');
  await withEngine(async (run) => {
    await writeOldFile(run, join(desk, 'old.parquet'), old, selects.flat);
    await writeOldFile(run, join(desk, 'foreign.parquet'), old.map(foreign), selects.flat);
  });
  await put(root, `old [12]/${file}`, await readFile(join(desk, 'old.parquet')));
  for (const other of [root, ...(beside === null ? [] : [beside])])
    await put(other, `old 1/${file}`, await readFile(join(desk, 'foreign.parquet')));
  const app = await appOn(lake.folder);
  const asked = { folder: join(root, 'old [12]'), removeSources: true, reason: 'test', apply: { expected: null } };
  const { plan, run, kept } = await app.migrate(
    { ...asked, workers: 1 },
    { onProgress: () => undefined, listener: silent },
    interrupts,
  );
  const left = [
    ...(await readdir(join(root, 'old [12]/SPX/gex_zero'))),
    ...(await readdir(join(root, 'old 1/SPX/gex_zero'))),
  ];
  const tickers = plan.actions.map(({ action, ticker, session_date, targets }) => [
    action,
    ticker,
    session_date,
    targets,
  ]);
  return [tickers, run?.results.map(({ status, error }) => [status, error]), kept, left];
}

/** The SHA-256 of each file of Parquet and of quarantined and archived records, and what hyparquet reads of the snapshots. */
async function filesOf(lake: Lake, jobs: readonly Job[]): Promise<Pick<End, 'files' | 'rows'>> {
  const files: [string, string][] = [];
  const rows: [string, readonly unknown[]][] = [];
  for (const below of ['parquet', 'archive', 'quarantine']) {
    for (const [path, state] of await lake.tree(below)) {
      files.push([`${below}/${path}`, state.split(' ').at(-1) ?? '']);
      if (below !== 'parquet' || !path.includes('snapshots')) continue;
      const found = await readRows(join(lake.folder, below, path));
      const told = found.map((row) => [row['spot'], row['zero_gamma'], row['ticker'], row['session_date']]);
      rows.push([`${below}/${path}`, told]);
    }
  }
  return { files: new Map(anonymous(jobs, files)), rows: new Map(anonymous(jobs, rows)) };
}

/** The same without the ids of jobs. */
function anonymous<T>(jobs: readonly Job[], value: T): T {
  const ids = jobs.map((job) => job.id).sort();
  const text = ids.reduce((rest, id, at) => rest.replaceAll(id, `job${at}`), JSON.stringify(value));
  return JSON.parse(text) as T;
}
