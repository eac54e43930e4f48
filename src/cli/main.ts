import { runCommandLine } from './run-command-line.ts';

// A reader that closes the pipe early, like `head`, has what it wanted.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

// A terminal that has been closed hears nothing more; what runs is finished all the same.
process.stderr.on('error', () => undefined);

process.exitCode = await runCommandLine(process.argv.slice(2));
