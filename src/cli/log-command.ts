import type { Command } from 'commander';
import { allowFaults, type LogReport, type RestartReport, type ShownEntry, type WholeEntry } from '../app/app.ts';
import { counted } from '../core/counted.ts';
import { GexlakeError } from '../core/errors.ts';
import { makeCommand, openApp, type CommonOptions } from './command-line.ts';
import { formatCount } from './format.ts';
import { watching } from './govern-progress.ts';
import { anchorCommand } from './log-anchor-command.ts';
import { keyCommand } from './log-key-command.ts';
import { say, terminalWidth, writeData, writeJson } from './output.ts';
import { addApplyOption, askOf, printPlan, type ApplyOption } from './plan-output.ts';
import { around } from './surroundings.ts';
import { renderTable } from './table.ts';
import { exitVerificationFailed, tell } from './verify-command.ts';

export function logCommand(): Command {
  const command = makeCommand('log', 'the journal under the job log: verify it, show it, begin it anew', [
    'log verify',
    'log show',
    'log restart --reason "the disk lost a file"',
  ]);
  return command
    .addCommand(verifyCommand())
    .addCommand(showCommand())
    .addCommand(keyCommand())
    .addCommand(anchorCommand())
    .addCommand(restartCommand());
}

type VerifyOptions = CommonOptions & { readonly checkpoint?: string; readonly key?: string };

function verifyCommand(): Command {
  return makeCommand('verify', 'read all of the journal and hold it against the log; changes nothing', [
    'log verify',
    'log verify --checkpoint ../notes/checkpoint --key ../notes/gexlake.key',
  ])
    .option('--checkpoint <file>', 'an older checkpoint, which must be of the beginning of the journal')
    .option(
      '--key <file or key>',
      'the key (name+hash+base64) that must have signed the checkpoint, or one that it handed over to',
    )
    .action(async (_own: unknown, command: Command) => {
      const options = command.optsWithGlobals<VerifyOptions>();
      const asked = { checkpoint: options.checkpoint ?? null, key: options.key ?? null };
      const report = await watching(options, (app, onProgress) => app.verifyLog(asked, onProgress));
      if (!report.ok) around().exitCode = exitVerificationFailed;
      if (options.json === true) writeJson(report);
      else printVerified(report);
    });
}

function printVerified({ ok, problems, notes, entries, rows, origin, root, checkpoint, key }: LogReport): void {
  tell([...problems, ...notes]);
  const lines = [
    `${ok ? 'ok' : counted(problems.length, 'problem')}: ${formatCount(entries)} entries, ${formatCount(rows)} rows`,
  ];
  if (origin === null) lines.push('there is no journal; the next command that writes begins one');
  if (origin !== null) lines.push(`origin      ${origin}`);
  if (root !== null) lines.push(`root        ${root}`);
  if (checkpoint !== null) {
    const signed = checkpoint.signed_by.length === 0 ? 'not signed' : `signed by ${checkpoint.signed_by.join(', ')}`;
    lines.push(`checkpoint  of ${formatCount(checkpoint.size)} entries, ${signed}`);
  }
  if (key !== null) lines.push(`key         ${key}`);
  writeData(lines.join('\n'));
}

type ShowOptions = CommonOptions & { readonly job?: string; readonly from?: string; readonly limit: string };

function showCommand(): Command {
  return makeCommand('show', 'the entries of the journal in words: the last ones, or one with its rows', [
    'log show',
    'log show 12',
    'log show --job 0199f2a4 --json',
  ])
    .argument('[number]', 'the number of an entry, from 0')
    .option('--job <id>', 'only entries about this job; the beginning of its id is enough')
    .option('--from <number>', 'from this entry on; without it, the last ones')
    .option('--limit <count>', 'how many at most', '20')
    .action(async (number: string | undefined, _own: unknown, command: Command) => {
      const options = command.optsWithGlobals<ShowOptions>();
      const app = await openApp(options);
      if (number !== undefined) {
        printEntry(mustBeThere(await app.logEntry(readNumber('the number', number)), number), options.json === true);
        return;
      }
      const from = options.from === undefined ? null : readNumber('--from', options.from);
      const asked = { from, limit: Math.max(1, readNumber('--limit', options.limit)), job: options.job ?? null };
      printEntries(await app.logEntries(asked), options.json === true);
    });
}

function readNumber(name: string, text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new GexlakeError('USAGE', `${name} is ${JSON.stringify(text)}, expected a whole number from 0`);
}

function mustBeThere(entry: WholeEntry | null, number: string): WholeEntry {
  if (entry !== null) return entry;
  throw new GexlakeError('USAGE', `the journal has no entry ${number}`, {
    hint: '`gexlake log show` prints the last ones.',
  });
}

function rowsText({ rows, payload }: ShownEntry): string {
  if (rows === null) return `in payload ${payload?.sha256.slice(0, 12)}`;
  return Object.entries(rows)
    .map(([table, count]) => `${table} ${count}`)
    .join(', ');
}

function printEntries(entries: readonly ShownEntry[], json: boolean): void {
  if (json) {
    writeJson(entries);
    return;
  }
  const titles = [
    { title: 'ENTRY', right: true },
    { title: 'TIME (UTC)' },
    { title: 'ACTOR', shrinks: true, least: 8 },
    { title: 'WHAT', shrinks: true, least: 12 },
    { title: 'ROWS', shrinks: true, least: 16 },
  ];
  const rows = entries.map((entry) => [
    String(entry.seq),
    entry.committed_at,
    entry.actor,
    entry.what.join(', '),
    rowsText(entry),
  ]);
  writeData(entries.length === 0 ? 'no entries' : renderTable(titles, rows, terminalWidth()));
}

function printEntry(entry: WholeEntry, json: boolean): void {
  if (json) {
    writeJson(entry);
    return;
  }
  const { seq, committed_at, actor, what, hash, reason, before, changes } = entry;
  const lines = [`entry ${seq}  ${committed_at}  ${actor}  ${what.join(', ')}`, `hash  ${hash}`];
  if (before !== null) lines.push(`before  ${before.size} entries, ${before.root?.root ?? before.head}`);
  if (reason !== null) lines.push(`reason  ${reason}`);
  for (const change of changes) {
    const row = 'gone' in change ? change.gone : change.row;
    lines.push(`${change.table}${'gone' in change ? ' (gone)' : ''}  ${JSON.stringify(row)}`);
  }
  writeData(lines.join('\n'));
}

type RestartOptions = CommonOptions & ApplyOption & { readonly reason: string };

function restartCommand(): Command {
  const command = makeCommand(
    'restart',
    'begin a new journal where the old one is lost or damaged, which is kept aside',
    ['log restart --reason "the disk lost a file"', 'log restart --reason "the disk lost a file" --apply'],
  ).requiredOption('--reason <text>', 'why; it is in the first entry of the new journal');
  return addApplyOption(command).action(async (_own: unknown, own: Command) => {
    const options = own.optsWithGlobals<RestartOptions>();
    allowFaults();
    printRestart(
      await watching(options, (app, onProgress) => app.restartLog(askOf(options), options.reason, onProgress)),
      options,
    );
  });
}

function printRestart(report: RestartReport, { json, reason }: RestartOptions): void {
  printPlan(report, `log restart --reason ${JSON.stringify(reason)}`, json === true);
  if (json === true) return;
  for (const note of report.notes) say(note);
  if (report.snapshot !== null) say(`the log was saved as ${report.snapshot}`);
}
