import { readFileSync } from 'node:fs';
import { findPackageJSON } from 'node:module';
import { dirname, join } from 'node:path';

/** The version in package.json, the one that is nearest above this file. */
export function version(): string {
  const manifest = JSON.parse(readFileSync(manifestFile(), 'utf8')) as { readonly version: string };
  return manifest.version;
}

/** A file that the package brings for users, by its path in it. */
export function packagedText(path: string): string {
  return readFileSync(join(dirname(manifestFile()), path), 'utf8');
}

function manifestFile(): string {
  const found = findPackageJSON(import.meta.url);
  if (found === undefined) throw new Error('package.json is missing');
  return found;
}
