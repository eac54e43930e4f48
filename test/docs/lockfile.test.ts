import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { root } from './documents.ts';

type Entry = {
  readonly resolved?: string;
  readonly link?: true;
  readonly optionalDependencies?: Record<string, string>;
};

const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
  readonly packages: Record<string, Entry>;
};

suite('the lock file', () => {
  test('names no registry: npm takes every package from the one that its user has', () => {
    for (const [path, { resolved, link }] of Object.entries(packages))
      assert.ok(resolved === undefined || link === true, `${path} names where it came from`);
  });

  test('has every optional package, of the other platforms too: npm leaves out what a registry does not have', () => {
    for (const [path, { optionalDependencies = {} }] of Object.entries(packages)) {
      for (const name of Object.keys(optionalDependencies)) {
        const places = foldersFrom(path).map((folder) => `${folder}node_modules/${name}`);
        assert.ok(
          places.some((place) => place in packages),
          `${name} of ${path} is missing`,
        );
      }
    }
  });
});

/** Where npm looks for what the package at a path needs: in its own folder and in those further up. */
function foldersFrom(path: string): string[] {
  const parts = path.split('/node_modules/');
  return ['', ...parts.map((_, at) => `${parts.slice(0, at + 1).join('/node_modules/')}/`)];
}
