import type { Command } from 'commander';
import type { App, KeyReport } from '../app/app.ts';
import { makeCommand, openApp, type CommonOptions } from './command-line.ts';
import { say, writeData, writeJson } from './output.ts';

export function keyCommand(): Command {
  return makeCommand('key', 'the key that signs the checkpoints of the journal', ['log key new', 'log key show'])
    .addCommand(
      subcommand('new', 'make the first key, name it in the journal, and print its public key', (app) =>
        app.newLogKey(),
      ),
    )
    .addCommand(subcommand('show', 'print the public key that the journal names', (app) => app.logKey()))
    .addCommand(
      subcommand('rotate', 'make another key in the place of the one there is, which signs that', (app) =>
        app.rotateLogKey(),
      ),
    )
    .addCommand(witnessCommand());
}

function witnessCommand(): Command {
  return makeCommand('witness', 'make a key for a service that is a witness of other journals', [
    'log key witness witness.example.com/gexlake',
  ])
    .argument('<name>', 'the name of the witness: no spaces, no plus')
    .action(async (name: string, _own: unknown, command: Command) => {
      const options = command.optsWithGlobals<CommonOptions>();
      const made = await (await openApp(options)).newWitnessKey(name);
      if (options.json === true) writeJson(made);
      else writeData(made.key);
    });
}

function subcommand(name: string, summary: string, act: (app: App) => Promise<KeyReport>): Command {
  return makeCommand(name, summary, [`log key ${name}`]).action(async (_own: unknown, command: Command) => {
    const options = command.optsWithGlobals<CommonOptions>();
    const report = await act(await openApp(options));
    if (options.json === true) writeJson(report);
    else print(report);
  });
}

function print({ key, file, is_here }: KeyReport): void {
  if (key === null) writeData('no key; `gexlake log key new` makes one');
  else writeData(key);
  if (key !== null && file !== null) say(`private key: ${file}${is_here ? '' : ' (not here)'}`);
}
