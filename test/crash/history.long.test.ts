import assert from 'node:assert/strict';
import { chmod, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { asyncBufferFromFile, parquetReadObjects } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import type { App, ImportRequest } from '../../src/app/app.ts';
import type { ImportResult, Job } from '../../src/core/job.ts';
import { appOn, workOn } from '../support/built-program.ts';
import { makeLake, type Lake } from '../support/gexlake.ts';
import { put, record, type MadeRecord } from '../support/records.ts';
import { all } from './scenario.ts';

/*
 * Random sequences of every command that can touch what is published, against a model that knows rows only: for each endpoint,
 * session and second, which version is live. What is live is read from the files under parquet/ by another reader than gexlake's.
 */

/** `GEXLAKE_HISTORY_RUNS` sequences, from `GEXLAKE_SEED` where one shall be done again. */
const runs = Number(process.env['GEXLAKE_HISTORY_RUNS'] ?? (all ? 60 : 2));
const seed = Number(process.env['GEXLAKE_SEED'] ?? Date.now() % 2 ** 31);

const day_s = 86_400;
const dates = ['2025-10-22', '2025-10-23'] as const;
const endpoints = ['gex_zero', 'gex_full'] as const;

/** Version by endpoint, session and second. */
type Rows = ReadonlyMap<string, number>;
type Endpoint = (typeof endpoints)[number];
type Span = readonly [from: number, length: number];
type Date_ = 0 | 1 | null;

type Command =
  | {
      readonly kind: 'import';
      readonly how: 'import' | 'enqueue' | 'staged';
      readonly endpoint: Endpoint;
      readonly date: Date_;
      readonly span: Span;
      readonly version: number;
      readonly both: boolean;
    }
  | { readonly kind: 'again'; readonly which: number; readonly endpoint: Endpoint; readonly date: Date_ }
  | { readonly kind: 'correct'; readonly which: number; readonly span: Span; readonly version: number }
  | { readonly kind: 'withdraw' | 'restore' | 'damage' | 'cancel'; readonly which: number }
  | { readonly kind: 'compact'; readonly endpoint: Endpoint }
  | { readonly kind: 'archive' | 'backup' | 'rebuild' };

const which = fc.nat(20);
const endpoint = fc.constantFrom<Endpoint>('gex_zero', 'gex_zero', 'gex_full');
const date = fc.constantFrom<Date_>(0, 0, 1, null, null);
const span = fc.tuple(fc.nat(10), fc.integer({ min: 12, max: 24 }));
const version = fc.constantFrom(1, 1, 1, 2);
const how = fc.constantFrom('import' as const, 'import' as const, 'enqueue' as const, 'staged' as const);
/** Every sequence begins with imports, so that there is something to change. */
const start: fc.Arbitrary<Command> = fc.record({
  kind: fc.constant('import' as const),
  how,
  endpoint,
  date,
  span,
  version,
  both: fc.boolean(),
});
const command: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 5,
    arbitrary: start,
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('again' as const), which, endpoint, date }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('correct' as const), which, span, version }) },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constantFrom(
        'withdraw' as const,
        'withdraw' as const,
        'restore' as const,
        'restore' as const,
        'damage' as const,
        'cancel' as const,
      ),
      which,
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('compact' as const), endpoint }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constantFrom('archive' as const, 'backup' as const, 'rebuild' as const) }),
  },
);

/** A source that lies on the desk, and what is in it: version by session and second. */
type Source = {
  readonly path: string;
  readonly records: readonly (readonly [day: 0 | 1, second: number, version: number])[];
};
type Desk = { readonly lake: Lake; app: App; readonly sources: Source[] };

suite('any sequence of commands', () => {
  test('leaves exactly the rows that a simple model has', { timeout: 120 * 60_000 }, async (context) => {
    console.log(`sequences of commands: GEXLAKE_SEED=${seed}`);
    await fc.assert(
      fc.asyncProperty(
        fc.tuple(start, start),
        fc.array(command, { minLength: 5, maxLength: 12 }),
        async (first, then) => {
          const lake = await makeLake(context);
          await workOn(lake.folder, { kind: 'pending', limit: 1, watch: false });
          const desk: Desk = { lake, app: await appOn(lake.folder), sources: [] };
          let rows: Rows = new Map();
          for (const each of [...first, ...then]) rows = await perform(desk, rows, each);
        },
      ),
      { numRuns: runs, seed, endOnFailure: process.env['GEXLAKE_SHRINK'] === undefined },
    );
  });
});

