import assert from 'node:assert/strict';
import { rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { after, before, suite } from 'node:test';
import type { VerifyReport } from '../../src/app/app.ts';
import type { ImportResult } from '../../src/core/job.ts';
import { editLog, readDatabase } from '../support/duckdb.ts';
import { lastFirst, makeLake, only, type Lake } from '../support/gexlake.ts';
import { name, put, records, sampleDay } from '../support/records.ts';
import { add, damage, flipAt, swap, type Damage } from '../support/damage.ts';
import { copyOf, folder, other, prepare, verify, type Prepared } from '../support/every-command.ts';
import { long, oneOf, test } from '../support/shares.ts';

/*
 * One data folder that has seen every command; a copy of it for each kind of damage. Verifying must name exactly what was damaged and
 * must not change anything, not even a time.
 */

type Kind = {
  readonly name: string;
  readonly path: () => string;
  /** The code for each way; null where there is nothing to report. */
  readonly codes: Readonly<Record<Damage, string | null>>;
  /** Another file of the kind, and the code that each of the two gets when they change places. */
  readonly swap: { readonly with: () => string; readonly code: string };
};

let prepared: Prepared;
const owner = lastFirst({ after });
before(async () => {
  prepared = await prepare(owner);
});

const parquet = {
  flip: 'FILE_CHECKSUM',
  truncate: 'FILE_SIZE',
  delete: 'FILE_MISSING',
  chmod: 'FILE_MODE',
  touch: null,
} as const;
const source = { ...parquet, flip: 'SOURCE_CHECKSUM', truncate: 'SOURCE_CHECKSUM', delete: 'SOURCE_MISSING' };
const aside = { ...parquet, flip: 'QUARANTINE_CONTENT', truncate: 'QUARANTINE_CONTENT', delete: 'QUARANTINE_MISSING' };

const kinds: readonly Kind[] = [
  {
    name: 'live strikes',
    path: () => `${other}/strikes.parquet`,
    codes: parquet,
    swap: { with: () => `${folder}/strikes.parquet`, code: 'FILE_SIZE' },
  },
  {
    name: 'live snapshots of an extension',
    path: () => `${other}/snapshots_${prepared.extension.job_id}.parquet`,
    codes: parquet,
    swap: { with: () => `${other}/snapshots.parquet`, code: 'FILE_SIZE' },
  },
  {
    name: 'superseded file',
    path: () => first('archive', /strikes\.superseded_by/),
    codes: parquet,
    swap: { with: () => first('archive', /snapshots\.superseded_by/), code: 'FILE_SIZE' },
  },
  {
    name: 'staged source',
    path: () => prepared.plain.staged_path ?? '',
    codes: source,
    swap: { with: () => prepared.staged.staged_path ?? '', code: 'SOURCE_CHECKSUM' },
  },
  {
    name: 'quarantine file',
    path: () => `quarantine/${prepared.plain.job_id}.ndjson`,
    codes: aside,
    swap: { with: () => `quarantine/${prepared.staged.job_id}.ndjson`, code: 'QUARANTINE_CONTENT' },
  },
];

let listed: readonly string[] = [];
function first(below: string, pattern: RegExp): string {
  return listed.find((path) => path.startsWith(below) && pattern.test(path)) ?? '';
}

/** Code and path of each problem, or its job where it is about no path. */
type Named = readonly (readonly [string, string | null])[];

/** Verifies a damaged copy and makes sure that this changed nothing. */
async function problemsOf(lake: Lake): Promise<Named> {
  const { problems } = await verified(lake);
  return problems.map(({ code, path, job_id }) => [code, path ?? job_id]);
}

async function verified(lake: Lake): Promise<VerifyReport> {
  const treeBefore = await lake.tree('.');
  const report = await verify(lake);
  assert.deepEqual(await lake.tree('.'), treeBefore);
  assert.equal(report.ok, report.problems.length === 0);
  return report;
}

suite('verify', { concurrency: 1 }, () => {
  before(async () => {
    listed = await prepared.lake.files('.');
  });

  test('finds nothing wrong, whatever commands were run', async () => {
    const { checked, problems } = await verified(prepared.lake);
    assert.deepEqual(problems, []);
    assert.equal(checked.files_not_read, 0);
    assert.equal(
      checked.live_files + checked.superseded_files + checked.staged_sources + checked.quarantine_files,
      checked.files_read,
    );
    assert.ok(checked.superseded_files > 5 && checked.quarantine_files > 2 && checked.jobs > 10);
  });

  for (const how of ['flip', 'truncate', 'delete', 'chmod', 'touch'] as const satisfies readonly Damage[]) {
    (how === 'flip' ? test : long)(`names a file of each kind that was damaged, and only those: ${how}`, async () => {
      const lake = await copyOf(prepared.lake);
      for (const { path } of kinds) await damage(lake.folder, path(), how);
      const expected = kinds.map(({ codes, path }) => [codes[how], path()] as const).filter(([code]) => code !== null);
      assert.deepEqual(byPath(await problemsOf(lake)), byPath(expected));
    });
  }

  for (const kind of kinds) {
    long(`names a ${kind.name} and another one that have changed places, and only those`, async () => {
      const lake = await copyOf(prepared.lake);
      const two = [kind.path(), kind.swap.with()] as const;
      await swap(lake.folder, ...two);
      assert.deepEqual(
        await problemsOf(lake),
        [...two].sort().map((path) => [kind.swap.code, path]),
      );
    });
  }

  long('names a file beside one of each kind that no job explains', async () => {
    const lake = await copyOf(prepared.lake);
    const strays = [...new Set(kinds.map(({ path }) => join(dirname(path()), 'stray.parquet')))];
    for (const stray of strays) await add(lake.folder, kinds[0]?.path() ?? '', stray);
    assert.deepEqual(byPath(await problemsOf(lake)), byPath(strays.map((stray) => ['FILE_UNEXPLAINED', stray])));
  });
});

/** In an order that does not depend on what was found first. */
function byPath<T extends readonly [unknown, string | null]>(named: readonly T[]): T[] {
  return named.toSorted(([, left], [, right]) => String(left).localeCompare(String(right)));
}

/** Changes of the log's rows, as SQL on it, and what verifying then says. */
type LogDamage = { readonly sql: () => string; readonly named: () => Named };

const live = `${other}/strikes.parquet`;
const ofLive = `WHERE path = '${live}'`;
const ofJob = () => `WHERE id = '${prepared.plain.job_id}'`;
const theJob = () => prepared.plain.job_id;

const logDamages: Readonly<Record<string, LogDamage>> = {
  'the checksum of a file': {
    sql: () => `UPDATE parquet_files SET checksum = repeat('0', 64) ${ofLive}`,
    named: () => [['FILE_CHECKSUM', live]],
  },
  'the size of a file': {
    sql: () => `UPDATE parquet_files SET size_bytes = size_bytes + 1 ${ofLive}`,
    named: () => [['FILE_SIZE', live]],
  },
  'the rows of a file': {
    sql: () => `UPDATE parquet_files SET row_count = row_count + 1 ${ofLive}`,
    named: () => [['FILE_ROWS', live]],
  },
  'the rows of snapshots': {
    sql: () => `UPDATE parquet_files SET row_count = row_count + 1 WHERE path = '${other}/snapshots.parquet'`,
    named: () => [['FILE_ROWS', `${other}/snapshots.parquet`]],
  },
  'the first timestamp of a file': {
    sql: () => `UPDATE parquet_files SET first_timestamp = first_timestamp + INTERVAL 1 SECOND ${ofLive}`,
    named: () => [['FILE_TIMES', live]],
  },
  'the last timestamp of a file': {
    sql: () => `UPDATE parquet_files SET last_timestamp = last_timestamp + INTERVAL 1 SECOND ${ofLive}`,
    named: () => [['FILE_TIMES', live]],
  },
  'the sessions of a file': {
    sql: () => `UPDATE parquet_files SET session_dates = ['2025-10-21'::DATE] ${ofLive}`,
    named: () => [['FILE_SESSIONS', live]],
  },
  'the ticker of a file': {
    sql: () => `UPDATE parquet_files SET ticker = 'SPX' ${ofLive}`,
    named: () => [['FILE_BLOCK', live]],
  },
  'the endpoint of a file': {
    sql: () => `UPDATE parquet_files SET endpoint = 'gex_one' ${ofLive}`,
    named: () => [['FILE_BLOCK', live]],
  },
  'the state of a live file': {
    sql: () => `UPDATE parquet_files SET state = 'publishing' ${ofLive}`,
    named: () => [['FILE_ROW', live]],
  },
  'a live file that is called superseded': {
    sql: () => `UPDATE parquet_files SET state = 'superseded' ${ofLive}`,
    named: () => [['FILE_ROW', live]],
  },
  'the row of a file, twice': {
    sql: () => `INSERT INTO parquet_files FROM parquet_files ${ofLive}`,
    named: () => [['FILE_ROW', live]],
  },
  'the row of a file, gone': {
    sql: () => `DELETE FROM parquet_files ${ofLive}`,
    named: () => [['FILE_NOT_LOGGED', live]],
  },
  'the row of a file that does not exist': {
    sql: () =>
      `INSERT INTO parquet_files SELECT * REPLACE ('${other}/strikes_x.parquet' AS path) FROM parquet_files ${ofLive}`,
    named: () => [['FILE_MISSING', `${other}/strikes_x.parquet`]],
  },
  'the row of a job, gone': {
    sql: () => `DELETE FROM import_jobs ${ofJob()}`,
    named: () => [['JOB_MISSING', theJob()]],
  },
  'the status of a job': {
    sql: () => `UPDATE import_jobs SET status = 'failed' ${ofJob()}`,
    named: () => [['JOB_STATUS', theJob()]],
  },
  'a count of a job': {
    sql: () => `UPDATE import_jobs SET records_read = records_read + 1 ${ofJob()}`,
    named: () => [['JOB_COUNTS', theJob()]],
  },
  'two counts of a job': {
    sql: () =>
      `UPDATE import_jobs SET records_processed = records_processed + 1, records_read = records_read + 1 ${ofJob()}`,
    named: () => [['JOB_COUNTS', theJob()]],
  },
  'the checksum of a job': {
    sql: () => `UPDATE import_jobs SET checksum = repeat('0', 64) ${ofJob()}`,
    named: () => [['JOB_CHECKSUM', theJob()]],
  },
  'the session of a job': {
    sql: () => `UPDATE import_jobs SET session_date = '2025-10-21' ${ofJob()}`,
    named: () => [['JOB_SESSION', theJob()]],
  },
  'the ticker of a job': {
    sql: () => `UPDATE import_jobs SET ticker = 'NDX' ${ofJob()}`,
    named: () => [['JOB_BLOCK', theJob()]],
  },
  'the job that a correction corrects': {
    sql: () => `UPDATE import_jobs SET corrects_job_id = repeat('0', 32) WHERE kind = 'correction'`,
    named: () => [['JOB_REFERENCE', correctionId]],
  },
  'the staged path of a job, gone': {
    sql: () => `UPDATE import_jobs SET staged_path = NULL ${ofJob()}`,
    named: () => [['FILE_UNEXPLAINED', prepared.plain.staged_path]],
  },
};
let correctionId = '';

suite('verify, rows of the log', { concurrency: 1 }, () => {
  before(async () => {
    correctionId = (await prepared.lake.jobs()).find(({ kind }) => kind === 'correction')?.id ?? '';
  });

  for (const [at, [what, { sql, named }]] of Object.entries(logDamages).entries()) {
    oneOf(30, at)(`names ${what}, and nothing else`, async () => {
      const lake = await copyOf(prepared.lake);
      await editLog(join(lake.folder, 'gex_history.db'), sql());
      assert.deepEqual(await problemsOf(lake), named());
    });
  }

  for (const [at, how] of (['flip', 'truncate', 'delete'] as const).entries()) {
    oneOf(3, at)(`names a log that was damaged (${how})`, async () => {
      const lake = await copyOf(prepared.lake);
      // The middle of a database may be a block that is not in use.
      if (how === 'flip') await flipAt(lake.folder, 'gex_history.db', 20_000);
      else await damage(lake.folder, 'gex_history.db', how);
      const code = how === 'delete' ? 'LOG_MISSING' : 'LOG_DAMAGED';
      assert.deepEqual(await problemsOf(lake), [[code, 'gex_history.db']]);
    });
  }

  long('reads a log whose last changes are in its journal, and touches neither', async () => {
    const lake = await copyOf(prepared.lake);
    const day = await put(
      lake.desk,
      '2025-10-22_TLT_classic_gex_zero.json',
      sampleDay({ ticker: 'TLT', records: 9 }).bytes,
    );
    await lake.spawn(['import', day], { env: { GEXLAKE_FAULT: 'killall@log:committed#3' } });
    assert.ok((await lake.files('.')).includes('gex_history.db.wal'));
    const [job] = await readDatabase(join(lake.folder, 'gex_history.db'), "FROM import_jobs WHERE status = 'started'");
    assert.deepEqual(await problemsOf(lake), [['JOB_STUCK', job?.['id']]]);
    await lake.run(['run']);
    assert.deepEqual(await problemsOf(lake), []);
  });

  test('names the later one of two live files with the same seconds', async () => {
    const lake = await copyOf(prepared.lake);
    const copy = `${other}/snapshots_again.parquet`;
    await add(lake.folder, `${other}/snapshots.parquet`, copy);
    await editLog(
      join(lake.folder, 'gex_history.db'),
      `INSERT INTO parquet_files SELECT * REPLACE ('${copy}' AS path, created_at + INTERVAL 1 SECOND AS created_at)
       FROM parquet_files WHERE path = '${other}/snapshots.parquet'`,
    );
    assert.deepEqual(await problemsOf(lake), [['ROWS_TWICE', copy]]);
  });

  long(
    'names the later one of two live files with the same seconds, also where they are of two jobs',
    async (context) => {
      const lake = await makeLake(context);
      // The first of a month has the plain names.
      await lake.import([await put(lake.desk, name.replace('22', '21'), records(9, -86_400))]);
      const first = only(await lake.import([await put(lake.desk, name, records(60))]));
      assert.equal((await lake.run(['withdraw', first.job_id, '--reason', 'tried'])).exitCode, 0);
      const again = only(await lake.import([await put(join(lake.desk, 'again'), name, records(90))]));
      // As if the withdrawn files had never gone.
      const path = (dataset: string, { job_id }: ImportResult) =>
        `parquet/gex/2025/10/SPX/gex_zero/${dataset}_${job_id}.parquet`;
      for (const dataset of ['strikes', 'snapshots']) {
        const [row] = await lake.query(
          `SELECT archive_path FROM parquet_files WHERE job_id = '${first.job_id}' AND dataset = '${dataset}'`,
        );
        await rename(join(lake.folder, String(row?.['archive_path'])), join(lake.folder, path(dataset, first)));
      }
      await editLog(
        join(lake.folder, 'gex_history.db'),
        `UPDATE parquet_files SET state = 'live', superseded_by = NULL, superseded_at = NULL, archive_path = NULL
       WHERE job_id = '${first.job_id}'`,
      );
      assert.deepEqual(await problemsOf(lake), [
        ['ROWS_TWICE', path('snapshots', again)],
        ['ROWS_TWICE', path('strikes', again)],
      ]);
    },
  );

  long('reads only a share of the files when asked to, all shares together everything', async () => {
    const reports = await Promise.all([1, 2, 3].map((part) => verify(prepared.lake, { kind: 'part', part, of: 3 })));
    const all = await verify(prepared.lake, { kind: 'deep' });
    assert.equal(
      reports.reduce((sum, { checked }) => sum + checked.bytes_read, 0),
      all.checked.bytes_read,
    );
    for (const { ok, checked, read } of reports) {
      assert.equal(ok, true);
      assert.ok(checked.files_not_read > 0, read);
    }
  });
});
