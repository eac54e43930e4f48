import assert from 'node:assert/strict';
import { globSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { dataFolder, relativeTo } from '../../src/core/data-folder.ts';
import { formatCanonicalFolder } from '../../src/core/canonical-path.ts';
import { parseEndpoint } from '../../src/core/names.ts';
import {
  allCode,
  allDocuments,
  bare,
  codeSpans,
  governance,
  readDocument,
  root,
  section,
  tableRows,
  type Document,
} from './documents.ts';
import { commonOptions, programCommands } from './program.ts';

const source = globSync('src/**/*.ts', { cwd: root })
  .map((path) => readFileSync(join(root, path), 'utf8'))
  .join('\n');
const words = new Set(source.match(/[A-Za-z_][A-Za-z0-9_]*/g));
const documents = allDocuments();

/** Options in the documents that are other programs’. */
const foreignOptions = new Set(
  (
    '--check --quiet --name --long --ignore-scripts --omit --workspaces --system --home-dir --shell --now --unit --output ' +
    '--file --tag --detach --read-only --tmpfs --cap-drop --publish --volume --env'
  ).split(' '),
);

/** Names of DuckDB and of Parquet’s own metadata that the documents speak of. */
const foreignNames = new Set(['read_json', 'created_by']);

function environmentNames(text: string): string[] {
  return [...new Set(text.match(/\bGEXLAKE_[A-Z_]+\b/g))].sort();
}

/** The commands that a document writes: what follows `gexlake` where it stands as code, footers and hashes aside. */
function commandsIn(document: Document): string[][] {
  const found = allCode(document).matchAll(
    /\bgexlake(?! (?:version|content) \d)((?: [a-z]+(?:-[a-z]+)*(?![\w./:-]))+)/g,
  );
  return [...found].map(([, text]) => (text ?? '').trim().split(' '));
}

function isEndpoint(name: string): boolean {
  try {
    return parseEndpoint(name).name !== '';
  } catch {
    return false;
  }
}

suite('names in the documents', () => {
  test('every path of the data folder is in the governing document and in the data layout', () => {
    const folder = dataFolder('/data');
    const paths = Object.values(folder).filter((path) => path !== folder.root);
    for (const { path, text } of [readDocument(governance), readDocument('docs/data-layout.md')]) {
      for (const known of paths)
        assert.ok(text.includes(relativeTo(folder, known)), `${path} lacks ${relativeTo(folder, known)}`);
      assert.ok(
        text.includes(formatCanonicalFolder({ month: 'YYYY-MM', ticker: '<ticker>', endpoint: '<endpoint>' })),
        path,
      );
    }
  });

  test('ARCHITECTURE.md has every room', () => {
    const rows = tableRows(section(readDocument('ARCHITECTURE.md'), 'Rooms')).map((row) => bare(row['room']));
    const rooms = readdirSync(join(root, 'src'), { withFileTypes: true }).filter((entry) => entry.isDirectory());
    assert.deepEqual(rows.sort(), rooms.map(({ name }) => name).sort());
  });

  test('every table of the program is in the governing document', () => {
    const { text } = readDocument(governance);
    const tables = [...source.matchAll(/CREATE TABLE (?:IF NOT EXISTS )?(\w+)/g)].map(([, table]) => table ?? '');
    assert.ok(tables.length > 0);
    for (const table of [...tables, 'staging_strikes_', 'strikes', 'snapshots']) assert.ok(text.includes(table), table);
  });

  test('every environment variable of the program is documented, and no other', () => {
    const forTests = new Set(['GEXLAKE_FAULT']);
    const forUsers = environmentNames(source).filter((name) => !forTests.has(name));
    assert.deepEqual(environmentNames(readDocument('docs/cli.md').text), forUsers);
    for (const { path, text } of documents) {
      for (const name of environmentNames(text)) {
        assert.ok(source.includes(name) || name === 'GEXLAKE_CRASH_TESTS', `${path} names ${name}`);
      }
    }
  });

  test('every command in the documents is one of the program', async () => {
    const known = new Set((await programCommands()).map(({ name }) => name));
    const parents = new Set([...known].filter((name) => name.includes(' ')).map((name) => name.split(' ')[0]));
    for (const document of documents) {
      for (const [first = '', second] of commandsIn(document)) {
        assert.ok(known.has(first), `${document.path} names gexlake ${first}`);
        if (second === undefined || !parents.has(first)) continue;
        assert.ok(known.has(`${first} ${second}`), `${document.path} names gexlake ${first} ${second}`);
      }
    }
  });

  test('every option in the documents is one of the program', async () => {
    const known = new Set([
      ...commonOptions,
      '--version',
      ...(await programCommands()).flatMap(({ options }) => options),
    ]);
    for (const document of documents) {
      for (const [option] of allCode(document).matchAll(/(?<![\w-])--[a-z][a-z0-9-]*/g)) {
        assert.ok(known.has(option) || foreignOptions.has(option), `${document.path} names ${option}`);
      }
    }
  });

  test('every name with an underscore, of a column, table, setting or field, is one of the program', () => {
    for (const { path, text } of documents) {
      for (const span of codeSpans(text)) {
        if (/^[a-z]+(?:_[a-z0-9]+)+$/.test(span))
          assert.ok(words.has(span) || foreignNames.has(span) || isEndpoint(span), `${path} names ${span}`);
      }
    }
  });

  test('README has every command, and its scripts are those of package.json', async () => {
    const readme = readDocument('README.md');
    const named = new Set(commandsIn(readme).map(([first]) => first));
    for (const { name } of await programCommands()) assert.ok(named.has(name.split(' ')[0]), name);
    const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
      scripts: Record<string, string>;
    };
    for (const document of documents) {
      for (const [, script = ''] of allCode(document).matchAll(/\bnpm (?:run )?(test|(?<=run )[a-z:]+)/g)) {
        assert.ok(script in scripts, `${document.path} names npm script ${script}`);
      }
    }
  });
});