/** Does a command, and looks at everything. */
async function perform(desk: Desk, rows: Rows, each: Command): Promise<Rows> {
  const expected = await act(desk, rows, each);
  const what = JSON.stringify(each);
  assert.deepEqual(sorted(await readRows(desk.lake)), sorted(expected), what);
  const { problems } = await desk.app.verify({ kind: 'deep' }, () => undefined);
  assert.deepEqual(problems, [], what);
  const [[total] = []] = (await desk.app.query('SELECT count(*)::INTEGER FROM snapshots', 1)).rows;
  assert.equal(total, expected.size, what);
  return expected;
}

async function act(desk: Desk, rows: Rows, each: Command): Promise<Rows> {
  const { app } = desk;
  switch (each.kind) {
    case 'import':
      return importSource(desk, rows, await writeSource(desk, each), each.endpoint, each.date, each.how);
    case 'again': {
      const source = pick(desk.sources, each.which);
      return source === undefined ? rows : importSource(desk, rows, source, each.endpoint, each.date, 'import');
    }
    case 'correct':
      return correct(desk, rows, each);
    case 'withdraw':
      return withdraw(desk, rows, each.which);
    case 'restore':
      return restore(desk, rows, each.which);
    case 'damage':
      return damageAndRepair(desk, rows, each.which);
    case 'cancel': {
      const source = pick(desk.sources, each.which);
      if (source === undefined) return rows;
      const [job] = await app.enqueue([{ source: source.path, ticker: 'SPX', endpoint: 'gex_zero', publish: true }]);
      await app.cancel([job?.id ?? '']);
      return rows;
    }
    case 'compact': {
      const folder = `parquet/gex/2025/10/SPX/${each.endpoint}`;
      const isThere = [...rows.keys()].some((key) => key.startsWith(`${each.endpoint} `));
      if (isThere)
        assert.equal((await work(desk, await app.compaction({ path: folder, reason: 'model' }))).error, null);
      return rows;
    }
    case 'archive': {
      const staged = (await app.jobs({ limit: 1000 })).filter(({ status }) => status === 'completed');
      const kept = new Set(await desk.lake.files('source'));
      const paths = staged.flatMap(({ staged_path }) => staged_path ?? []).filter((path) => kept.has(path.slice(7)));
      if (paths.length > 0) await app.archive(paths, () => undefined);
      return rows;
    }
    case 'backup': {
      const { snapshot } = await app.backUp(now, null, () => undefined);
      if (snapshot !== null) await app.restore({ ask: now, snapshot: snapshot, into: null }, () => undefined);
      return rows;
    }
    case 'rebuild':
      // A log that explains every file is left alone: so one that is gone is made again.
      await rm(join(desk.lake.folder, 'gex_history.db'), { force: true });
      await app.rebuildLog(now, () => undefined);
      // As a user does it: another run of the program, which makes a log where the folder has told nothing.
      desk.app = await appOn(desk.lake.folder);
      await desk.app.prepare();
      return rows;
  }
}

const now = { apply: true, expected: null };

async function writeSource(
  desk: Desk,
  { span: [from, length], version: value, both, date: main }: Extract<Command, { kind: 'import' }>,
): Promise<Source> {
  const day = main ?? 0;
  const head = Array.from({ length }, (_, at) => [day, from + at, value] as const);
  // Two records of the other session: few enough to be set aside where a date is given.
  const tail = both ? [1, 2].map((second) => [day === 0 ? 1 : 0, second + 100, value] as const) : [];
  return write(desk, 'day.json', [...head, ...tail]);
}

async function write(desk: Desk, file: string, records: Source['records']): Promise<Source> {
  const made = records.map(([day, second, value]): MadeRecord =>
    record(day * day_s + second, { zero_gamma: value, delta_risk_reversal: second }),
  );
  // No two sources have the same bytes by chance; those that shall are imported again.
  const text = `${' '.repeat(desk.sources.length)}${JSON.stringify(made)}`;
  const source = { path: await put(join(desk.lake.desk, String(desk.sources.length)), file, text), records };
  desk.sources.push(source);
  return source;
}

