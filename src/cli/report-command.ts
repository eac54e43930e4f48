import type { Command } from 'commander';
import { counted } from '../core/counted.ts';
import { GexlakeError } from '../core/errors.ts';
import { makeCommand, type CommonOptions } from './command-line.ts';
import { watching } from './govern-progress.ts';
import { writeData, writeJson } from './output.ts';
import { around } from './surroundings.ts';
import { exitVerificationFailed } from './verify-command.ts';

type ReportOptions = CommonOptions & {
  readonly from?: string;
  readonly to?: string;
  readonly ticker?: string;
  readonly endpoint?: string;
  readonly out?: string;
  readonly prove?: boolean;
};

export function reportCommand(): Command {
  return makeCommand(
    'report',
    'write what is known of some sessions into a folder: a page, tables, and a program that checks them',
    ['report --from 2025-10-01 --to 2025-10-31 --out october', 'report --ticker SPX --out spx --prove'],
  )
    .option('--from <YYYY-MM-DD>', 'the first session; default: the first that is known')
    .option('--to <YYYY-MM-DD>', 'the last session; default: the last completed one')
    .option('--ticker <ticker>', 'only this ticker')
    .option('--endpoint <endpoint>', 'only this endpoint')
    .option('--prove', 'make every live file of these sessions again from its source, and say what came out')
    .option('--out <folder>', 'the folder to make; it must not be there yet (required)')
    .action(async (options: ReportOptions) => {
      const { from, to, ticker, endpoint, out } = options;
      if (out === undefined) throw missingOut();
      const asked = { from, to, ticker, endpoint, prove: options.prove === true };
      const made = await watching(options, (app, onProgress) => app.report(asked, out, onProgress));
      if (!made.ok) around().exitCode = exitVerificationFailed;
      if (options.json === true) return writeJson(made);
      const { path, files, changes, ok } = made;
      const verdict = ok ? '' : '; something is wrong, and the report says what';
      writeData(
        `${path}: ${counted(files, 'file')}, ${counted(changes, 'change')}, ${made.from} to ${made.to}${verdict}`,
      );
    });
}

function missingOut(): GexlakeError {
  return new GexlakeError('USAGE', 'a report needs a folder to be written into', {
    hint: 'Give one that is not there yet, such as --out october.',
  });
}
