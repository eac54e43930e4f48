import type { Command } from 'commander';
import type { AskedFetch, FetchRun } from '../app/app.ts';
import { counted } from '../core/counted.ts';
import { GexlakeError } from '../core/errors.ts';
import type { FetchGap, FetchItem, FetchPlan } from '../core/fetch-plan.ts';
import { makeCommand, openApp, type CommonOptions } from './command-line.ts';
import { FetchDisplay } from './fetch-progress.ts';
import { formatBytes, formatSeconds, formatTime } from './format.ts';
import { listenForInterrupts } from './interrupts.ts';
import { reportError, say, terminalWidth, writeData, writeJson } from './output.ts';
import { exitCodeOfRun, printRun, toJson } from './results.ts';
import { around } from './surroundings.ts';
import { renderTable } from './table.ts';

type FetchOptions = CommonOptions & {
  readonly ticker?: readonly string[];
  readonly endpoint?: readonly string[];
  readonly missing?: boolean;
  readonly from?: string;
  readonly to?: string;
  readonly plan?: boolean;
  readonly again?: boolean;
  readonly downloads: string;
  readonly maxGb?: string;
};

const exitPartly = 4;
/** Sessions that are named one by one below a plan. */
const mostShown = 20;

export function fetchCommand(): Command {
  return makeCommand('fetch', 'get what is missing from GEXBot, and import it', [
    'fetch --plan',
    'fetch',
    'fetch --ticker SPX --endpoint gex_zero --from 2026-09-01',
    'fetch --missing --max-gb 20 --downloads 4',
  ])
    .option('--ticker <ticker...>', 'these tickers; without it, what [[subscribe]] of gexlake.toml names')
    .option('--endpoint <endpoint...>', 'only these endpoints')
    .option('--missing', 'every ticker and endpoint that the lake has something of')
    .option('--from <YYYY-MM-DD>', 'the first session; default: as far back as GEXBot has any, 90 days')
    .option('--to <YYYY-MM-DD>', 'the last session; default: the newest that GEXBot may have')
    .option('--plan', 'print what there is to do, what it takes, and what cannot be had, and do nothing')
    .option('--again', 'also what was withdrawn or purged, and what GEXBot has said not to have')
    .option('--downloads <count>', 'downloads at one time, up to 16', '3')
    .option('--max-gb <gigabytes>', 'begin no other download after so many gigabytes')
    .action(runFetch);
}

async function runFetch(options: FetchOptions): Promise<void> {
  const app = await openApp(options);
  const asked = readAsked(options);
  if (options.plan === true) {
    const plan = await app.planFetch(asked);
    if (options.json === true) writeJson(plan);
    else printPlan(plan);
    return;
  }
  const display = new FetchDisplay(around().stderr);
  const { interrupts, stop } = listenForInterrupts('finishing what runs; interrupt again to end it now');
  try {
    const done = await app.fetch(asked, display, interrupts);
    display.clear();
    around().exitCode = report(done, options.json === true);
  } finally {
    display.clear();
    stop();
  }
}

function readAsked(options: FetchOptions): AskedFetch {
  const downloads = /^[1-9]\d?$/.test(options.downloads) ? Number(options.downloads) : 0;
  if (downloads < 1 || downloads > 16)
    throw new GexlakeError('USAGE', `--downloads is ${options.downloads}, expected a whole number from 1 to 16`, {
      hint: 'Three or four fill most lines.',
    });
  const gigabytes = options.maxGb === undefined ? null : Number(options.maxGb);
  if (gigabytes !== null && !(gigabytes > 0))
    throw new GexlakeError('USAGE', `--max-gb is ${options.maxGb}, expected a number above 0`, {
      hint: 'For example: --max-gb 20',
    });
  const list = (given: readonly string[] = []) =>
    given.flatMap((text) => text.split(',')).filter((text) => text !== '');
  return {
    tickers: list(options.ticker),
    endpoints: list(options.endpoint),
    missing: options.missing === true,
    from: options.from ?? null,
    to: options.to ?? null,
    again: options.again === true,
    downloads,
    most_bytes: gigabytes === null ? null : Math.round(gigabytes * 1e9),
  };
}

