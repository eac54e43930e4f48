import { GexlakeError } from '../core/errors.ts';
import { parseTokenEntry, type TokenEntry } from '../core/tokens.ts';
import { readTextOrPipe } from '../platform/files.ts';
import type { Settings } from './settings.ts';
import { readList, type Read } from './values.ts';

const tokenForm = 'entries <name>:<viewer or operator>:<SHA-256 of the token>, as `gexlake token` prints them';

export function readTokenEntries(given: unknown): Read<readonly TokenEntry[]> {
  const value = readList(given)?.map(parseTokenEntry);
  const isWhole = value?.every((entry) => entry !== null) === true;
  return isWhole ? { value } : { expected: `${tokenForm}, separated by commas` };
}

/**
 * All tokens: those of the setting, and those of the file that another setting names, one a line.
 * @throws CONFIG_INVALID that names the line and shows nothing of it
 */
export async function readTokens({ tokens, tokens_file }: Settings): Promise<readonly TokenEntry[]> {
  const found = [...tokens];
  const text = tokens_file === null ? '' : await readTextOrPipe(tokens_file);
  if (text === null) throw new GexlakeError('CONFIG_INVALID', `tokens_file names ${tokens_file}, which is not there`);
  for (const [at, line] of text
    .split('\n')
    .map((item) => item.trim())
    .entries()) {
    if (line === '' || line.startsWith('#')) continue;
    const entry = parseTokenEntry(line);
    if (entry === null) throw invalidTokens(`${tokens_file}, line ${at + 1}: expected ${tokenForm}`);
    found.push(entry);
  }
  const twice = found.find(({ name }, at) => found.findIndex((other) => other.name === name) !== at);
  if (twice !== undefined) throw invalidTokens(`two tokens have the name ${twice.name}`);
  return found;
}

function invalidTokens(problem: string): GexlakeError {
  return new GexlakeError('CONFIG_INVALID', problem, {
    hint: 'Make an entry with: gexlake token <name> --role viewer',
  });
}
