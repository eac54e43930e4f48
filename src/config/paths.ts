import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { isText, type Read } from './values.ts';

/**
 * A path as it was meant. No shell has looked at what stands in a file or in a container's environment, so that `~` is still there.
 * DuckDB takes what follows a question mark in a path for options and would write its journal somewhere else.
 */
export function readPath(given: unknown): Read<string> {
  if (!isText(given) || given.trim() === '') return { expected: 'a path: it is empty' };
  if (given !== given.trim()) return { expected: 'a path without blanks before or behind it' };
  const drive = /^([A-Za-z]):(?=[\\/]|$)(.*)$/s.exec(given);
  if (process.platform !== 'win32' && drive !== null) {
    const [, letter = '', rest = ''] = drive;
    return {
      expected: `a path of this system: in WSL that is /mnt/${letter.toLowerCase()}${rest.replaceAll('\\', '/')}`,
    };
  }
  if (process.platform !== 'win32' && given.startsWith('\\\\'))
    return { expected: 'a path of this system: mount the Windows share, and give the path that it has then' };
  const home = /^~(?=\/|$)(.*)$/s.exec(given);
  if (home === null && given.startsWith('~'))
    return { expected: 'a path without another user’s ~; or with ./ before it, if the folder has that name' };
  const path = resolve(home === null ? given : join(homedir(), home[1] ?? ''));
  return path.includes('?') ? { expected: 'a path without a question mark' } : { value: path };
}
