import { homedir, userInfo } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { GexlakeError } from '../core/errors.ts';
import { mustBeOneLine } from './one-line.ts';
import { readers, settingNames } from './readers.ts';
import { readSettingsFile } from './settings-file.ts';
import type { Settings } from './settings.ts';

export { environmentName, settingNames } from './readers.ts';
export type { Settings } from './settings.ts';
export { readTokens } from './tokens.ts';

export type Origin = 'flag' | 'environment' | 'gexlake.toml' | 'default';

/** The settings of one run, read once, and where each is from. */
export type Config = {
  readonly settings: Settings;
  readonly origins: Readonly<Record<keyof Settings, Origin>>;
  readonly actor: string;
  /** The folder of the user's own keys (XDG base directories). */
  readonly key_folder: string;
};

export type Flags = { readonly [K in keyof Settings]?: unknown };

/** Where settings are given, the first one first. */
type Sources = {
  readonly flags: Flags;
  readonly environment: NodeJS.ProcessEnv;
  readonly file: Readonly<Record<string, unknown>>;
};

/**
 * Reads the settings: flag over environment over `gexlake.toml` (in the current folder, or where GEXLAKE_CONFIG says) over default.
 * @throws CONFIG_INVALID that names the setting, where it was given, and what is expected
 */
export async function readConfig(flags: Flags, environment: NodeJS.ProcessEnv): Promise<Config> {
  const file = await readSettingsFile(environment['GEXLAKE_CONFIG']);
  const settings: Partial<Record<keyof Settings, unknown>> = {};
  const origins: Partial<Record<keyof Settings, Origin>> = {};
  for (const name of settingNames) {
    const found = findValue(name, { flags, environment, file });
    settings[name] = found === null ? readers[name].default() : checked(name, found.value, found.origin);
    origins[name] = found === null ? 'default' : found.origin;
  }
  // Every name of Settings was read above, each by the reader of its own type.
  return {
    settings: settings as Settings,
    origins: origins as Record<keyof Settings, Origin>,
    actor: readActor(environment['GEXLAKE_ACTOR']),
    key_folder: keyFolder(environment['XDG_CONFIG_HOME']),
  };
}

/** A relative path counts as none, as that specification has it. */
function keyFolder(configHome: string | undefined): string {
  const base = configHome !== undefined && isAbsolute(configHome) ? configHome : join(homedir(), '.config');
  return join(base, 'gexlake', 'keys');
}

function findValue(
  name: keyof Settings,
  { flags, environment, file }: Sources,
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
