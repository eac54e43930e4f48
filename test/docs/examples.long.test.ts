import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { after, suite, test } from 'node:test';
import { runHere, type Ran } from '../support/command-line.ts';
import { codeBlocks, readDocument, root } from './documents.ts';

/*
 * The examples of docs/cli.md are typed, in their order, in one empty folder; the page shows what standard output says. What differs from
 * run to run (ids, times, sizes, the folder) is masked on both sides. A line `…` stands for lines that are left out.
 */

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'gexlake-examples-')));
after(() => rmSync(folder, { recursive: true, force: true }));
const desk = join(folder, 'desk');
mkdirSync(desk);
const command = join(folder, 'gexlake');
writeFileSync(command, `#!/bin/sh\nexec '${process.execPath}' '${join(root, 'bin', 'gexlake.js')}' "$@"\n`);
chmodSync(command, 0o755);

type Example = { readonly command: string; readonly expected: string };

function examplesIn(body: string): Example[] {
  return body
    .split(/^\$ /m)
    .slice(1)
    .map((text) => {
      const end = text.indexOf('\n');
      return { command: text.slice(0, end), expected: text.slice(end + 1) };
    });
}

/** The words of a line that needs no shell. */
function wordsOf(line: string): string[] | null {
  if (!/^gexlake(?: "[^"$`\\]*"| [^"'$`\\|<>&;*~ ]+)*$/.test(line)) return null;
  return [...line.matchAll(/ (?:"([^"]*)"|(\S+))/g)].map(([, quoted, plain]) => quoted ?? plain ?? '');
}

async function type(line: string): Promise<string> {
  const words = wordsOf(line);
  const { exitCode, stdout, stderr } =
    words === null ? inShell(line) : await runHere(words, { cwd: desk, env: { GEXLAKE_ACTOR: 'ana' } });
  assert.equal(exitCode, 0, `${line}\n${stderr}`);
  return stdout;
}

function inShell(line: string): Ran {
  const inherited = Object.entries(process.env).filter(([name]) => !/^(?:GEXLAKE|NODE)_/.test(name));
  const env = {
    ...Object.fromEntries(inherited),
    PATH: `${folder}${delimiter}${process.env['PATH'] ?? ''}`,
    GEXLAKE_ACTOR: 'ana',
  };
  const { status, stdout, stderr } = spawnSync('/bin/sh', ['-c', line], { cwd: desk, env, encoding: 'utf8' });
  return { exitCode: status, stdout, stderr };
}

function mask(text: string): string {
  return text
    .replaceAll(desk, '/desk')
    .replaceAll(/\b[0-9a-f]{64}\b/g, 'SHA')
    .replaceAll(/\b[0-9a-f]{32}\b/g, 'ID')
    .replaceAll(/\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:\.\d+)?Z?(?!\+)/g, 'TIME')
    .replaceAll(/[\w.-]+:\d+:\d+(?::[\da-f.]+)?\b/g, 'OWNER')
    .replaceAll(/\d+(?:\.\d)? k?B\b/g, 'SIZE');
}

/** Lines without what only aligns them. */
function linesOf(text: string): string[] {
  const lines = mask(text)
    .split('\n')
    .map((line) => line.replaceAll(/ {2,}/g, ' ').trim());
  return lines.filter((line) => line !== '');
}

function asJson(text: string): unknown {
  try {
    return JSON.parse(mask(text));
  } catch {
    return undefined;
  }
}

/** The lines of `found` that `expected` shows, with the marks for what it leaves out. */
function shown(found: readonly string[], expected: readonly string[]): string[] {
  const lines: string[] = [];
  let at = 0;
  for (const [index, line] of expected.entries()) {
    if (line !== '…') lines.push(found[at++] ?? '');
    else {
      lines.push(line);
      while (at < found.length && found[at] !== expected[index + 1]) at++;
    }
  }
  return [...lines, ...found.slice(at)];
}

suite('docs/cli.md', () => {
  test('shows what its examples print', async () => {
    const blocks = codeBlocks(readDocument('docs/cli.md')).filter(({ language }) => language === 'console');
    const examples = blocks.flatMap(({ body }) => examplesIn(body));
    assert.ok(examples.length > 8);
    for (const { command: line, expected } of examples) {
      const found = await type(line);
      const json = asJson(expected);
      if (json !== undefined) assert.deepEqual(asJson(found), json, line);
      else assert.deepEqual(shown(linesOf(found), linesOf(expected)), linesOf(expected), line);
    }
  });
});
