import { availableParallelism, homedir, userInfo } from 'node:os';
import { join, resolve } from 'node:path';
import { parse as parseToml } from 'smol-toml';
import { GexlakeError } from './core/errors.ts';
import { adjustableLimits, type LimitOverrides } from './core/limits.ts';
import { parseTokenEntry, type TokenEntry } from './core/tokens.ts';
import { readTextOrPipe } from './platform/files.ts';

/** Every setting with its value's type. Units are in the names. */
export type Settings = {
  readonly data_dir: string;
  readonly host: string;
  readonly port: number;
  readonly source_allow: readonly string[];
  /** The proxy that hosts are fetched through, with its user name and password; null for none. */
  readonly proxy: string | null;
  readonly memory_mb: number;
  readonly threads: number;
  readonly staged_days: number;
  readonly raw_days: number;
  /** The rights of the databases and of their copies, as a number. */
  readonly log_mode: number;
  /** Who may use the service; without any, everybody who can reach the loopback address. */
  readonly tokens: readonly TokenEntry[];
  /** A file with more of them, one a line; null where there is none. */
  readonly tokens_file: string | null;
  /** Origins whose pages may use the service from a browser. */
  readonly cors_origins: readonly string[];
  /** Megabytes of records that a request may bring itself; 0: none. */
  readonly max_upload_mb: number;
  /** Limits that are set otherwise than in core/limits.ts. */
  readonly limits: LimitOverrides;
};

export type Origin = 'flag' | 'environment' | 'gexlake.toml' | 'default';

/** The settings of one run, read once, and where each is from. */
export type Config = {
  readonly settings: Settings;
  readonly origins: Readonly<Record<keyof Settings, Origin>>;
  readonly actor: string;
};

type Read<T> = { readonly value: T } | { readonly expected: string };
type Reader<T> = {
  readonly environment: string;
  readonly default: () => T;
  readonly read: (value: unknown) => Read<T>;
  /** Whether a value that cannot be read must not be shown, since it may be a secret in the wrong place. */
  readonly secret?: boolean;
};

const readers: { readonly [K in keyof Settings]: Reader<Settings[K]> } = {
  data_dir: {
    environment: 'GEXLAKE_DATA_DIR',
    default: () => resolve('data'),
    read: readPath,
  },
  host: {
    environment: 'GEXLAKE_HOST',
    default: () => '127.0.0.1',
    read: (value) => (isText(value) && !/\s/.test(value) ? { value } : { expected: 'a host name or address' }),
  },
  port: { environment: 'GEXLAKE_PORT', default: () => 8877, read: wholeNumber(0, 65_535) },
  source_allow: { environment: 'GEXLAKE_SOURCE_ALLOW', default: () => [], read: readOrigins },
  proxy: { environment: 'GEXLAKE_PROXY', default: () => null, read: readProxy, secret: true },
  memory_mb: { environment: 'GEXLAKE_MEMORY_MB', default: () => 512, read: wholeNumber(64, 1_048_576) },
  threads: { environment: 'GEXLAKE_THREADS', default: availableParallelism, read: wholeNumber(1, 1024) },
  staged_days: { environment: 'GEXLAKE_STAGED_DAYS', default: () => 14, read: wholeNumber(0, 36_500) },
  raw_days: { environment: 'GEXLAKE_RAW_DAYS', default: () => 0, read: readRawDays },
  log_mode: { environment: 'GEXLAKE_LOG_MODE', default: () => 0o600, read: readLogMode },
  tokens: { environment: 'GEXLAKE_TOKENS', default: () => [], read: readTokenEntries, secret: true },
  tokens_file: {
    environment: 'GEXLAKE_TOKENS_FILE',
    default: () => null,
    read: readPath,
  },
  cors_origins: {
    environment: 'GEXLAKE_CORS_ORIGINS',
    default: () => ['https://www.gexbot.com', 'https://gexbot.com'],
    read: readCorsOrigins,
  },
  max_upload_mb: { environment: 'GEXLAKE_MAX_UPLOAD_MB', default: () => 32, read: wholeNumber(0, 512) },
  limits: { environment: 'GEXLAKE_LIMITS', default: () => ({}), read: readLimits },
};

