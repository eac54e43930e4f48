import type { Command } from 'commander';
import { allowFaults } from '../app/app.ts';
import { makeCommand, type CommonOptions } from './command-line.ts';
import { watching } from './govern-progress.ts';
import { say } from './output.ts';
import { addApplyOption, askOf, printPlan, type ApplyOption } from './plan-output.ts';
import { addReadingOptions, exitVerificationFailed, readingOf, tell, type ReadingOptions } from './verify-command.ts';
import { around } from './surroundings.ts';

type RepairOptions = CommonOptions &
  ApplyOption &
  ReadingOptions & { readonly strays?: boolean; readonly trustLog?: boolean };

export function repairCommand(): Command {
  const command = makeCommand('repair', 'repair what verify finds, if the bytes can be found or made again', [
    'repair',
    'repair --apply',
  ]);
  command.option('--strays', 'put files of other programs into the trash, too');
  command.option(
    '--trust-log',
    'put published files away that the log does not know, also where they are older than it',
  );
  return addApplyOption(addReadingOptions(command)).action(async (options: RepairOptions) => {
    allowFaults();
    const reading = readingOf(options);
    const flags = { strays: options.strays === true, trustLog: options.trustLog === true };
    const ask = { ...askOf(options), ...flags };
    const report = await watching(options, (app, onProgress) => app.repair(reading, ask, onProgress));
    const words = ['repair', ...(flags.strays ? ['--strays'] : []), ...(flags.trustLog ? ['--trust-log'] : [])];
    printPlan(report, words.join(' '), options.json === true);
    for (const { path, error } of report.failed) {
      say(`${path}: ${error.message} [${error.code}]`);
      if (error.hint !== null) say(`  ${error.hint}`);
    }
    if (options.json !== true) tell(report.left);
    if (report.left.length + report.failed.length > 0) around().exitCode = exitVerificationFailed;
  });
}
