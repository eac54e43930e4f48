import { Command, CommanderError } from 'commander';
import { appVersion } from '../app/app.ts';
import { GexlakeError } from '../core/errors.ts';
import { redactText } from '../core/redact.ts';
import { compactCommand, correctCommand, restoreFileCommand, withdrawCommand } from './change-commands.ts';
import { settleApps } from './command-line.ts';
import { purgeCommand } from './purge-command.ts';
import { configCommand } from './config-command.ts';
import { coverageCommand } from './coverage-command.ts';
import { demoCommand } from './demo-command.ts';
import { doctorCommand } from './doctor-command.ts';
import { enqueueCommand, importCommand, runCommand } from './import-commands.ts';
import { fetchCommand } from './fetch-command.ts';
import { jobsCommand } from './jobs-command.ts';
import { reportError, wantsJson } from './output.ts';
import { around, within, type Output, type Surroundings } from './surroundings.ts';
import { logCommand } from './log-command.ts';
import { migrateCommand } from './migrate-command.ts';
import { notifyCommand } from './notify-command.ts';
import { pinCommand } from './pin-command.ts';
import { proveCommand } from './prove-command.ts';
import { reportCommand } from './report-command.ts';
import { qualityCommand } from './quality-command.ts';
import { queryCommand } from './query-command.ts';
import { recheckCommand } from './recheck-command.ts';
import { reconcileCommand } from './reconcile-command.ts';
import { repairCommand } from './repair-command.ts';
import { archiveCommand, backupCommand, pruneCommand, restoreCommand } from './retention-commands.ts';
import { sampleCommand } from './sample-command.ts';
import { sampleVendorCommand } from './sample-vendor-command.ts';
import { vendorCommand } from './vendor-command.ts';
import { verifyCommand } from './verify-command.ts';
import { serveCommand, tokenCommand } from './serve-command.ts';

const commands = [
  demoCommand,
  importCommand,
  enqueueCommand,
  fetchCommand,
  runCommand,
  jobsCommand,
  correctCommand,
  compactCommand,
  withdrawCommand,
  restoreFileCommand,
  purgeCommand,
  queryCommand,
  pinCommand,
  recheckCommand,
  serveCommand,
  tokenCommand,
  coverageCommand,
  qualityCommand,
  reconcileCommand,
  notifyCommand,
  pruneCommand,
  archiveCommand,
  backupCommand,
  restoreCommand,
  verifyCommand,
  proveCommand,
  logCommand,
  reportCommand,
  repairCommand,
  migrateCommand,
  vendorCommand,
  doctorCommand,
  configCommand,
  sampleCommand,
  sampleVendorCommand,
];

/**
 * Does what the words of a command line ask for, and gives the exit code: as this process was started with them, or apart from it
 * within other surroundings, where a signal or a broken pipe of the process means nothing.
 */
export async function runCommandLine(words: readonly string[], surroundings?: Surroundings): Promise<number> {
  if (surroundings !== undefined) return within(surroundings, () => runCommandLine(words));
  try {
    await runProgram(words);
    return around().exitCode;
  } catch (thrown) {
    return exitCodeFor(thrown);
  }
}

async function runProgram(words: readonly string[]): Promise<void> {
  try {
    await makeProgram().parseAsync(words, { from: 'user' });
  } finally {
    await settleApps();
  }
}

function makeProgram(): Command {
  const program = new Command('gexlake')
    .description(
      'GEXBot gamma-exposure history as governed, canonical Parquet, with a job log that explains every row.',
    )
    .version(appVersion(), '-V, --version')
    .addHelpText(
      'after',
      '\nStart here:\n  $ gexlake demo\n  $ gexlake import <file or URL>\n\nExit codes: 0 done or skipped, 1 failed, 2 usage, 4 partly, 5 lock busy, 6 verification failed, 130 interrupted.',
    );

  for (const make of commands) program.addCommand(make());
  for (const command of everyCommand(program)) {
    // Told as they are typed: 50, and not "50".
    for (const option of command.options)
      if (option.defaultValue !== undefined) option.defaultValueDescription ??= String(option.defaultValue);
    command.exitOverride().showHelpAfterError('(add --help for examples)');
    const { stdout, stderr } = around();
    command.configureOutput({
      writeOut: (text) => stdout.write(text),
      // Where JSON was asked for, the complaint follows as JSON.
      writeErr: (text) => (wantsJson() ? undefined : stderr.write(redactText(text))),
      getOutHelpWidth: () => columnsOf(stdout),
      getErrHelpWidth: () => columnsOf(stderr),
    });
  }
  return program;
}

function everyCommand(command: Command): Command[] {
  return [command, ...command.commands.flatMap(everyCommand)];
}

/** The width of a terminal, or that of a page. */
function columnsOf({ isTTY, columns = 0 }: Output): number {
  return isTTY === true ? columns : 80;
}

/** Commander has printed its own complaint already, unless JSON was asked for; help and version are no errors. */
function exitCodeFor(thrown: unknown): number {
  const json = wantsJson();
  if (!(thrown instanceof CommanderError)) return reportError(thrown, json);
  if (thrown.exitCode === 0) return 0;
  const error = new GexlakeError('USAGE', thrown.message.replace(/^error: /, ''), {
    hint: '`gexlake --help` lists the commands.',
  });
  return json ? reportError(error, true) : error.exitCode;
}