export const settingNames = Object.keys(readers) as (keyof Settings)[];

export function environmentName(setting: keyof Settings): string {
  return readers[setting].environment;
}

export type Flags = { readonly [K in keyof Settings]?: unknown };

/**
 * Reads the settings: flag over environment over `gexlake.toml` (in the current folder, or where GEXLAKE_CONFIG says) over default.
 * @throws CONFIG_INVALID that names the setting, where it was given, and what is expected
 */
export async function readConfig(flags: Flags, environment: NodeJS.ProcessEnv): Promise<Config> {
  const file = await readFile(environment['GEXLAKE_CONFIG']);
  const settings: Partial<Record<keyof Settings, unknown>> = {};
  const origins: Partial<Record<keyof Settings, Origin>> = {};
  for (const name of settingNames) {
    const found = findValue(name, flags, environment, file);
    settings[name] = found === null ? readers[name].default() : checked(name, found.value, found.origin);
    origins[name] = found === null ? 'default' : found.origin;
  }
  // Every name of Settings was read above, each by the reader of its own type.
  return {
    settings: settings as Settings,
    origins: origins as Record<keyof Settings, Origin>,
    actor: readActor(environment['GEXLAKE_ACTOR']),
  };
}

function findValue(
  name: keyof Settings,
  flags: Flags,
  environment: NodeJS.ProcessEnv,
  file: Readonly<Record<string, unknown>>,
): { value: unknown; origin: Origin } | null {
  if (flags[name] !== undefined) return { value: flags[name], origin: 'flag' };
  const fromEnvironment = environment[readers[name].environment];
  // An empty variable means that nothing is set, but where it would quietly choose another data folder than was meant.
  if (fromEnvironment !== undefined && (fromEnvironment !== '' || name === 'data_dir'))
    return { value: fromEnvironment, origin: 'environment' };
  return file[name] === undefined ? null : { value: file[name], origin: 'gexlake.toml' };
}

function checked(name: keyof Settings, value: unknown, origin: Origin): unknown {
  const given = origin === 'environment' ? readers[name].environment : name;
  if (typeof value === 'string') mustBeOneLine(`${given} (${origin})`, value);
  const result = readers[name].read(value);
  if ('value' in result) return result.value;
  const shown = readers[name].secret === true ? 'not as it must be' : JSON.stringify(value);
  throw new GexlakeError('CONFIG_INVALID', `${given} (${origin}) is ${shown}, expected ${result.expected}`, {
    hint: 'Correct it, or leave it out for the default; `gexlake config show` lists all settings.',
  });
}

