import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/*
 * Whoever gives a command a key of the vendor's has what it says, and the data folder in the end, searched for that key and for signed
 * links: over all tests of the suite.
 */

/** What only a signed link has, in any form. */
const signs = ['sig=', 'sig%3D', 'skoid', 'sp=r&'];

/** Nothing may have the keys, or any part of a signed query. */
export function hasNoSecret(what: string, text: string, keys: Iterable<string>): void {
  for (const secret of [...keys, ...signs]) {
    const at = text.indexOf(secret);
    assert.ok(at < 0, `${what} has ${secret}: ${text.slice(Math.max(0, at - 60), at + 60)}`);
  }
}

/** Searches every file below a folder, and its path. Gives how many there are. */
export async function searchFolder(folder: string, keys: Iterable<string>): Promise<number> {
  const secrets = [...keys];
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  for (const path of files) {
    hasNoSecret('the name of a file', path, secrets);
    // What is gone meanwhile says nothing.
    hasNoSecret(path, (await readFile(path).catch(() => Buffer.of())).toString('latin1'), secrets);
  }
  return files.length;
}
