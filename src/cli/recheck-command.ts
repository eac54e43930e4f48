import type { Command } from 'commander';
import type { App, ListedRecheck, RecheckReport, RequestedSource } from '../app/app.ts';
import { counted } from '../core/counted.ts';
import { toGexlakeError, type ErrorReport } from '../core/errors.ts';
import type { Recheck } from '../core/job.ts';
import type { Moved, RecheckSummary } from '../core/recheck.ts';
import { redactText, redactUrl } from '../core/redact.ts';
import { makeCommand, openApp, type CommonOptions, readListLimit } from './command-line.ts';
import { formatTime } from './format.ts';
import { askFor } from './import-commands.ts';
import { say, terminalWidth, writeData, writeJson } from './output.ts';
import { around } from './surroundings.ts';
import { renderTable } from './table.ts';

type RecheckOptions = CommonOptions & { readonly ticker?: string; readonly endpoint?: string; readonly date?: string };

/** A source with what looking at it has shown, or why it could not be looked at. */
type Told = { readonly source: string; readonly recheck: RecheckReport | null; readonly error: ErrorReport | null };

const exitFailed = 1;
const exitPartly = 4;

export function recheckCommand(): Command {
  return makeCommand('recheck', 'look at sources again: is what they give what is published? Publishes nothing', [
    'recheck 2025-10-22_NQ_NDX_classic_gex_zero.json.gz',
    "recheck 'https://hist.gex.bot/…/2025-10-22_SPX_state_gex_zero.json?sig=…' --json",
    'recheck list',
  ])
    .argument('<source...>', 'files, folders, patterns, zip archives, HTTPS URLs, or - for standard input')
    .option('--ticker <ticker>', 'the ticker, if the file name does not say it or is wrong')
    .option('--endpoint <endpoint>', 'the endpoint: gex_zero, state_gamma_one, orderflow, … or an alias such as zero')
    .option('--date <YYYY-MM-DD>', 'the session date; without one, each record belongs to its own New York day')
    .action(async (sources: string[], options: RecheckOptions) => {
      const app = await openApp(options);
      const asked = await askFor(app, sources, { ...options, mayBeMissing: false, unfolds: false });
      const told: Told[] = [];
      for (const one of asked) {
        told.push(await recheckOne(app, one, options));
        if (options.json !== true) print(told.at(-1));
      }
      if (options.json === true) writeJson(told.map(shown));
      around().exitCode = exitCodeOf(told);
    })
    .addCommand(listCommand());
}

async function recheckOne(app: App, asked: RequestedSource, { ticker, endpoint, date }: RecheckOptions): Promise<Told> {
  const source = redactUrl(asked.source);
  try {
    if (asked.error !== null) throw asked.error;
    const recheck = await app.recheck({ source: asked.source, flags: { ticker, endpoint, date } });
    return { source, recheck, error: null };
  } catch (thrown) {
    return { source, recheck: null, error: toGexlakeError(thrown).report() };
  }
}

function exitCodeOf(told: readonly Told[]): number {
  const failed = told.filter(({ error }) => error !== null).length;
  if (failed === 0) return 0;
  return failed === told.length ? exitFailed : exitPartly;
}

function shown({ source, recheck, error }: Told) {
  return { source, ...recheck, error };
}

function print(told: Told | undefined): void {
  if (told === undefined) return;
  const { source, recheck, error } = told;
  if (error !== null) {
    say(`${redactText(source)}: ${redactText(error.message)} [${error.code}]`);
    if (error.hint !== null) say(`  ${redactText(error.hint)}`);
  } else if (recheck !== null) writeData(describe(recheck).join('\n'));
}

const words: Readonly<Record<Recheck['result'], string>> = {
  same: 'same: the bytes that were imported',
  equal: 'equal: other bytes, the same rows',
  longer: 'longer: it goes on behind what is published, and changes nothing of it',
  restated: 'restated: it gives other rows than are published',
  new: 'new: nothing of it is published',
};

function describe(recheck: RecheckReport): string[] {
  const { id, ticker, endpoint, session_date, result, summary, job_id } = recheck;
  const head = `${id}  ${ticker} ${endpoint} ${session_date ?? ''}  ${words[result]}`;
  if (summary === null) return [head];
  const with_job = job_id === null ? [] : [`  compared with job ${job_id}`];
  return [head, ...with_job, ...describeSummary(summary), ...next(recheck)].map(redactText);
}

function describeSummary({ seconds, columns, moved, minutes }: RecheckSummary): string[] {
  const { changed, added, gone, published } = seconds;
  const lines = [`  seconds: ${published} published; ${changed} changed, ${added} added, ${gone} gone`];
  if (minutes.affected > 0) {
    const spans = minutes.spans.slice(0, 5).map(({ from, to }) => (from === to ? from : `${from} to ${to}`));
    const more = minutes.spans.length > spans.length ? ', …' : '';
    lines.push(`  minutes affected: ${minutes.affected} (${spans.join(', ')}${more})`);
  }
  if (columns.length > 0)
    lines.push(
      `  by column: ${columns.map(({ dataset, column, seconds: count }) => `${dataset}.${column} ${count}`).join(', ')}`,
    );
  return [...lines, ...moved.map(describeMoved)];
}

function describeMoved({ what, by, rule, seconds, largest, at, before, after }: Moved): string {
  const whose = by === 'vendor' ? `vendor's ${rule}` : `by our rule: ${rule}`;
  const far =
    largest === null ? '' : `, farthest by ${round(largest)} at ${at} (${round(before)} became ${round(after)})`;
  return `  ${what} moved in ${counted(seconds, 'second')}${far} [${whose}]`;
}

function round(value: number | null): string {
  return value === null ? 'null' : String(Math.round(value * 1e4) / 1e4);
}

function next({ id, kept, result }: RecheckReport): string[] {
  if (result === 'new') return ['  to publish it: gexlake import with the same source'];
  if (!kept) return [];
  return [`  to publish it in their place: gexlake correct --from-recheck ${id} --reason '…'`];
}

function listCommand(): Command {
  return makeCommand('list', 'list what was looked at again, newest first', ['recheck list'])
    .option('--limit <count>', 'the largest number of them', '50')
    .action(async (own: { readonly limit: string }, command: Command) => {
      const options = command.optsWithGlobals<CommonOptions>();
      const limit = readListLimit(own.limit);
      const rows = await (await openApp(options)).rechecks(limit);
      if (options.json === true) writeJson(rows);
      else writeData(rows.length === 0 ? 'nothing was rechecked' : tableOf(rows));
    });
}

function tableOf(rows: readonly ListedRecheck[]): string {
  const titles = [
    { title: 'RECHECK', shrinks: true, least: 14 },
    { title: 'CHECKED (UTC)' },
    { title: 'TICKER' },
    { title: 'ENDPOINT' },
    { title: 'SESSION' },
    { title: 'RESULT' },
    { title: 'KEPT' },
    { title: 'SOURCE', shrinks: true },
  ];
  const cells = rows.map(({ id, checked_at, ticker, endpoint, session_date, result, kept, source }) => {
    return [
      id,
      formatTime(checked_at),
      ticker,
      endpoint,
      session_date ?? '',
      result,
      kept ? 'yes' : '',
      redactText(source),
    ];
  });
  return renderTable(titles, cells, terminalWidth());
}
