import { readFileSync } from 'node:fs';

/** The version in package.json, which lies two folders above this file in the sources and in the build alike. */
export function version(): string {
  const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    readonly version: string;
  };
  return manifest.version;
}
