import assert from 'node:assert/strict';
import { join } from 'node:path';
import { layoutVersion } from '../../src/core/data-folder.ts';
import { editLog, runOn } from '../support/duckdb.ts';
import { errorOf, makeLake } from '../support/gexlake.ts';
import { name, put, records } from '../support/records.ts';
import { long } from '../support/shares.ts';

long('a data folder says its layout, and one from before there was a number is brought up to date', async (context) => {
  const lake = await makeLake(context);
  assert.equal((await lake.run(['import', await put(lake.desk, name, records(3))])).exitCode, 0);
  const log = join(lake.folder, 'gex_history.db');
  assert.deepEqual(await runOn(log, 'SELECT version FROM data_layout'), [{ version: layoutVersion }]);
  await runOn(log, 'DROP TABLE data_layout');
  await runOn(log, 'DROP TABLE journal_position');
  await editLog(log, 'DELETE FROM schema_migrations WHERE version IN (4, 8)');
  const report = await lake.json<{ layout: object }>(['migrate']);
  assert.deepEqual(report.layout, { found: 1, known: layoutVersion });
  assert.equal((await lake.jobs()).length, 1);
  assert.equal((await lake.run(['enqueue', await put(lake.desk, name, records(4))])).exitCode, 0);
  assert.deepEqual(await runOn(log, 'SELECT version FROM data_layout'), [{ version: layoutVersion }]);
});

long(
  'a newer layout is refused by every command that looks at the data folder, and nothing changes',
  async (context) => {
    const lake = await makeLake(context);
    const source = await put(lake.desk, name, records(3));
    assert.equal((await lake.run(['import', source])).exitCode, 0);
    const [job] = await lake.jobs();
    const id = job?.id ?? '';
    await runOn(join(lake.folder, 'gex_history.db'), `UPDATE data_layout SET version = ${layoutVersion + 1}`);
    const before = await lake.tree('.');
    const folder = 'parquet/gex/2025/10/SPX/gex_zero';
    const commands: readonly (readonly string[])[] = [
      ['import', source],
      ['enqueue', source],
      ['run'],
      ['jobs'],
      ['jobs', 'show', id],
      ['jobs', 'retry', id],
      ['query', 'SELECT 1'],
      ['correct', id, source, '--reason', 'x'],
      ['compact', folder, '--reason', 'x'],
      ['verify'],
      ['prune'],
      ['archive', `source/gexbot/${name}`],
      ['migrate', lake.desk, '--apply'],
    ];
    for (const args of commands) {
      const ran = await lake.run([...args, '--json']);
      assert.equal(ran.exitCode, 1, `${args.join(' ')}: ${ran.stdout}${ran.stderr}`);
      const error = errorOf(ran);
      assert.equal(error.code, 'LAYOUT_NEWER', args.join(' '));
      assert.match(
        error.message,
        new RegExp(`layout ${layoutVersion + 1}; this gexlake knows layouts up to ${layoutVersion}`),
      );
    }
    assert.deepEqual(await lake.tree('.'), before);
  },
);
