import type { Command } from 'commander';
import { counted } from '../core/counted.ts';
import { conditions } from '../core/quality.ts';
import type { QualityReport, SessionQuality } from '../core/quality-report.ts';
import { makeCommand, type CommonOptions } from './command-line.ts';
import { warnOfClock } from './coverage-command.ts';
import { formatCount } from './format.ts';
import { watching } from './govern-progress.ts';
import { say, terminalWidth, writeData, writeJson } from './output.ts';
import { around } from './surroundings.ts';
import { renderTable } from './table.ts';

type QualityOptions = CommonOptions & {
  readonly ticker?: string;
  readonly endpoint?: string;
  readonly from?: string;
  readonly to?: string;
  readonly all?: boolean;
  readonly compute?: boolean;
  readonly strict?: boolean;
};

const exitDegraded = 6;

export function qualityCommand(): Command {
  const command = makeCommand('quality', 'show how good the sessions are, in words and with the reasons', [
    'quality',
    'quality --ticker SPX --from 2025-10-01 --all',
    'quality --compute --strict --json',
  ]);
  return command
    .option('--ticker <ticker>', 'only this ticker')
    .option('--endpoint <endpoint>', 'only this endpoint; with --ticker, also if the log does not know the two')
    .option('--from <YYYY-MM-DD>', 'the first day; default: the first known session of each ticker and endpoint')
    .option('--to <YYYY-MM-DD>', 'the last day; default: the last completed session')
    .option('--all', 'show sessions with which all is well, too')
    .option('--compute', 'first look at the sessions that nobody has looked at since they last changed')
    .option('--strict', 'exit with 6 where a session is degraded')
    .action(showQuality);
}

async function showQuality(options: QualityOptions): Promise<void> {
  const { ticker, endpoint, from, to } = options;
  const request = { ticker, endpoint, from, to };
  const [computed, report] = await watching(options, async (app, onProgress) => {
    const looked = options.compute === true ? await app.computeQuality(request, onProgress) : null;
    await warnOfClock(app, options);
    return [looked, await app.quality(request)] as const;
  });
  if (options.json === true) writeJson({ ...report, computed });
  else {
    if (computed !== null) say(`looked at ${counted(computed.looked_at, 'session')} in their files`);
    print(report, options.all === true);
  }
  for (const { session, message } of computed?.failed ?? []) say(`could not be looked at: ${session}: ${message}`);
  if (options.strict === true && report.counts.degraded > 0) around().exitCode = exitDegraded;
}

function print({ sessions, counts, not_looked_at }: QualityReport, all: boolean): void {
  const shown = sessions.filter((session) => all || isToTell(session));
  const titles = ['SESSION', 'TICKER', 'ENDPOINT', 'CONDITION'].map((title) => ({ title }));
  const columns = [...titles, { title: 'WHY', shrinks: true, least: 30 }];
  if (shown.length > 0) writeData(renderTable(columns, shown.map(toRow), terminalWidth()));
  writeData(conditions.map((condition) => `${condition} ${formatCount(counts[condition])}`).join('   '));
  if (not_looked_at > 0)
    say(
      `${counted(not_looked_at, 'session')} to look at: \`gexlake quality --compute\` does it, in the published files`,
    );
}

/** Whether somebody can want to do something about it. */
function isToTell({ condition, findings }: SessionQuality): boolean {
  const isGone = findings.some(({ code }) => code === 'lost');
  return findings.length === 0 ? condition !== 'available' : !isGone;
}

function toRow({ session_date, ticker, endpoint, condition, findings }: SessionQuality): string[] {
  return [session_date, ticker, endpoint, condition, findings.map(({ detail }) => detail).join('; ')];
}
