import assert from 'node:assert/strict';
import { chmod, lstat, readdir } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { suite } from 'node:test';
import type { VerifyReport } from '../../src/app/app.ts';
import { dayImported } from '../support/day-imported.ts';
import { makeLake, type Lake, type RunOptions } from '../support/gexlake.ts';
import { name, put, record, records } from '../support/records.ts';
import type { Pruned } from '../support/old-jobs.ts';
import { long, test } from '../support/shares.ts';

/** Every file and folder of a data folder with its mode. */
async function modes(lake: Lake): Promise<Map<string, string>> {
  const found = new Map([['.', await modeAt(lake.folder)]]);
  for (const entry of await readdir(lake.folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    found.set(relative(lake.folder, path), await modeAt(path));
  }
  return found;
}

async function modeAt(path: string): Promise<string> {
  return ((await lstat(path)).mode & 0o777).toString(8).padStart(4, '0');
}

/** Runs under the mask of a user who lets everybody do everything, or another one. */
async function runMasked(lake: Lake, mask: number, args: readonly string[], options: RunOptions = {}): Promise<void> {
  const before = process.umask(mask);
  const running = lake.start(args, options);
  process.umask(before);
  const { exitCode, stderr } = await running.ended;
  assert.equal(exitCode, 0, stderr);
}

suite('modes', () => {
  test('databases and their copies are for their owner only, folders as the data folder, what is kept read-only for all', async (context) => {
    const lake = await makeLake(context);
    await runMasked(lake, 0, ['import', await put(lake.desk, name, [record(-86_400), ...records(20)])]);
    await runMasked(lake, 0, ['backup', '--apply']);
    const found = await modes(lake);
    for (const [path, mode] of found) {
      const expected = path.startsWith('backups') ? '0400' : '0600';
      const isJournal = /(?:^|\/)log(?:\/|$)/.test(path);
      if (isJournal)
        assert.equal(mode, /(?:\/tail\/\d+|\.p\/\d+|\/secrets|\/checkpoint)$/.test(path) ? expected : '0700', path);
      else if (path.endsWith('.db')) assert.equal(mode, expected, path);
      else if (/\.(?:parquet|json|ndjson)$|SUMS$/.test(path)) assert.equal(mode, '0444', path);
      else assert.equal(mode, '0750', path);
    }
    for (const path of [
      'gex_history.db',
      'log/tail/000000000000',
      'gex_data.db',
      'parquet/gex/2025/10/SPX/gex_zero',
      'quarantine',
    ])
      assert.ok(found.has(path), path);

    const rows = join(lake.desk, 'rows.parquet');
    await runMasked(lake, 0o022, ['query', 'FROM snapshots', '--out', rows]);
    assert.equal(await modeAt(rows), '0644', 'what somebody asks for by its name is as their other files');
  });

  long('nor is what a kill leaves, or a report, another', async (context) => {
    const lake = await makeLake(context);
    await runMasked(lake, 0, ['import', await put(lake.desk, name, records(20))]);
    // A kill leaves the journal of the log, which the engine makes by itself.
    const killed = lake.start(['import', await put(lake.desk, `later/${name}`, records(40))], {
      env: { GEXLAKE_FAULT: 'killall@log:committed#2' },
    });
    await killed.ended;
    assert.equal((await modes(lake)).get('gex_history.db.wal') ?? '0600', '0600');

    const report = join(lake.desk, 'report.md');
    await runMasked(lake, 0o022, ['reconcile', '--month', '2025-10', '--out', report]);
    assert.equal(await modeAt(report), '0644', 'what somebody asks for by its name is as their other files');
  });

  long('log_mode opens the databases to a group, and a stricter mask of the user stays', async (context) => {
    const lake = await makeLake(context);
    const env = { GEXLAKE_LOG_MODE: '0640' };
    await runMasked(lake, 0o077, ['import', await put(lake.desk, name, records(20))], { env });
    await runMasked(lake, 0o022, ['backup', '--apply'], { env });
    const found = await modes(lake);
    assert.deepEqual([found.get('.'), found.get('parquet'), found.get('gex_history.db')], ['0700', '0700', '0640']);
    const copies = [...found].filter(([path]) => /^backups.*db$/.test(path));
    assert.deepEqual(new Set(copies.map(([, mode]) => mode)), new Set(['0440']));
    const wrong = await lake.run(['jobs'], { env: { GEXLAKE_LOG_MODE: '0755' } });
    assert.equal(wrong.exitCode, 2);
    assert.match(wrong.stderr, /GEXLAKE_LOG_MODE \(environment\) is "0755", expected 0600, 0640/);
  });

  long('what is open is noted, and tightened only where that is asked for', async (context) => {
    const { lake } = await dayImported(context);
    await runMasked(lake, 0o022, ['backup', '--apply']);
    for (const path of ['gex_history.db', 'gex_data.db']) await chmod(join(lake.folder, path), 0o644);
    await chmod(lake.folder, 0o755);
    await chmod(join(lake.folder, 'log'), 0o750);
    const [snapshot = ''] = await readdir(join(lake.folder, 'backups'));
    const copy = join(lake.folder, 'backups', snapshot, 'gex_history.db');
    await chmod(copy, 0o444);
    const before = await modes(lake);
    const { ok, notes } = await lake.json<VerifyReport>(['verify']);
    assert.deepEqual([ok, notes.map(({ code }) => code)], [true, ['MODES_OPEN']]);
    const plan = await lake.json<Pruned>(['doctor', '--tighten']);
    assert.deepEqual(
      plan.plan.map(({ action, path }) => `${action} ${path}`).sort(),
      ['.', `backups/${snapshot}/gex_history.db`, 'gex_data.db', 'gex_history.db', 'log'].map(
        (path) => `tighten ${path}`,
      ),
    );
    assert.equal((await modes(lake)).get('gex_history.db'), before.get('gex_history.db'));
    await lake.json<Pruned>(['doctor', '--tighten', '--apply', plan.plan_id]);
    const after = await modes(lake);
    assert.deepEqual(
      ['.', 'gex_history.db', 'gex_data.db', `backups/${snapshot}/gex_history.db`, 'log'].map((path) =>
        after.get(path),
      ),
      ['0750', '0600', '0600', '0400', '0700'],
    );
    assert.deepEqual((await lake.json<Pruned>(['doctor', '--tighten'])).plan, []);
    assert.deepEqual((await lake.json<VerifyReport>(['verify'])).notes, []);
  });
});
