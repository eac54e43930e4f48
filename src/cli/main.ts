import { Command, CommanderError } from 'commander';
import { appVersion } from '../app/app.ts';
import { GexlakeError } from '../core/errors.ts';
import { redactText } from '../core/redact.ts';
import { compactCommand, correctCommand, restoreFileCommand, withdrawCommand } from './change-commands.ts';
import { configCommand } from './config-command.ts';
import { coverageCommand } from './coverage-command.ts';
import { demoCommand } from './demo-command.ts';
import { doctorCommand } from './doctor-command.ts';
import { enqueueCommand, importCommand, runCommand } from './import-commands.ts';
import { jobsCommand } from './jobs-command.ts';
import { reportError, wantsJson } from './output.ts';
import { migrateCommand } from './migrate-command.ts';
import { queryCommand } from './query-command.ts';
import { reconcileCommand } from './reconcile-command.ts';
import { repairCommand } from './repair-command.ts';
import { archiveCommand, backupCommand, pruneCommand, restoreCommand } from './retention-commands.ts';
import { sampleCommand } from './sample-command.ts';
import { verifyCommand } from './verify-command.ts';
import { serveCommand, tokenCommand } from './serve-command.ts';

const commands = [
  demoCommand,
  importCommand,
  enqueueCommand,
  runCommand,
  jobsCommand,
  correctCommand,
  compactCommand,
  withdrawCommand,
  restoreFileCommand,
  queryCommand,
  serveCommand,
  tokenCommand,
  coverageCommand,
  reconcileCommand,
  pruneCommand,
  archiveCommand,
  backupCommand,
  restoreCommand,
  verifyCommand,
  repairCommand,
  migrateCommand,
  doctorCommand,
  configCommand,
  sampleCommand,
];

const program = new Command('gexlake')
  .description('GEXBot gamma-exposure history as governed, canonical Parquet, with a job log that explains every row.')
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
  // Where JSON was asked for, the complaint follows as JSON.
  command.configureOutput({ writeErr: (text) => (wantsJson() ? undefined : process.stderr.write(redactText(text))) });
}

// A reader that closes the pipe early, like `head`, has what it wanted.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

// A terminal that has been closed hears nothing more; what runs is finished all the same.
process.stderr.on('error', () => undefined);

try {
  await program.parseAsync();
} catch (thrown) {
  process.exitCode = exitCodeFor(thrown);
}

function everyCommand(command: Command): Command[] {
  return [command, ...command.commands.flatMap(everyCommand)];
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