/** What a source brings: afterwards every record of the sessions that count is live, or the job says why none of them was taken. */
async function importSource(
  desk: Desk,
  rows: Rows,
  source: Source,
  as: Endpoint,
  day: Date_,
  way: 'import' | 'enqueue' | 'staged',
): Promise<Rows> {
  const request = { source: source.path, ticker: 'SPX', endpoint: as, date: day === null ? undefined : dates[day] };
  const result = await runImport(desk, { ...request, publish: way !== 'staged' }, way);
  const counted = source.records.filter(([own]) => day === null || own === day);
  const found = new Map(counted.map(([own, second, value]) => [keyOf(as, own, second), value]));
  const isMixed = source.records.length - counted.length > source.records.length / 10;
  if (result.status === 'failed') {
    const isConflict = [...found].some(([key, value]) => (rows.get(key) ?? value) !== value);
    const code = isMixed ? /TOO_MANY_SET_ASIDE|NO_RECORDS/ : isConflict ? /ROWS_CONFLICT/ : /never/;
    assert.match(result.error?.code ?? '', code, JSON.stringify(result));
    return rows;
  }
  if (result.warnings.length > 0) {
    // The same bytes are live as another endpoint.
    const other = await desk.app.job(result.skipped_as ?? '');
    assert.notEqual(other.endpoint, as);
    assert.ok(
      [...rows.keys()].some((key) => key.startsWith(`${other.endpoint} `)),
      'nothing of it is live',
    );
    return rows;
  }
  assert.ok(['completed', 'skipped'].includes(result.status), JSON.stringify(result));
  const added = [...found].filter(([key]) => !rows.has(key));
  assert.equal(result.status, added.length === 0 ? 'skipped' : 'completed', JSON.stringify(result));
  return new Map([...rows, ...added]);
}

async function runImport(
  desk: Desk,
  request: ImportRequest,
  way: 'import' | 'enqueue' | 'staged',
): Promise<ImportResult> {
  if (way === 'import') return work(desk, request);
  if (way === 'staged') {
    const staged = await work(desk, request);
    if (staged.status !== 'staged') return staged;
    await desk.app.retry([staged.job_id]);
  } else await desk.app.enqueue([request]);
  const [result] = await workOn(desk.lake.folder, { kind: 'pending', limit: 1, watch: false });
  assert.ok(result !== undefined);
  return result;
}

async function correct(desk: Desk, rows: Rows, each: Extract<Command, { kind: 'correct' }>): Promise<Rows> {
  const job = pick(await published(desk, 'import', 'correction'), each.which);
  const [session] =
    job === undefined
      ? []
      : [...new Set((await desk.app.job(job.id)).files.flatMap((file) => file.session_dates))].sort();
  if (job === undefined || session === undefined) return rows;
  const day = session === dates[0] ? 0 : 1;
  const records = Array.from({ length: each.span[1] }, (_, at) => [day, each.span[0] + at, each.version] as const);
  const source = await write(desk, `${session}_SPX_classic_gex_zero.json`, records);
  const result = await work(desk, await desk.app.correction({ id: job.id, source: source.path, reason: 'model' }));
  assert.equal(result.error, null, JSON.stringify(result));
  const as = job.endpoint as Endpoint;
  const others = [...rows].filter(([key]) => !key.startsWith(`${as} ${day} `));
  return new Map([...others, ...records.map(([own, second, value]) => [keyOf(as, own, second), value] as const)]);
}

/** What a withdrawal takes away are the rows of files that are not under parquet/ any more, all of those that the log calls the job's. */
async function withdraw(desk: Desk, rows: Rows, nth: number): Promise<Rows> {
  const job = pick(await published(desk, 'import', 'correction', 'rewrite'), nth);
  if (job === undefined) return rows;
  const own = (await desk.app.job(job.id)).files.filter(
    ({ state, dataset }) => state === 'live' && dataset === 'snapshots',
  );
  const ownRows = await readFiles(
    desk.lake,
    own.map(({ path }) => path),
  );
  const request = await desk.app
    .withdrawal(job.id, 'model', null)
    .catch((error: unknown) => error as Error & { code: string });
  if (request instanceof Error) {
    assert.ok(['NOT_WITHDRAWABLE', 'JOB_STATE'].includes(request.code), String(request));
    assert.ok(job.kind !== 'import' || own.length === 0, `${request.message} although it has live files`);
    return rows;
  }
  const before = new Set(await desk.lake.files('parquet'));
  assert.equal((await work(desk, request)).status, 'completed');
  const after = new Set(await desk.lake.files('parquet'));
  const gone = [...before.difference(after)].filter((path) => path.includes('/snapshots'));
  const archived = (await desk.lake.files('archive')).filter((path) => path.includes('withdrawn_by_'));
  const newest = archived.filter((path) => gone.some((old) => path.includes(old.replace(/\.parquet$/, '.withdrawn'))));
  assert.ok(newest.length >= gone.length, 'what was withdrawn is kept');
  const left = await readRows(desk.lake);
  for (const key of ownRows.keys()) assert.ok(!left.has(key), `${key} is still live`);
  return new Map([...rows].filter(([key]) => left.has(key)));
}

