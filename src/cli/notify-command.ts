import type { Command } from 'commander';
import type { Telling } from '../app/app.ts';
import { GexlakeError } from '../core/errors.ts';
import type { Notice } from '../core/notices.ts';
import { makeCommand, openApp, readListLimit, type CommonOptions } from './command-line.ts';
import { formatTime } from './format.ts';
import { say, terminalWidth, writeData, writeJson } from './output.ts';
import { around } from './surroundings.ts';
import { renderTable } from './table.ts';

export function notifyCommand(): Command {
  return makeCommand('notify', 'tell people what is about to be lost, and other things that they should know in time', [
    'notify check',
    'notify test',
    'notify list',
  ])
    .addCommand(checkCommand())
    .addCommand(testCommand())
    .addCommand(listCommand());
}

function checkCommand(): Command {
  return makeCommand(
    'check',
    'look at what there is to tell, and tell whoever has not heard of it; `gexlake serve` does it by itself',
    ['notify check'],
  ).action(async (_own: unknown, command: Command) => {
    const options = command.optsWithGlobals<CommonOptions>();
    const app = await openApp(options);
    printTellings(await app.notify(null), options, 'nothing new to tell');
    if (app.noticeTargets().length === 0) sayNobody();
  });
}

function testCommand(): Command {
  return makeCommand('test', 'send a test to everybody who is to be told', ['notify test']).action(
    async (_own: unknown, command: Command) => {
      const options = command.optsWithGlobals<CommonOptions>();
      const app = await openApp(options);
      if (app.noticeTargets().length === 0)
        throw new GexlakeError('USAGE', 'nobody is named who is to be told', {
          hint: 'Write [[notify]] with a url into gexlake.toml, or set GEXLAKE_NOTIFY; docs/notices.md shows how.',
        });
      printTellings(await app.notifyTest(), options, '');
    },
  );
}

function printTellings(tellings: readonly Telling[], { json }: CommonOptions, none: string): void {
  const failed = tellings.filter(({ error }) => error !== null);
  if (failed.length > 0) around().exitCode = failed.length === tellings.length ? 1 : 4;
  if (json === true) {
    writeJson(tellings.map(({ error, ...rest }) => ({ ...rest, error: error?.message ?? null })));
    return;
  }
  if (tellings.length === 0) writeData(none);
  for (const { target, matter, state, error } of tellings)
    writeData(error === null ? `told ${target}: ${matter}${state === 'cleared' ? ' is over' : ''}` : error.message);
}

function listCommand(): Command {
  return makeCommand('list', 'list what there is and was to tell, newest first', ['notify list'])
    .option('--limit <count>', 'the largest number of them', '50')
    .action(async (own: { readonly limit: string }, command: Command) => {
      const options = command.optsWithGlobals<CommonOptions>();
      const limit = readListLimit(own.limit);
      const app = await openApp(options);
      const rows = await app.notices(limit);
      if (options.json === true) writeJson(rows);
      else writeData(rows.length === 0 ? 'nothing was told' : tableOf(rows));
      if (app.noticeTargets().length === 0) sayNobody();
    });
}

function tableOf(rows: readonly Notice[]): string {
  const titles = [
    { title: 'SINCE (UTC)' },
    { title: 'UNTIL (UTC)' },
    { title: 'KIND' },
    { title: 'TOLD' },
    { title: 'WHAT', shrinks: true },
  ];
  const cells = rows.map(({ raised_at, cleared_at, final, kind, told, title }) => [
    formatTime(raised_at),
    cleared_at === null ? (final ? '' : 'now') : formatTime(cleared_at),
    kind,
    told.length === 0 ? 'nobody' : String(told.length),
    title,
  ]);
  return renderTable(titles, cells, terminalWidth());
}

function sayNobody(): void {
  say('nobody is told: write [[notify]] with a url into gexlake.toml, as docs/notices.md shows');
}
