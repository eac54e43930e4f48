import type { Command } from 'commander';
import type { App, ImportListener, ImportRequest, ImportRun, Interrupts, RequestedSource } from '../app/app.ts';
import { GexlakeError } from '../core/errors.ts';
import { vendorSourceOf } from '../core/vendor-source.ts';
import { nameOfInput, type SourceFlags } from '../core/names.ts';
import { makeCommand, openApp, type CommonOptions } from './command-line.ts';
import { printImportPlan } from './import-plan.ts';
import { listenForInterrupts } from './interrupts.ts';
import { say, writeData, writeJson } from './output.ts';
import { ProgressDisplay } from './progress.ts';
import { reportRun } from './results.ts';
import { shownJob } from './jobs-command.ts';
import { around } from './surroundings.ts';

type SourceOptions = CommonOptions & {
  readonly ticker?: string;
  readonly endpoint?: string;
  readonly date?: string;
  readonly publish: boolean;
  readonly again?: boolean;
};

function sourceCommand(name: string, summary: string, examples: readonly string[]): Command {
  return makeCommand(name, summary, examples)
    .argument(
      '<source...>',
      'files, folders, patterns, zip archives, HTTPS URLs, gexbot:hist/… and gexbot:eod/…, or - for standard input; plain, gzip or zstd',
    )
    .option('--ticker <ticker>', 'the ticker, if the file name does not say it or is wrong')
    .option('--endpoint <endpoint>', 'the endpoint: gex_zero, state_gamma_one, orderflow, … or an alias such as zero')
    .option('--date <YYYY-MM-DD>', 'the session date; without one, each record belongs to its own New York day')
    .option('--again', 'import bytes that were purged all the same')
    .option('--no-publish', 'stop after the checks and keep the rows in gex_data.db for inspection');
}

export function importCommand(): Command {
  return sourceCommand('import', 'import history files: stage, check and publish them as Parquet', [
    'import 2025-10-22_NQ_NDX_classic_gex_zero.json.gz',
    "import 'https://hist.gex.bot/…/2025-10-22_SPX_state_gex_zero.json?sig=…'",
    'import day.json --ticker SPX --endpoint gex_zero --date 2025-10-22 --json',
    'import eod_report_SPY_2026-07-17.zip',
    'import gexbot:eod/SPX/2026-07-17',
    'import gexbot:hist/SPX/classic/gex_zero/2026-07-16',
    'import ~/Downloads/gexbot --plan',
  ])
    .option('--plan', 'print the jobs that the sources would become, and do nothing')
    .action(runImport);
}

async function runImport(sources: string[], options: SourceOptions & { readonly plan?: boolean }): Promise<void> {
  const app = await openApp(options);
  if (options.plan === true && sources.includes('-'))
    throw new GexlakeError('USAGE', '--plan cannot look at standard input (-)', { hint: 'Leave out one of the two.' });
  const asked = await askFor(app, sources, { ...options, mayBeMissing: false, unfolds: options.plan !== true });
  if (options.plan === true) return printImportPlan(asked, options, options.json === true);
  const requests = asked.filter(({ error }) => error === null).map(({ source }) => toRequest(source, options));
  const run =
    requests.length === 0
      ? nothingRun
      : await withProgress((listener, interrupts) => app.importSources(requests, listener, interrupts), sizesOf(asked));
  around().exitCode = reportRun(run, options.json === true, asked);
}

function sizesOf(asked: readonly RequestedSource[]): (number | null)[] {
  return asked.filter(({ error }) => error === null).map(({ size_bytes }) => size_bytes);
}

export function enqueueCommand(): Command {
  return sourceCommand('enqueue', 'write pending jobs into the log, for `gexlake run`', [
    "enqueue 'https://hist.gex.bot/…/2025-10-22_SPX_classic_gex_zero.json?sig=…'",
    'enqueue downloads/*.json.gz',
  ]).action(async (sources: string[], options: SourceOptions) => {
    const app = await openApp(options);
    const asked = await askFor(app, sources, { ...options, mayBeMissing: true, unfolds: true });
    // All of them or none, so that a command that is mended can be given again.
    for (const { error } of asked) if (error !== null) throw error;
    const jobs = (await app.enqueue(asked.map(({ source }) => toRequest(source, options)))).map(shownJob);
    if (options.json === true) writeJson(jobs);
    else for (const job of jobs) writeData(`${job.id}  pending  ${job.url}`);
  });
}

type RunOptions = CommonOptions & { readonly once?: boolean; readonly watch?: boolean; readonly workers: string };

