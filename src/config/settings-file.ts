import { join } from 'node:path';
import { parse as parseToml } from 'smol-toml';
import { GexlakeError } from '../core/errors.ts';
import { isPrivate, readTextOrPipe } from '../platform/files.ts';
import { mustBeOneLine } from './one-line.ts';
import { readPath } from './paths.ts';
import { readers, settingNames } from './readers.ts';

function configPath(given: string): string {
  mustBeOneLine('GEXLAKE_CONFIG', given);
  const read = readPath(given);
  if ('value' in read) return read.value;
  throw new GexlakeError('CONFIG_INVALID', `GEXLAKE_CONFIG is ${JSON.stringify(given)}, expected ${read.expected}`);
}

/** What `gexlake.toml` says: in the current folder, or where GEXLAKE_CONFIG says. */
export async function readSettingsFile(path: string | undefined): Promise<Readonly<Record<string, unknown>>> {
  const name = path === undefined ? join(process.cwd(), 'gexlake.toml') : configPath(path);
  const text = await readTextOrPipe(name);
  if (text === null && path === undefined) return {};
  if (text === null) throw new GexlakeError('CONFIG_INVALID', `GEXLAKE_CONFIG names ${name}, which is not there`);
  try {
    const table = parseToml(text);
    const unknown = Object.keys(table).filter((key) => !Object.hasOwn(readers, key));
    if (unknown.length > 0)
      throw new Error(`unknown setting ${unknown.join(', ')}; known are ${settingNames.join(', ')}`);
    if ('gexbot_key' in table) await mustBePrivate(name);
    return table;
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    throw new GexlakeError('CONFIG_INVALID', `${name}: ${problem}`, {
      hint: 'Correct the file; docs/cli.md lists the settings.',
      cause: error,
    });
  }
}

/** A key in a file that others can read is a secret no longer. */
async function mustBePrivate(path: string): Promise<void> {
  if (await isPrivate(path)) return;
  throw new Error('it has gexbot_key, and others than its owner may read it: chmod 600, or set GEXLAKE_GEXBOT_KEY');
}
