import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { suite, test } from 'node:test';
import { root } from './documents.ts';

/** The files that are, or are to be, under version control; all of them where there is no repository. */
function projectFiles(): string[] {
  try {
    const list = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { cwd: root });
    return list
      .toString()
      .split('\0')
      .filter((path) => path !== '' && existsSync(join(root, path)));
  } catch {
    const top = ['*.*', '.github/*', '.ci/*', '{bin,docs,scripts,src,test,bench}/**/*.*'];
    return globSync(top, { cwd: root }).map((path) => path.replaceAll('\\', '/'));
  }
}

function read(path: string): string {
  return readFileSync(join(root, path), 'utf8');
}

/** The anchors that GitHub gives a document's headings. */
function anchorsOf(text: string): Set<string> {
  const headings = text.replaceAll(/^```.*?^```$/gms, '').matchAll(/^#+ (.*)$/gm);
  return new Set(
    [...headings].map(([, title = '']) =>
      title
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  );
}

const files = projectFiles();
const markdown = files.filter((path) => path.endsWith('.md'));

suite('links', () => {
  test('every relative link leads to a file, and its anchor to a heading', () => {
    assert.ok(markdown.length > 10);
    for (const path of markdown) {
      const prose = read(path)
        .replaceAll(/^```.*?^```$/gms, '')
        .replaceAll(/`[^`\n]*`/g, '');
      for (const [, target = ''] of prose.matchAll(/\]\(([^)\s]+)\)/g)) {
        if (/^[a-z]+:/.test(target)) continue;
        const [file = '', anchor] = target.split('#');
        const found = file === '' ? path : join(dirname(path), file).replaceAll('\\', '/');
        assert.ok(existsSync(join(root, found)), `${path}: ${target} is not there`);
        if (anchor !== undefined) assert.ok(anchorsOf(read(found)).has(anchor), `${path}: ${target} is no heading`);
      }
    }
  });

  test('every path of CODEOWNERS exists', () => {
    const patterns = read('.github/CODEOWNERS')
      .split('\n')
      .filter((line) => line.trim() !== '' && !line.startsWith('#'))
      .map((line) => line.split(/\s+/)[0]?.replace(/^\//, '') ?? '');
    assert.ok(patterns.length > 0);
    for (const pattern of patterns) {
      const found = globSync(pattern.endsWith('/') ? `${pattern}**` : pattern, { cwd: root });
      assert.ok(found.length > 0, pattern);
    }
  });
});

// Written so that this file does not find itself.
const places = /(?<![\w.<>}$-])\/(?:work|root|home|Users)\//;
const packageHosts = /\bregistry\.[a-z]|\bnpm\.pkg\.[a-z]|\b(?:artifactory|verdaccio)\.[a-z]/i;
const makers =
  /\b(?:Cl[a]ude|Anthr[o]pic|Open[A]I|Chat[G]PT|Cop[i]lot|L[L]Ms?|A[I]|(?:coding|autonomous|sub)[ -]?agents?|language m[o]dels?)\b/;

suite('what no file says', () => {
  const texts = files
    .filter((path) => !/\.(?:gz|parquet|db|png|zst)$/.test(path))
    .map((path) => ({ path, text: read(path) }));

  test('where on some machine it was made', () => {
    for (const { path, text } of texts) assert.doesNotMatch(text, places, path);
  });

  test('from which package registry', () => {
    for (const { path, text } of texts) assert.doesNotMatch(text, packageHosts, path);
  });

  test('by whom', () => {
    for (const { path, text } of texts.filter((file) => file.path !== 'package-lock.json'))
      assert.doesNotMatch(text, makers, path);
  });
});