/** @throws CONFIG_INVALID where a text has a carriage return or another invisible character, which would become part of a name */
function mustBeOneLine(given: string, value: string): void {
  // Line feeds and tabs are allowed: they separate JSON.
  const found = Array.from(value).find((one) => (one < ' ' && one !== '\n' && one !== '\t') || one === '\u007F');
  if (found === undefined) return;
  const code = `U+${(found.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
  const what = found === '\r' ? 'a carriage return' : `the invisible character ${code}`;
  throw new GexlakeError('CONFIG_INVALID', `${given} has ${what} in it`, {
    hint: 'The file that it is from has the line ends of Windows: save it with those of Linux (`sed -i "s/\\r$//" <file>`).',
  });
}

function configPath(given: string): string {
  mustBeOneLine('GEXLAKE_CONFIG', given);
  const read = readPath(given);
  if ('value' in read) return read.value;
  throw new GexlakeError('CONFIG_INVALID', `GEXLAKE_CONFIG is ${JSON.stringify(given)}, expected ${read.expected}`);
}

async function readFile(path: string | undefined): Promise<Readonly<Record<string, unknown>>> {
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

/**
 * A path as it was meant. No shell has looked at what stands in a file or in a container's environment, so that `~` is still there.
 * DuckDB takes what follows a question mark in a path for options and would write its journal somewhere else.
 */
function readPath(given: unknown): Read<string> {
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
    return { expected: 'a path without another user’s ~; or ./ before it, where the folder is called so' };
  const path = resolve(home === null ? given : join(homedir(), home[1] ?? ''));
  return path.includes('?') ? { expected: 'a path without a question mark' } : { value: path };
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function wholeNumber(least: number, most: number): (value: unknown) => Read<number> {
  return (given) => {
    const value = typeof given === 'string' && /^\d+$/.test(given) ? Number(given) : given;
    const fits = typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most;
    return fits ? { value } : { expected: `a whole number from ${least} to ${most}` };
  };
}

function readRawDays(given: unknown): Read<number> {
  const read = wholeNumber(0, 36_500)(given);
  return 'value' in read && (read.value === 0 || read.value >= 90)
    ? read
    : { expected: '0 (for ever) or a number of days from 90' };
}

/** Octal digits, as chmod takes them. In TOML `0o640` is a number of its own, and a plain 640 cannot mean anything else. */
function readLogMode(given: unknown): Read<number> {
  const forms = typeof given === 'number' ? [given.toString(8), String(given)] : [String(given).replace(/^0o?/, '')];
  const digits = forms.find((form) => /^6[046][046]$/.test(form));
  const expected =
    '0600, 0640 or another mode in octal digits by which the owner may read and write, and nobody execute';
  return digits === undefined ? { expected } : { value: Number.parseInt(digits, 8) };
}

/** Texts separated by commas, or in the file an array of them; null for anything else. */
function readList(given: unknown): readonly string[] | null {
  if (typeof given !== 'string') return Array.isArray(given) && given.every(isText) ? given : null;
  return given
    .split(',')
    .map((item) => item.trim())
    .filter(Boolean);
}

function readOrigins(given: unknown): Read<readonly string[]> {
  const value = readList(given);
  return value === null ? { expected: 'origins or hosts separated by commas' } : { value };
}

function readProxy(given: unknown): Read<string | null> {
  const url = isText(given) ? URL.parse(given) : null;
  const isBare = url !== null && url.pathname === '/' && url.search === '' && url.hash === '';
  const isReadable = !/%(?![0-9a-f]{2})/i.test(`${url?.username}${url?.password}`);
  const fits = isBare && isReadable && /^https?:$/.test(url.protocol);
  return fits ? { value: url.href } : { expected: 'the address of a proxy, such as http://proxy.example:3128' };
}

function readCorsOrigins(given: unknown): Read<readonly string[]> {
  const value = readList(given);
  const fits = value?.every((item) => isExtension(item) || (/^https?:/.test(item) && URL.parse(item)?.origin === item));
  return value !== null && fits === true
    ? { value }
    : { expected: 'origins in full (https://www.gexbot.com, chrome-extension://<id>), separated by commas' };
}

/** The origin of a browser's extension, which is no origin to a URL. */
function isExtension(origin: string): boolean {
  return /^(?:chrome|moz|safari-web)-extension:\/\/[\w-]{1,64}$/.test(origin);
}

const tokenForm = 'entries <name>:<viewer or operator>:<SHA-256 of the token>, as `gexlake token` prints them';

function readTokenEntries(given: unknown): Read<readonly TokenEntry[]> {
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

/** A table of `gexlake.toml`, or a JSON object in the environment. */
function readLimits(given: unknown): Read<LimitOverrides> {
  const value = typeof given === 'string' ? parsed(given) : given;
  const fits =
    typeof value === 'object' &&
    value !== null &&
    Object.entries(value).every(([name, limit]) => isAdjustable(name) && Number.isSafeInteger(limit) && limit >= 0);
  return fits
    ? { value: { ...value } }
    : { expected: `an object of whole numbers by these names: ${adjustableLimits.join(', ')}` };
}

function isAdjustable(name: string): boolean {
  return adjustableLimits.some((known) => known === name);
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return null;
  }
}

/** An empty one is as good as none: the log is to say who it was. */
function readActor(given: string | undefined): string {
  if (given === undefined || given.trim() === '') return userName();
  mustBeOneLine('GEXLAKE_ACTOR', given);
  return given;
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return 'unknown';
  }
}
