import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { chmod, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { promisify } from 'node:util';
import { DuckDBInstance, type JS } from '@duckdb/node-api';
import { createApp } from '../../src/app/app.ts';
import { readConfig } from '../../src/config/config.ts';
import type { SampleOptions } from '../../src/sample/sample.ts';
import { makeLake } from '../support/gexlake.ts';
import { put, sampleDay } from '../support/records.ts';
import { allDocuments, codeBlocks, governance, readDocument, root, type CodeBlock } from './documents.ts';

/*
 * Every block of SQL in the documents is run, in its order, on a small data folder. `sql` is for `gexlake query`, `sql duckdb` for
 * any DuckDB that was started in the data folder. The shell blocks of the governing document are run there, too.
 */

type Session = readonly [string, Partial<SampleOptions>];

const sessions: readonly [Session, ...Session[]] = [
  ['2025-10-22_NQ_NDX_classic_gex_zero.json', { ticker: 'NQ_NDX', endpoint: 'gex_zero', records: 60, strikes: 8 }],
  ['2025-10-22_SPX_state_gex_zero.json', { ticker: 'SPX', endpoint: 'state_gex_zero', records: 20, strikes: 8 }],
  ['2025-10-22_NDX_state_gamma_one.json', { ticker: 'NDX', endpoint: 'state_gamma_one', records: 20, strikes: 8 }],
  ['2025-10-22_QQQ_orderflow_orderflow.json', { ticker: 'QQQ', endpoint: 'orderflow', records: 20 }],
];

const shell = promisify(execFile);
const lake = await makeLake({ after });
const bin = lake.desk;

before(async () => {
  const paths: string[] = [];
  for (const [name, options] of sessions) paths.push(await put(lake.desk, name, sampleDay(options).bytes));
  const results = await lake.import(paths);
  assert.deepEqual(
    results.map((result) => result.status),
    sessions.map(() => 'completed'),
  );
  // So that `gexlake` in a shell block is the built program.
  const command = join(bin, 'gexlake');
  await writeFile(command, `#!/bin/sh\nexec '${process.execPath}' '${join(root, 'bin', 'gexlake.js')}' "$@"\n`);
  await chmod(command, 0o755);
});

async function runBlock({ language, body }: CodeBlock, folder = lake.folder): Promise<readonly unknown[]> {
  if (language === 'sql') return queryLake(body);
  if (language === 'sql duckdb') return queryDuckDb(body);
  const { stdout } = await shell('/bin/sh', ['-e', '-c', body], {
    cwd: folder,
    env: { ...process.env, PATH: `${bin}${delimiter}${process.env['PATH'] ?? ''}` },
  });
  return stdout.split('\n').filter((line) => line !== '');
}

async function queryLake(sql: string): Promise<readonly unknown[]> {
  const app = createApp(await readConfig({ data_dir: lake.folder }, {}));
  return (await app.query(sql, 1_000)).rows;
}

/** Gives the rows of the last statement that has any. */
async function queryDuckDb(sql: string): Promise<readonly unknown[]> {
  process.chdir(lake.folder);
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  let rows: Record<string, JS>[] = [];
  try {
    const statements = await connection.extractStatements(sql);
    for (let at = 0; at < statements.count; at++) {
      const reader = await (await statements.prepare(at)).runAndReadAll();
      if (reader.columnCount > 0 && reader.currentRowCount > 0) rows = reader.getRowObjectsJS();
    }
  } finally {
    connection.closeSync();
    instance.closeSync();
    process.chdir(root);
  }
  return rows;
}

async function hasCommand(name: string): Promise<boolean> {
  return shell('/bin/sh', ['-c', `command -v ${name}`]).then(
    () => true,
    () => false,
  );
}

/** Shell blocks need the system's own tools, which another system may not have. */
async function canRun({ language, body }: CodeBlock): Promise<boolean> {
  if (language !== 'sh') return true;
  const tools = ['sha256sum', 'zstd'].filter((tool) => body.includes(tool));
  return (await Promise.all(tools.map(hasCommand))).every(Boolean);
}

suite('blocks of code', () => {
  for (const document of allDocuments()) {
    const languages = document.path === governance ? ['sql', 'sql duckdb', 'sh'] : ['sql', 'sql duckdb'];
    const blocks = codeBlocks(document).filter(({ language }) => languages.includes(language));
    if (blocks.length === 0) continue;
    test(`of ${document.path} run`, async () => {
      for (const block of blocks) {
        if (await canRun(block)) await assert.doesNotReject(runBlock(block), `${block.language}\n${block.body}`);
      }
    });
  }

  test('that the governing document says give no rows give none', async () => {
    const document = readDocument(governance);
    const start = document.text.indexOf('must give no rows');
    const blocks = codeBlocks(document).filter(({ language, at }) => language === 'sql' && at > start);
    assert.equal(blocks.length, 4);
    for (const block of blocks) assert.deepEqual(await runBlock(block), [], block.body);
  });

  test('that check sums by hand find a file that was changed', async (t) => {
    const block = codeBlocks(readDocument(governance)).find(({ body }) => body.includes('sha256sum --check'));
    assert.ok(block !== undefined);
    if (!(await canRun(block))) return;
    const other = await makeLake(t);
    await other.import([await put(other.desk, sessions[0][0], sampleDay(sessions[0][1]).bytes)]);
    assert.deepEqual(await runBlock(block, other.folder), []);
    const path = join(other.folder, 'parquet/gex/2025/10/NQ_NDX/gex_zero/strikes.parquet');
    await chmod(path, 0o644);
    await writeFile(path, 'x', { flag: 'a' });
    await assert.rejects(runBlock(block, other.folder), /strikes\.parquet/);
  });
});
