import { Command, Option } from 'commander';
import { createApp, type App } from '../app/app.ts';
import { readConfig, type Config, type Flags } from '../config/config.ts';
import { GexlakeError } from '../core/errors.ts';
import { say } from './output.ts';
import { around, type Surroundings } from './surroundings.ts';

/** Options that every command has. */
export type CommonOptions = { readonly json?: boolean; readonly dataDir?: string };

const dataFolderHelp = 'the data folder (environment: GEXLAKE_DATA_DIR; default: ./data)';

/** A command with the common options and its examples in the help. */
export function makeCommand(
  name: string,
  summary: string,
  examples: readonly string[],
  folderHelp = dataFolderHelp,
): Command {
  const command = new Command(name)
    .description(summary)
    .option('--json', 'print JSON on standard output')
    .addOption(new Option('--data-dir <path>', folderHelp));
  return command.addHelpText('after', `\nExamples:\n${examples.map((example) => `  $ gexlake ${example}`).join('\n')}`);
}

export async function openConfig(options: CommonOptions, flags: Flags = {}): Promise<Config> {
  const dataDir = options.dataDir === undefined ? {} : { data_dir: options.dataDir };
  return readConfig({ ...dataDir, ...flags }, around().env);
}

/** The number that the option `--limit` of a list says. @throws USAGE */
export function readListLimit(given: string): number {
  if (/^[1-9]\d{0,6}$/.test(given)) return Number(given);
  throw new GexlakeError('USAGE', `--limit is ${given}, expected a whole number from 1`, {
    hint: 'For example: --limit 200',
  });
}

/** The apps that a command has opened. */
const opened = new WeakMap<Surroundings, App[]>();

export async function openApp(options: CommonOptions): Promise<App> {
  const app = createApp(await openConfig(options), { onNotice: say, startImporter: around().startImporter });
  opened.set(around(), [...(opened.get(around()) ?? []), app]);
  return app;
}

/** When a command has said all that it had to say: what its apps do last. */
export async function settleApps(): Promise<void> {
  for (const app of opened.get(around()) ?? []) await app.settle();
}