export function runCommand(): Command {
  return makeCommand('run', 'run the pending jobs', ['run', 'run --once', 'run --workers 2', 'run --watch'])
    .option('--once', 'take one job only')
    .option('--watch', 'keep going: wait for new jobs until interrupted')
    .option('--workers <count>', 'importer processes that run side by side', '1')
    .action(async (options: RunOptions) => {
      if (options.once === true && options.watch === true)
        throw new GexlakeError('USAGE', '--once and --watch exclude each other', { hint: 'Give one of the two.' });
      const given = readWorkers(options.workers);
      const workers = options.once === true ? 1 : given;
      const app = await openApp(options);
      const limit = options.once === true ? 1 : Number.MAX_SAFE_INTEGER;
      const run = await withProgress((listener, interrupts) =>
        app.runPending({ limit, watch: options.watch === true, workers }, listener, interrupts),
      );
      if (run.results.length === 0 && run.error === null && !run.interrupted) say('no pending jobs');
      around().exitCode = reportRun(run, options.json === true);
    });
}

/** The number of importers that the option `--workers` says. */
export function readWorkers(given: string): number {
  const workers = /^[1-9]\d?$/.test(given) ? Number(given) : 0;
  if (workers >= 1 && workers <= 64) return workers;
  throw new GexlakeError('USAGE', `--workers is ${given}, expected a whole number from 1 to 64`, {
    hint: 'As many as the machine has cores is a good number.',
  });
}

/** Runs imports with progress on standard error and Ctrl-C understood. `sizes_bytes`: of the sources in their order, where known. */
export async function withProgress(
  act: (listener: ImportListener, interrupts: Interrupts) => Promise<ImportRun>,
  sizes_bytes: readonly (number | null)[] = [],
): Promise<ImportRun> {
  const display = new ProgressDisplay(around().stderr, sizes_bytes);
  const { interrupts, stop } = listenForInterrupts();
  try {
    return await act(display, interrupts);
  } finally {
    display.clear();
    stop();
  }
}

const nothingRun: ImportRun = { results: [], error: null, interrupted: false };

/** `unfolds`: whether bundles of the vendor are downloaded, and their members put in their places. */
type Asking = SourceFlags & { readonly mayBeMissing: boolean; readonly unfolds: boolean };

/** What the sources are that a user gave, told where files were left out. */
export async function askFor(
  app: App,
  given: readonly string[],
  { ticker, endpoint, date, mayBeMissing, unfolds }: Asking,
): Promise<readonly RequestedSource[]> {
  const flags = { ticker, endpoint, date };
  const input = given.includes('-') ? await readInput(app, given, flags) : null;
  const paths = input === null ? given : given.map((source) => (source === '-' ? input : source));
  const requested = await app.requested(paths, flags, mayBeMissing);
  if (unfolds) for (const { source, error } of requested.sources) if (error === null) tellBundle(source);
  const { sources, leftOut, notices } = unfolds ? await app.unfolded(requested, () => undefined) : requested;
  tellLeftOut(leftOut);
  for (const notice of notices) say(notice);
  if (input !== null && !sources.some(({ source, error }) => source === input && error === null))
    await app.discard(input);
  return sources;
}

/** Keeps standard input in the data folder, where a job can find it, and gives its path. */
async function readInput(app: App, given: readonly string[], flags: SourceFlags): Promise<string> {
  const problem = inputProblem(given, flags);
  if (problem !== null)
    throw new GexlakeError('USAGE', problem, {
      hint: 'For instance: zcat day.json.gz | gexlake import - --ticker SPX --endpoint gex_zero --date 2025-10-22',
    });
  return app.receive(around().stdin, nameOfInput(flags));
}

function inputProblem(given: readonly string[], { ticker, endpoint }: SourceFlags): string | null {
  if (given.filter((source) => source === '-').length > 1) return 'standard input (-) can be given once only';
  if (around().stdin.isTTY) return 'standard input (-) is the terminal, and nothing is piped into it';
  if (ticker === undefined || endpoint === undefined)
    return 'standard input (-) has no name: it needs --ticker and --endpoint';
  return null;
}

function toRequest(source: string, { ticker, endpoint, date, publish, again }: SourceOptions): ImportRequest {
  return { source, ticker, endpoint, date, publish, again };
}

/** A bundle is large, and comes before there is a job that could tell how far it is. */
function tellBundle(source: string): void {
  if (vendorSourceOf(source)?.kind === 'bundle') say(`getting ${source}`);
}

const toldByName = 3;

function tellLeftOut(paths: readonly string[]): void {
  if (paths.length === 0) return;
  const names = paths.slice(0, toldByName).join(', ');
  const others = paths.length > toldByName ? `, and ${paths.length - toldByName} more` : '';
  say(`left out, not named like history: ${names}${others}`);
}
