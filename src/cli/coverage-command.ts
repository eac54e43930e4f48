import type { Command } from 'commander';
import { isUrgent, type App } from '../app/app.ts';
import { counted } from '../core/counted.ts';
import {
  coverageStates,
  vendorKeeps_days,
  type Coverage,
  type CoverageDay,
  type CoverageRequest,
} from '../core/coverage.ts';
import { makeCommand, openApp, type CommonOptions } from './command-line.ts';
import { renderCoverage } from './coverage-grid.ts';
import { say, terminalWidth, useColor, writeData, writeJson } from './output.ts';
import { around } from './surroundings.ts';
import { renderTable } from './table.ts';

/** Options that say which tickers, endpoints and days it is about. */
export type ScopeOptions = CommonOptions & {
  readonly ticker?: string;
  readonly endpoint?: string;
  readonly from?: string;
  readonly to?: string;
  readonly month?: string;
  readonly asOf?: string;
};

/** Days that are shown with their reasons below the grid. */
const mostShown = 12;

export function coverageCommand(): Command {
  const command = makeCommand(
    'coverage',
    'show which sessions are here, and which are missing or incomplete, as a calendar',
    [
      'coverage',
      'coverage --urgent',
      'coverage --month 2025-10',
      'coverage --ticker SPX --endpoint gex_zero --from 2025-09-01 --json',
    ],
  );
  return addScopeOptions(command)
    .option(
      '--urgent',
      'only sessions that are missing and will soon be lost (setting urgent_days); exit code 1 if there are any',
    )
    .action(async (options: ScopeOptions & { readonly urgent?: boolean }) => {
      const app = await openApp(options);
      const whole = await app.coverage(toRequest(options));
      const found = options.urgent === true ? onlyUrgent(whole, app.urgent_days) : whole;
      if (options.urgent === true && found.rows.length > 0) around().exitCode = 1;
      await warnOfClock(app, options);
      if (options.json === true) writeJson(found);
      else if (options.urgent === true) printUrgent(found, app.urgent_days);
      else printCoverage(found);
      warnOfUnreadable(found);
    });
}

export function addScopeOptions(command: Command): Command {
  return command
    .option('--ticker <ticker>', 'only this ticker')
    .option('--endpoint <endpoint>', 'only this endpoint; with --ticker, also if the log does not know the two')
    .option('--from <YYYY-MM-DD>', 'the first day; default: the first known session of each ticker and endpoint')
    .option('--to <YYYY-MM-DD>', 'the last day; default: the last completed session')
    .option('--month <YYYY-MM>', 'a month, instead of --from and --to')
    .option('--as-of <YYYY-MM-DD>', 'count days from the end of this day in New York, instead of from now');
}

export function toRequest({ ticker, endpoint, from, to, month, asOf }: ScopeOptions): CoverageRequest {
  return { ticker, endpoint, from, to, month, as_of: asOf };
}

/** What is missing, and until when it is to be had, is told by the clock, unless the request names a day. */
export async function warnOfClock(app: App, { asOf }: ScopeOptions): Promise<void> {
  const doubt = asOf === undefined ? await app.clockDoubt() : null;
  if (doubt !== null) say(`${doubt}; check it, or name the day with --as-of`);
}

function onlyUrgent(found: Coverage, days: number): Coverage {
  const rows = found.rows.filter((row) => isUrgent(row, days)).toSorted(bySoonestGone);
  const none = Object.fromEntries(coverageStates.map((state) => [state, 0])) as Coverage['counts'];
  return { ...found, counts: { ...none, missing: rows.length }, rows };
}

function printUrgent({ rows }: Coverage, days: number): void {
  if (rows.length === 0) {
    writeData(`nothing is urgent: no missing session will be lost within ${counted(days, 'day')}`);
    return;
  }
  const titles = ['SESSION', 'TICKER', 'ENDPOINT'].map((title) => ({ title }));
  const cells = rows.map((row) => [row.session_date, row.ticker, row.endpoint, String(row.days_left ?? '')]);
  writeData(renderTable([...titles, { title: 'DAYS LEFT', right: true }], cells, terminalWidth()));
  say(`${counted(rows.length, 'missing session')} will be lost within ${counted(days, 'day')}`);
}

function printCoverage(found: Coverage): void {
  if (found.rows.length === 0) {
    writeData('no sessions known');
    say(
      'to see what could be fetched of a ticker, name it in full: --ticker SPX --endpoint gex_zero, or subscribe to it',
    );
    return;
  }
  writeData(renderCoverage(found, useColor()));
  const striking = found.rows.filter(
    ({ state, days_left }) => state === 'partial' || (state === 'missing' && days_left !== null),
  );
  if (striking.length === 0) return;
  const shown = [...striking].sort(bySoonestGone).slice(0, mostShown);
  const titles = ['SESSION', 'TICKER', 'ENDPOINT', 'STATE'].map((title) => ({ title }));
  const columns = [...titles, { title: 'DAYS LEFT', right: true }, { title: 'WHY', shrinks: true }];
  writeData(`\n${renderTable(columns, shown.map(toRow), terminalWidth())}`);
  const more = striking.length - shown.length;
  if (more > 0) say(`and ${more} more: \`gexlake reconcile\` lists them all`);
  say(`the vendor keeps a session for ${vendorKeeps_days} days; what is gone soonest comes first`);
}

function bySoonestGone(left: CoverageDay, right: CoverageDay): number {
  const rank = ({ days_left }: CoverageDay) => days_left ?? Number.MAX_SAFE_INTEGER;
  return rank(left) - rank(right);
}

function toRow({ session_date, ticker, endpoint, state, days_left, reasons }: CoverageDay): string[] {
  const why = reasons.map(({ detail }) => detail).join('; ');
  return [session_date, ticker, endpoint, state, days_left === null ? '' : String(days_left), why];
}

function warnOfUnreadable({ unreadable }: Coverage): void {
  for (const { path, message } of unreadable.slice(0, mostShown)) say(`not counted: ${path}: ${message}`);
  if (unreadable.length > 0)
    say(`live files that are not as the log says: ${unreadable.length}; \`gexlake reconcile\` lists them`);
}
