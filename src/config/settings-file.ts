import { join } from 'node:path';
import { parse as parseToml } from 'smol-toml';
import { GexlakeError } from '../core/errors.ts';
import { readTextOrPipe } from '../platform/files.ts';
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
    return table;
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    throw new GexlakeError('CONFIG_INVALID', `${name}: ${problem}`, {
      hint: 'Correct the file; docs/cli.md lists the settings.',
      cause: error,
    });
  }
}
