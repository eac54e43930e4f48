import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, suite } from 'node:test';
import type { ImportResult } from '../../src/core/job.ts';
import { newJobId } from '../../src/core/ids.ts';
import { makeLake, only, program } from '../support/gexlake.ts';
import { gzipped, name, records } from '../support/records.ts';
import { zipOf } from '../support/zip.ts';
import { long } from '../support/shares.ts';

const lake = await makeLake({ after });
const is = ['--ticker', 'SPX', '--endpoint', 'gex_zero'];

function pipe(
  input: string | Buffer,
  args: readonly string[],
): { status: number | null; stdout: string; stderr: string } {
  const all = [program, ...args, '--json', '--data-dir', lake.folder];
  const { status, stdout, stderr } = spawnSync(process.execPath, all, {
    input,
    cwd: lake.desk,
    encoding: 'utf8',
    timeout: 120_000,
  });
  return { status, stdout, stderr };
}

const inbox = async () => readdir(join(lake.folder, '.inbox')).catch(() => []);

suite('standard input', { concurrency: false }, () => {
  long('is a source like another, and leaves nothing in the inbox', async () => {
    const ran = pipe(gzipped(records(20)), ['import', '-', ...is, '--date', '2025-10-22']);
    const result = only(JSON.parse(ran.stdout) as ImportResult[]);
    assert.deepEqual([ran.status, result.status, result.records_processed], [0, 'completed', 20]);
    assert.equal(result.staged_path, `source/gexbot/${name}`);
    assert.deepEqual(await inbox(), []);
    const again = pipe(JSON.stringify(records(20)), ['import', '-', ...is]);
    assert.equal(only(JSON.parse(again.stdout) as ImportResult[]).skipped, true);
    assert.deepEqual(await inbox(), []);
  });

  long('waits for its job where it is enqueued', async () => {
    const ran = pipe(JSON.stringify(records(20, 100)), ['enqueue', '-', ...is]);
    assert.equal(ran.status, 0, ran.stderr);
    assert.equal((await inbox()).length, 1);
    const result = only(await lake.json<ImportResult[]>(['run']));
    assert.deepEqual([result.status, result.records_processed], ['completed', 20]);
    assert.deepEqual(await inbox(), []);
  });

  long('without a name, or that is no history, is told before there is a job', async () => {
    const jobs = await lake.jobs();
    const unnamed = pipe('[]', ['import', '-']);
    assert.equal(unnamed.status, 2);
    assert.match(unnamed.stderr, /needs --ticker and --endpoint/);
    const parquet = pipe('PAR1', ['import', '-', ...is]);
    assert.equal(only(JSON.parse(parquet.stdout) as ImportResult[]).error?.code, 'SOURCE_FORMAT');
    const zip = only(JSON.parse(pipe(await zipOf({ [name]: '[]' }), ['import', '-', ...is]).stdout) as ImportResult[]);
    assert.match(zip.error?.message ?? '', /standard input is a zip archive/);
    assert.match(zip.error?.hint ?? '', /ends in \.zip/);
    assert.deepEqual([await lake.jobs(), await inbox()], [jobs, []]);
  });

  long('that falls silent without an end is given up, and leaves nothing', async () => {
    for (const [sent, said] of [
      ['', /for 0\.2 s, and it did not end/],
      ['[{', /for 0\.2 s after the first 2 bytes/],
    ] as const) {
      const child = spawn(process.execPath, [program, 'enqueue', '-', ...is, '--data-dir', lake.folder], {
        cwd: lake.desk,
        env: { ...process.env, GEXLAKE_LIMITS: '{"input_silence_ms":200}' },
        stdio: ['pipe', 'ignore', 'pipe'],
      });
      child.stdin.write(sent);
      const ended = new Promise((resolve) => child.once('close', resolve));
      const told = await text(child.stderr);
      assert.deepEqual([await ended, await inbox()], [1, []]);
      assert.match(told, said);
      assert.match(told, /\[SOURCE_SILENT\]/);
      child.stdin.destroy();
    }
  });

  long('that no job waits for goes to the trash after a while', async () => {
    const old = newJobId(Date.now() - 15 * 86_400_000);
    const fresh = newJobId(Date.now());
    for (const id of [old, fresh]) {
      const path = join(lake.folder, '.inbox', id, 'x.json');
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, '[]');
    }
    const { plan } = await lake.json<{ plan: { action: string; path: string }[] }>(['prune', '--apply']);
    assert.deepEqual(
      plan.map(({ action, path }) => [action, path]),
      [['discard', `.inbox/${old}`]],
    );
    assert.deepEqual(await inbox(), [fresh]);
  });
});
