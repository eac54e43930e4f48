import type { Command } from 'commander';
import { environmentName, settingNames, type Config, type Settings } from '../config/config.ts';
import { maskedKey, redactText, redactUrl } from '../core/redact.ts';
import { toText } from '../core/row-texts.ts';
import type { NoticeTarget } from '../core/notices.ts';
import type { TokenEntry } from '../core/tokens.ts';
import { makeCommand, openConfig, type CommonOptions } from './command-line.ts';
import { terminalWidth, writeData, writeJson } from './output.ts';
import { renderTable } from './table.ts';

export function configCommand(): Command {
  const show = makeCommand('show', 'show every setting, its value and where it comes from', [
    'config show',
    'config show --json',
  ]).action(async (_options: unknown, command: Command) => {
    const options = command.optsWithGlobals<CommonOptions>();
    const rows = shownSettings(await openConfig(options));
    if (options.json === true) writeJson(rows);
    else
      writeData(
        renderTable(
          ['SETTING', 'VALUE', 'FROM', 'ENVIRONMENT'].map((title) => ({ title })),
          rows.map((row) => [row.setting, toText(row.value), row.origin, row.environment]),
          terminalWidth(),
        ),
      );
  });
  return makeCommand('config', 'the settings: flag over environment over gexlake.toml over default', [
    'config show',
  ]).addCommand(show);
}

/** A setting as it may be shown, and where it is from. */
type ShownSetting = {
  readonly setting: string;
  readonly value: unknown;
  readonly origin: string;
  readonly environment: string;
};

export function shownSettings({ settings, origins }: Config): ShownSetting[] {
  return settingNames.map((name) => ({
    setting: name,
    value: name === 'log_mode' ? settings[name].toString(8).padStart(4, '0') : shown(name, settings[name]),
    origin: origins[name],
    environment: environmentName(name),
  }));
}

/** Settings may be shown as they are, but a proxy or an origin that was given with a password must not, nor what a token's hash is, nor where messages go. */
function shown(name: keyof Settings, value: Settings[keyof Settings]): unknown {
  if (typeof value === 'string' && name === 'gexbot_key') return maskedKey(value);
  if (typeof value === 'string') return name === 'proxy' ? redactUrl(value) : redactText(value);
  if (!Array.isArray(value) || name === 'subscribe') return value;
  return (value as readonly (string | TokenEntry | NoticeTarget)[]).map((item) => {
    if (typeof item === 'string') return redactText(item);
    return 'url' in item ? `${item.form}+${URL.parse(item.url)?.origin ?? ''}/…` : `${item.name}:${item.role}:…`;
  });
}
