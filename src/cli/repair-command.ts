import type { Command } from 'commander';
import { allowFaults } from '../app/app.ts';
import { makeCommand, type CommonOptions } from './command-line.ts';
import { watching } from './govern-progress.ts';
import { say } from './output.ts';
import { addApplyOption, askOf, printPlan, type ApplyOption } from './plan-output.ts';
import { addReadingOptions, exitVerificationFailed, readingOf, tell, type ReadingOptions } from './verify-command.ts';
import { around } from './surroundings.ts';

type RepairOptions = CommonOptions & ApplyOption & ReadingOptions & { readonly strays?: boolean };

export function repairCommand(): Command {
  const command = makeCommand('repair', 'repair what verify finds, if the bytes can be found or made again', [
    'repair',
    'repair --apply',
  ]);
  command.option('--strays', 'put files of other programs into the trash, too');
  return addApplyOption(addReadingOptions(command)).action(async (options: RepairOptions) => {
    allowFaults();
    const reading = readingOf(options);
    const ask = { ...askOf(options), strays: options.strays === true };
    const report = await watching(options, (app, onProgress) => app.repair(reading, ask, onProgress));
    printPlan(report, options.strays === true ? 'repair --strays' : 'repair', options.json === true);
    for (const { path, error } of report.failed) {
      say(`${path}: ${error.message} [${error.code}]`);
      if (error.hint !== null) say(`  ${error.hint}`);
    }
    if (options.json !== true) tell(report.left);
    if (report.left.length + report.failed.length > 0) around().exitCode = exitVerificationFailed;
  });
}
