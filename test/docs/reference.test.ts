import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, suite, test } from 'node:test';
import { environmentName, readConfig, settingNames } from '../../src/config/config.ts';
import { columnsOf, contractVersion, type Dataset } from '../../src/core/contract.ts';
import { endpoints, parseEndpoint, type Ladder } from '../../src/core/names.ts';
import { adjustableLimits, limits } from '../../src/core/limits.ts';
import { logTables } from '../../src/core/log-tables.ts';
import { readDatabase } from '../support/duckdb.ts';
import { makeLake } from '../support/gexlake.ts';
import { bare, codeSpans, column, readDocument, section, tableRows } from './documents.ts';
import { commonOptions, programCommands } from './program.ts';

const cli = readDocument('docs/cli.md');
const layout = readDocument('docs/data-layout.md');

suite('docs/cli.md', () => {
  test('has a section for every command, and in it exactly its options', async () => {
    const commands = await programCommands();
    const headings = [...cli.text.matchAll(/^## `gexlake ([a-z -]+)`$/gm)].map(([, name]) => name ?? '');
    assert.deepEqual(headings.sort(), commands.map(({ name }) => name).sort());
    for (const { name, options } of commands) {
      const rows = tableRows(section(cli, `\`gexlake ${name}\``)).filter((row) => row['option'] !== undefined);
      assert.deepEqual(rows.map((row) => bare(row['option'])).sort(), [...options].sort(), name);
    }
    const everywhere = tableRows(section(cli, 'Every command')).flatMap((row) => codeSpans(row['option'] ?? ''));
    assert.deepEqual(everywhere.filter((option) => option.startsWith('--')).sort(), [...commonOptions].sort());
  });

  test('help tells defaults as they are typed, and none where nothing is given', async () => {
    const odd = (await programCommands()).filter(({ help }) => /\(default:\s+(?:["[{]|\))/.test(help));
    assert.deepEqual(
      odd.map(({ name }) => name),
      [],
    );
  });

  test('has every setting with its environment variable and default', async () => {
    const { settings } = await readConfig({ data_dir: 'data' }, { GEXLAKE_THREADS: '2' });
    const rows = tableRows(section(cli, 'Settings')).filter((row) => row['setting'] !== undefined);
    assert.deepEqual(
      rows.map((row) => [bare(row['setting']), bare(row['environment'])]),
      settingNames.map((name) => [name, environmentName(name)]),
    );
    for (const row of rows) {
      const given = codeSpans(row['default'] ?? '')[0];
      const value = settings[bare(row['setting']) as (typeof settingNames)[number]];
      if (given !== undefined && given !== './data')
        assert.deepEqual(JSON.parse(/^\d+$/.test(given) ? given : `"${given}"`), value, row['setting'] ?? '');
    }
  });

  test('has every limit that can be set, with its default', () => {
    const documented = tableRows(section(cli, 'Limits')).map((row) => [bare(row['limit']), Number(row['default'])]);
    assert.deepEqual(
      documented,
      adjustableLimits.map((name) => [name, limits[name]]),
    );
  });
});

suite('docs/data-layout.md', () => {
  test('has every endpoint with the vendor’s words, and aliases that are understood', () => {
    const rows = tableRows(section(layout, 'Endpoints'));
    assert.deepEqual(
      rows.map((row) => [bare(row['endpoint']), row['package'], row['category'], row['ladder']]),
      endpoints.map(({ name, package: pack, category, ladder }) => [name, pack, category, ladder]),
    );
    for (const row of rows) {
      const aliases = [
        ...codeSpans(row['aliases'] ?? ''),
        `${row['package']}_${row['category']}`,
        `${row['package']}/${row['category']}`,
      ];
      for (const alias of aliases) assert.equal(parseEndpoint(alias).name, bare(row['endpoint']), alias);
    }
  });

  const kinds: readonly (readonly [string, Ladder, Dataset])[] = [
    ['strikes of gex endpoints', 'gex', 'strikes'],
    ['strikes of greeks endpoints', 'greeks', 'strikes'],
    ['snapshots of gex endpoints', 'gex', 'snapshots'],
    ['snapshots of greeks endpoints', 'greeks', 'snapshots'],
    ['snapshots of orderflow', 'none', 'snapshots'],
  ];
  for (const [heading, ladder, dataset] of kinds) {
    test(`has the columns of ${heading}, in their order, with their types`, () => {
      const documented = tableRows(section(layout, heading)).map((row) => ({
        name: bare(row['column']),
        type: row['type'],
        id: Number(row['id']),
      }));
      for (const endpoint of endpoints.filter((known) => known.ladder === ladder)) {
        assert.deepEqual(documented, columnsOf(endpoint, dataset), endpoint.name);
      }
    });
  }

  test('names the contract version and the metadata that files carry', () => {
    const rows = tableRows(section(layout, 'Parquet'));
    assert.deepEqual(column(section(layout, 'Parquet'), 'key'), [
      'gexlake.contract_version',
      'gexlake.source_checksum',
      'gexlake.writer',
    ]);
    assert.deepEqual(codeSpans(rows[0]?.['value'] ?? ''), [contractVersion]);
  });

  for (const { name, about, columns } of logTables) {
    test(`says of ${name} what its declaration says`, () => {
      const text = section(layout, name);
      assert.ok(text.includes(`\n${about}\n`), about);
      assert.deepEqual(
        tableRows(text).map((row) => [bare(row['column']), row['type'], row['meaning'] ?? '']),
        Object.entries(columns).map(([column, { type, meaning }]) => [column, type, meaning]),
      );
    });
  }

  test('has every table of the log with its columns, in their order, with their types', async () => {
    const lake = await makeLake({ after });
    assert.equal((await lake.run(['enqueue', '2025-10-22_SPX_classic_gex_zero.json'])).exitCode, 0);
    const found = await readDatabase(
      join(lake.folder, 'gex_history.db'),
      'SELECT table_name, column_name, data_type FROM duckdb_columns() WHERE NOT internal ORDER BY table_name, column_index',
    );
    const documented = [
      'archived_sources',
      'data_layout',
      'duties',
      'import_jobs',
      'job_events',
      'job_requests',
      'journal_position',
      'maintenance_runs',
      'notices',
      'parquet_files',
      'purged_files',
      'quality',
      'rechecks',
      'restorations',
      'schema_migrations',
      'source_receipts',
      'source_roots',
      'vendor_calls',
    ].flatMap((table) => tableRows(section(layout, table)).map((row) => [table, bare(row['column']), row['type']]));
    assert.deepEqual(
      documented,
      found.map((row) => [row['table_name'], row['column_name'], row['data_type']]),
    );
  });
});