/** A restoration either is refused and changes nothing, or puts back whole files: then no second is there twice. */
async function restore(desk: Desk, rows: Rows, nth: number): Promise<Rows> {
  const superseded = await desk.app.files({ state: 'superseded', limit: 100 });
  const file = pick(superseded, nth);
  if (file === undefined) return rows;
  const path = nth % 2 === 0 ? file.path : (file.archive_path ?? '');
  const result = await work(desk, desk.app.restoration(path, 'model'));
  if (result.status === 'failed') {
    assert.equal(result.error?.code, 'NOTHING_TO_RESTORE', JSON.stringify(result));
    return rows;
  }
  assert.equal(result.status, 'completed');
  return readRows(desk.lake);
}

async function damageAndRepair(desk: Desk, rows: Rows, nth: number): Promise<Rows> {
  const file = pick(await desk.app.files({ state: 'live', limit: 100 }), nth);
  if (file === undefined) return rows;
  const path = join(desk.lake.folder, file.path);
  await chmod(path, 0o644);
  await writeFile(path, 'damaged');
  await chmod(path, 0o444);
  const { left, failed } = await desk.app.repair({ kind: 'deep' }, now, () => undefined);
  assert.deepEqual([left, failed], [[], []], file.path);
  return rows;
}

/** Completed jobs of these kinds, oldest first. */
async function published(desk: Desk, ...kinds: readonly Job['kind'][]): Promise<Job[]> {
  const jobs = await desk.app.jobs({ status: 'completed', limit: 1000 });
  return jobs.filter(({ kind }) => kinds.includes(kind)).toReversed();
}

async function work(desk: Desk, request: ImportRequest): Promise<ImportResult> {
  const [result] = await workOn(desk.lake.folder, { kind: 'sources', requests: [request] });
  assert.ok(result !== undefined);
  return result;
}

function pick<T>(list: readonly T[], nth: number): T | undefined {
  return list[nth % Math.max(1, list.length)];
}

/** All rows under parquet/; no second of an endpoint is there twice, and every record has its five strikes. */
async function readRows(lake: Lake): Promise<Map<string, number>> {
  const paths = (await lake.files('parquet')).map((path) => `parquet/${path}`);
  return readFiles(lake, paths);
}

async function readFiles(lake: Lake, paths: readonly string[]): Promise<Map<string, number>> {
  const rows = new Map<string, number>();
  const strikes = new Map<string, number>();
  for (const path of paths) {
    const as = path.split('/').at(-2) ?? '';
    const file = await asyncBufferFromFile(join(lake.folder, path));
    for (const row of await parquetReadObjects({ file, compressors })) {
      const key = `${as} ${dayOf(row['session_date'])} ${(row['timestamp'] as Date).toISOString()}`;
      if (path.includes('/strikes')) strikes.set(key, (strikes.get(key) ?? 0) + 1);
      else {
        const own = `${as} ${dayOf(row['session_date'])} ${Number(row['delta_risk_reversal'])}`;
        assert.ok(!rows.has(own), `${own} is live twice`);
        rows.set(own, Number(row['zero_gamma']));
      }
    }
  }
  if (strikes.size > 0) assert.deepEqual([strikes.size, new Set(strikes.values())], [rows.size, new Set([5])]);
  return rows;
}

function dayOf(value: unknown): number {
  return dates.indexOf((value as Date).toISOString().slice(0, 10) as (typeof dates)[number]);
}

function keyOf(as: Endpoint, day: number, second: number): string {
  return `${as} ${day} ${second}`;
}

function sorted(rows: Rows): readonly (readonly [string, number])[] {
  return [...rows].sort(([left], [right]) => (left < right ? -1 : 1));
}
