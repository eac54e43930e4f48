import { Option, type Command } from 'commander';
import { parseSample, type Reading, type VerifyReport } from '../app/app.ts';
import { counted } from '../core/counted.ts';
import { redactText } from '../core/redact.ts';
import { makeCommand, openApp, type CommonOptions } from './command-line.ts';
import { formatBytes, formatCount } from './format.ts';
import { watching } from './govern-progress.ts';
import { say, terminalWidth, writeData, writeJson } from './output.ts';
import { renderTable } from './table.ts';
import { around } from './surroundings.ts';

export const exitVerificationFailed = 6;

/** What says how much is read. */
export type ReadingOptions = { readonly deep?: boolean; readonly sample?: string };

type VerifyOptions = CommonOptions & ReadingOptions & { readonly notify?: boolean };

export function verifyCommand(): Command {
  const command = makeCommand('verify', 'check that log, Parquet, staged sources and archive agree; changes nothing', [
    'verify',
    'verify --deep',
    'verify --sample 3/10',
  ]);
  return addReadingOptions(command)
    .option('--notify', 'tell those under [[notify]] where something is wrong, and when it is well again')
    .action(async (options: VerifyOptions) => {
      const reading = readingOf(options);
      const report = await watching(options, (app, onProgress) => app.verify(reading, onProgress));
      printVerified(report, options.json === true);
      if (options.notify === true) await tellPeople(report, options);
    });
}

/** Tells people on their own devices. Whom it does not reach is told on standard error: the exit code is about the data. */
async function tellPeople({ problems }: VerifyReport, options: CommonOptions): Promise<void> {
  const app = await openApp(options);
  const tellings = await app.notify({ problems: problems.length, first: problems[0]?.message ?? null });
  for (const { error } of tellings) if (error !== null) say(error.message);
}

export function addReadingOptions(command: Command): Command {
  return command
    .option('--deep', 'read every byte of every file, however long that takes')
    .addOption(new Option('--sample <n/m>', 'read every byte of the n-th of m parts of the files').conflicts('deep'));
}

export function readingOf({ deep, sample }: ReadingOptions): Reading {
  if (deep === true) return { kind: 'deep' };
  return sample === undefined ? { kind: 'usual' } : parseSample(sample);
}

/** Prints what verifying has found; sets the exit code where that is not well. */
export function printVerified(report: VerifyReport, json: boolean): void {
  if (!report.ok) around().exitCode = exitVerificationFailed;
  if (json) {
    writeJson(report);
    return;
  }
  const { ok, checked, problems, notes, read } = report;
  if (problems.length > 0) writeData(problemTable(problems));
  tell([...problems, ...notes]);
  const sources = checked.staged_sources + checked.archived_sources;
  const files = checked.live_files + checked.superseded_files + sources + checked.quarantine_files;
  const what = `${formatCount(checked.jobs)} jobs, ${formatCount(files)} files, ${formatCount(checked.rows)} live rows`;
  writeData(`${ok ? 'ok' : counted(problems.length, 'problem')}: ${what}, ${formatBytes(checked.bytes_read)} read`);
  if (checked.files_not_read > 0) {
    const rest = `${formatCount(checked.files_not_read)} files with ${formatBytes(checked.bytes_not_read)}`;
    say(`read was part ${read}; not read again: ${rest} (--deep reads all)`);
  }
}

function problemTable(problems: VerifyReport['problems']): string {
  const titles = [
    { title: 'CODE' },
    { title: 'PATH', shrinks: true, least: 30 },
    { title: 'JOB', shrinks: true, least: 14 },
  ];
  const rows = problems.map(({ code, path, job_id }) => [code, redactText(path ?? ''), job_id ?? '']);
  return renderTable(titles, rows, terminalWidth());
}

/** Says on standard error what was found, and what to do about each. */
export function tell(
  findings: readonly { readonly code: string; readonly message: string; readonly hint: string }[],
): void {
  for (const { message, hint, code } of findings) {
    say(`${message} [${code}]`);
    say(`  ${hint}`);
  }
}