/** Tells what has become of it, and gives the exit code: 0 where nothing that was due is left. */
function report({ run, brought, left, error, pausedUntil }: FetchRun, json: boolean): number {
  const problem = error ?? run.error;
  const answers = brought.map(({ item, answer, detail, bytes, ask_again_at, jobs }) => {
    return { source: item.source, answer, detail, bytes, ask_again_at, job_ids: jobs.map(({ id }) => id) };
  });
  if (json) {
    const results = toJson(run.results, run.notes);
    writeJson({ answers, results, left, paused_until: pausedUntil, interrupted: run.interrupted });
  } else {
    const failed = run.results.filter(({ status }) => status === 'failed');
    if (failed.length > 0) printRun({ ...run, results: failed });
    printLeft(left, pausedUntil);
    if (run.interrupted) say('it was interrupted: the same command goes on from here');
  }
  const isDone = left.counts.due === 0 && brought.every(({ answer }) => answer === 'given');
  if (problem !== null) {
    const code = reportError(problem, json);
    return brought.some(({ answer }) => answer === 'given') ? exitPartly : code;
  }
  const ofImports = exitCodeOfRun(run);
  return ofImports !== 0 ? ofImports : isDone ? 0 : exitPartly;
}

function printLeft({ counts, gaps }: FetchPlan, pausedUntil: string | null): void {
  const { due, later, under_way, here, wanted } = counts;
  writeData(`${here} of ${counted(wanted, 'session')} here`);
  if (under_way > 0) say(`${counted(under_way, 'session')} under way`);
  if (pausedUntil !== null)
    say(`GEXBot lets nothing more be asked now: ask again after ${formatTime(pausedUntil)} (UTC)`);
  if (due > 0) say(`${counted(due, 'session')} did not come and can be asked for again`);
  if (later > 0) say(`${counted(later, 'session')} can be had later`);
  printGaps(gaps);
}

function printPlan(plan: FetchPlan): void {
  const { items, gaps, counts, calls, bytes, seconds } = plan;
  const shown = [
    ...Map.groupBy(items, ({ kind, ticker, session_date }) => `${session_date} ${ticker} ${kind}`).values(),
  ];
  if (shown.length === 0) writeData('there is nothing to fetch');
  else {
    const titles = ['SESSION', 'TICKER', 'BY', 'NOT BEFORE (UTC)', 'LOST AT (UTC)'].map((title) => ({ title }));
    const columns = [...titles, { title: 'ENDPOINTS', right: true }, { title: 'BYTES', right: true }];
    writeData(renderTable(columns, shown.slice(0, mostShown).map(toRow), terminalWidth()));
    if (shown.length > mostShown) say(`and ${shown.length - mostShown} more; --json has them all`);
  }
  const size = bytes === null ? 'of unknown size' : formatBytes(bytes);
  const time = seconds === null ? '' : `, about ${formatSeconds(seconds)}`;
  writeData(
    `${counted(counts.wanted, 'session')} wanted: ${counts.here} here, ${counts.under_way} under way, ${counts.due} now (${counted(calls, 'call')}, ${size}${time}), ${counts.later} later, ${counts.gaps} not to be had`,
  );
  printGaps(gaps);
}

function toRow(items: readonly FetchItem[]): string[] {
  const [first] = items;
  if (first === undefined) return [];
  const sizes = items.flatMap(({ bytes }) => bytes ?? []);
  return [
    first.session_date,
    first.ticker,
    first.kind === 'bundle' ? 'bundle' : 'files',
    formatTime(first.due_at),
    formatTime(first.lost_at),
    String(items.reduce((sum, { endpoints }) => sum + endpoints.length, 0)),
    sizes.length === 0 ? '' : formatBytes(sizes.reduce((sum, size) => sum + size, 0)),
  ];
}

/** What cannot be had, and why: each reason once, with how often and for which days. */
function printGaps(gaps: readonly FetchGap[]): void {
  for (const group of Map.groupBy(gaps, ({ reason, detail }) => `${reason} ${detail}`).values()) {
    const [first, last] = [group[0], group.at(-1)];
    if (first === undefined || last === undefined) continue;
    const days =
      first.session_date === last.session_date ? first.session_date : `${first.session_date} to ${last.session_date}`;
    say(`not to be had: ${counted(group.length, 'session')} (${days}): ${first.detail}`);
  }
}
