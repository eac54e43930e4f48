import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmod, copyFile, readFile, rm, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { suite, test } from 'node:test';
import { promisify } from 'node:util';
import { editLog, loseJournal } from '../support/duckdb.ts';
import type { ImportResult } from '../../src/core/job.ts';
import { makeLake, only, type Lake } from '../support/gexlake.ts';
import { lockDatabase } from '../support/lock.ts';
import { put, sampleDay } from '../support/records.ts';
import { codeBlocks, readDocument, root, section } from './documents.ts';

/*
 * Each section of docs/recovery.md is tried: its situation is brought about, its shell blocks are typed, and then the data folder
 * must be whole, with the rows that were asked for.
 */

const document = readDocument('docs/recovery.md');
const headings = [...document.text.matchAll(/^#+ (.*)$/gm)].map(([, heading]) => heading ?? '');
const day = '2025-10-22_NQ_NDX_classic_gex_zero.json';
const folder = 'parquet/gex/2025/10/NQ_NDX/gex_zero';
const shell = promisify(execFile);

/** What a situation leaves for the one who types: `$job`, and how many records must be live at the end. */
type Left = { readonly job?: string | undefined; readonly records: number };

/** Sections with blocks, and how to get into their situation. */
const situations: Readonly<Record<string, (lake: Lake) => Promise<Left>>> = {
  Recovery: crashed,
  'After a crash': crashed,
  'The importer died': (lake) => failed(lake, 'kill@load:write#1', 'IMPORTER_DIED'),
  Interrupted: interrupted,
  'The disk is full': (lake) => failed(lake, 'ENOSPC@load:write#1', 'DISK_FULL'),
  'A database is locked': locked,
  'A job keeps failing': keepsFailing,
  'Another machine went away': async (lake) => {
    const left = await crashed(lake);
    const away = `UPDATE import_jobs SET owner = 'elsewhere:1:1', heartbeat_at = now()::TIMESTAMP - INTERVAL 3 MINUTE`;
    await editLog(join(lake.folder, 'gex_history.db'), away);
    return left;
  },
  'The engine is damaged or gone': async (lake) => {
    const { job_id } = only(await lake.import([await writeDay(lake), '--no-publish']));
    await writeFile(join(lake.folder, 'gex_data.db'), 'damaged');
    return { job: job_id, records: 60 };
  },
  'The job log is damaged or gone': logDamaged,
  'Without a backup': logDamaged,
  'The journal is damaged or gone': async (lake) => {
    await lake.import([await writeDay(lake)]);
    await damage(join(lake.folder, 'log/tail/000000000000'));
    assert.match((await lake.run(['run'])).stderr, /LOG_ROLLED_BACK|JOURNAL_DAMAGED/);
    return { records: 60 };
  },
  'A published file is missing or damaged': async (lake) => {
    const { job_id } = only(await lake.import([await writeDay(lake)]));
    await damage(join(lake.folder, folder, 'strikes.parquet'));
    const query = await lake.run(['query', 'SELECT 1']);
    assert.match(query.stderr, new RegExp(`strikes.parquet of job ${job_id} has .*FILE_SYSTEM`, 's'));
    return { job: job_id, records: 60 };
  },
  'A staged source was changed': async (lake) => {
    const { job } = await failed(lake, 'kill@load:write#1', 'IMPORTER_DIED');
    await damage(join(lake.folder, 'source/gexbot', day));
    await lake.run(['jobs', 'retry', String(job)]);
    assert.equal(only(await lake.json<Job[]>(['run'])).error?.code, 'SOURCE_CHANGED');
    await copyFile(join(lake.desk, day), join(lake.folder, '..', day));
    return { job, records: 60 };
  },
  'A correction was wrong': async (lake) => {
    const { job_id } = only(await lake.import([await writeDay(lake)]));
    const other = await put(lake.desk, 'other.json', sampleDay({ ...sample, records: 50, seed: 2 }).bytes);
    const correction = await lake.run(['correct', job_id, other, '--reason', 'a mistake']);
    assert.equal(correction.exitCode, 0, correction.stderr);
    return { records: 60 };
  },
};

type Job = { readonly error: { readonly code: string } | null };

const sample = { ticker: 'NQ_NDX', endpoint: 'gex_zero', records: 60, strikes: 8 };

suite('docs/recovery.md', () => {
  test('has a situation for each section with blocks', () => {
    const withBlocks = headings.filter((heading) => blocksOf(heading).length > 0);
    assert.deepEqual(Object.keys(situations).sort(), [...withBlocks].sort());
  });

  for (const [heading, arrange] of Object.entries(situations)) {
    test(`${heading}: what it says helps`, async (context) => {
      const lake = await makeLake(context);
      const left = await arrange(lake);
      await type(lake, blocksOf(heading), left.job);
      await assertWhole(lake);
      const found = await lake.query('SELECT count(*)::INTEGER AS records FROM snapshots');
      assert.deepEqual(found, [{ records: left.records }]);
    });
  }

  test('Restoring a log from before a correction, and its lost journal, leads back to what it knows', async (context) => {
    const lake = await makeLake(context);
    const { job_id } = only(await lake.import([await writeDay(lake)]));
    await backUp(lake);
    const before = await lake.tree('parquet');
    const other = await put(lake.desk, 'other.json', sampleDay({ ...sample, records: 50, seed: 2 }).bytes);
    assert.equal((await lake.run(['correct', job_id, other, '--reason', 'newer than the backup'])).exitCode, 0);
    assert.notDeepEqual(await lake.tree('parquet'), before);
    await loseJournal(lake.folder);
    await type(lake, blocksOf('The job log is damaged or gone').slice(0, 2), job_id);
    assert.deepEqual(await lake.tree('parquet'), before);
    await assertWhole(lake);
  });
});

function blocksOf(heading: string): string[] {
  const text = section(document, heading);
  const blocks = codeBlocks({ path: document.path, text });
  return blocks.filter(({ language }) => language === 'sh').map(({ body }) => body);
}

/** Types blocks in the data folder. */
async function type(lake: Lake, blocks: readonly string[], job: string | undefined): Promise<void> {
  const command = join(lake.desk, 'gexlake');
  await writeFile(command, `#!/bin/sh\nexec '${process.execPath}' '${join(root, 'bin', 'gexlake.js')}' "$@"\n`);
  await chmod(command, 0o755);
  const env = {
    ...process.env,
    PATH: `${lake.desk}${delimiter}${process.env['PATH'] ?? ''}`,
    GEXLAKE_DATA_DIR: lake.folder,
    // So long is a process of another machine watched that looks silent.
    GEXLAKE_LIMITS: '{"heartbeat_watch_ms":1000}',
    job: job ?? '',
  };
  for (const block of blocks)
    await assert.doesNotReject(shell('/bin/sh', ['-e', '-c', block], { cwd: lake.folder, env }), block);
}

/** Every file is as the log says, no other is under `parquet/`, and nothing is left over. */
async function assertWhole(lake: Lake): Promise<void> {
  const files = await lake.query('SELECT state, path, archive_path, checksum FROM parquet_files');
  for (const { state, path, archive_path, checksum } of files) {
    const bytes = await readFile(join(lake.folder, String(state === 'live' ? path : archive_path)));
    assert.equal(createHash('sha256').update(bytes).digest('hex'), checksum, String(path));
  }
  const live = files.filter(({ state }) => state === 'live').map(({ path }) => String(path).slice('parquet/'.length));
  assert.deepEqual((await lake.files('parquet')).sort(), live.sort());
  assert.deepEqual(await lake.files('.work'), []);
  for (const job of await lake.jobs())
    assert.match(job.status, /^(?:completed|skipped|cancelled)$/, job.last_error ?? '');
}

async function writeDay(lake: Lake): Promise<string> {
  return put(lake.desk, day, sampleDay(sample).bytes);
}

/** An import that is killed with its command when one of its two files has appeared. */
async function crashed(lake: Lake): Promise<Left> {
  await lake.spawn(['import', await writeDay(lake)], { env: { GEXLAKE_FAULT: 'killall@publish:link#2' } });
  assert.equal(only(await lake.jobs()).status, 'started');
  assert.equal((await lake.files('parquet')).length, 1);
  return { records: 60 };
}

async function failed(lake: Lake, fault: string, code: string): Promise<Left> {
  const path = await writeDay(lake);
  const { job_id, error } = only(
    await lake.spawnJson<ImportResult[]>(['import', path], { env: { GEXLAKE_FAULT: fault } }),
  );
  assert.equal(error?.code, code);
  return { job: job_id, records: 60 };
}

async function interrupted(lake: Lake): Promise<Left> {
  const path = await put(lake.desk, day, sampleDay({ ...sample, records: 23_400, strikes: 40 }).bytes);
  const running = lake.start(['import', path], { group: true });
  await running.says(/"step":"load"/);
  running.child.kill('SIGINT');
  await running.says(/interrupt again/);
  running.child.kill('SIGINT');
  await running.ended;
  assert.equal(only(await lake.jobs()).last_error?.startsWith('INTERRUPTED'), true);
  return { records: 23_400 };
}

async function locked(lake: Lake): Promise<Left> {
  const left = await crashed(lake);
  const held = await lockDatabase(join(lake.folder, 'gex_history.db'));
  try {
    const { exitCode, stderr } = await lake.run(['run'], { env: { GEXLAKE_LIMITS: '{"lock_wait_ms":100}' } });
    assert.equal(exitCode, 5, stderr);
    assert.match(stderr, new RegExp(`in use by process ${held.pid} `));
  } finally {
    await held.release();
  }
  return left;
}

async function keepsFailing(lake: Lake): Promise<Left> {
  const left = await crashed(lake);
  await editLog(join(lake.folder, 'gex_history.db'), 'UPDATE import_jobs SET attempts = 4');
  await lake.spawn(['run'], { env: { GEXLAKE_FAULT: 'killall@load:write#1' } });
  await lake.run(['run']);
  const { id, status, last_error } = only(await lake.jobs());
  assert.equal(status, 'failed');
  assert.match(last_error ?? '', /^IMPORTER_DIED: 5 importers died/);
  return { ...left, job: id };
}

/** A log with a backup, and after it a compaction and another session; then it is damaged. */
async function logDamaged(lake: Lake): Promise<Left> {
  const days = ['2025-10-22', '2025-10-23', '2025-10-24'].map((date) =>
    put(lake.desk, day.replace('2025-10-22', date), sampleDay({ ...sample, sessionDate: date }).bytes),
  );
  const [first = '', second = '', third = ''] = await Promise.all(days);
  await lake.import([first, second]);
  await backUp(lake);
  assert.equal((await lake.run(['compact', folder, '--reason', 'newer than the backup'])).exitCode, 0);
  await lake.import([third]);
  await damage(join(lake.folder, 'gex_history.db'));
  await loseJournal(lake.folder);
  assert.match((await lake.run(['jobs'])).stderr, /DATABASE_DAMAGED/);
  return { records: 180 };
}

async function backUp(lake: Lake): Promise<void> {
  const { exitCode, stderr } = await lake.run(['backup', '--apply']);
  assert.equal(exitCode, 0, stderr);
}

/** Cuts a file's head off. */
async function damage(path: string): Promise<void> {
  const bytes = await readFile(path);
  await rm(path);
  await writeFile(path, bytes.subarray(100), { mode: 0o444 });
}
