import type { Command } from 'commander';
import { GexlakeError } from '../core/errors.ts';
import type { ReportPlace, ReconcileResult } from '../core/reconciliation.ts';
import { makeCommand, openApp } from './command-line.ts';
import { addScopeOptions, toRequest, warnOfClock, type ScopeOptions } from './coverage-command.ts';
import { formatCount } from './format.ts';
import { say, writeData, writeJson } from './output.ts';
import { around } from './surroundings.ts';

type ReconcileOptions = ScopeOptions & { readonly out?: string };

const exitDisagrees = 6;

export function reconcileCommand(): Command {
  const command = makeCommand(
    'reconcile',
    'compare the log, the Parquet files and the market calendar, and write a report of what to fetch and to settle',
    ['reconcile', 'reconcile --month 2025-10 --out -', 'reconcile --json --out report.md'],
  );
  return addScopeOptions(command)
    .option('--out <file>', 'where to write the report, a file that must not exist; - for standard output')
    .action(async (options: ReconcileOptions) => {
      const json = options.json === true;
      const report = reportPlace(options.out, json);
      const app = await openApp(options);
      const result = await app.reconcile({ ...toRequest(options), report });
      await warnOfClock(app, options);
      if (json) writeJson({ ...result.reconciliation, report_path: result.report_path });
      else if (options.out === '-') writeData(result.markdown);
      else writeData(describe(result));
      const { ok, disagreements } = result.reconciliation;
      const [stray, ...others] = result.reconciliation.strays;
      if (stray !== undefined && !json)
        say(
          `${formatCount(others.length + 1)} files of other programs lie under parquet/, such as ${stray}; nobody reads them`,
        );
      if (ok) return;
      say(`log and Parquet disagree: ${disagreements.length} disagreements are in the report`);
      around().exitCode = exitDisagrees;
    });
}

function reportPlace(out: string | undefined, json: boolean): ReportPlace {
  if (out === undefined) return { kind: 'folder' };
  if (out !== '-') return { kind: 'file', path: out };
  if (!json) return { kind: 'none' };
  throw new GexlakeError('USAGE', '--out - and --json would both print on standard output', {
    hint: 'Leave one out, or give --out a file.',
  });
}

function describe({ reconciliation, report_path }: ReconcileResult): string {
  const { checked, to_fetch, partial, failed_jobs, stuck_jobs, disagreements } = reconciliation;
  const soonest = to_fetch[0];
  const urgent =
    soonest === undefined ? '' : ` (the most urgent: ${soonest.session_date}, days left: ${soonest.days_left})`;
  return [
    `compared with the log: live files ${formatCount(checked.files)}, rows ${formatCount(checked.rows)}, sessions ${formatCount(checked.sessions)}`,
    `disagreements: ${formatCount(disagreements.length)}`,
    `sessions to fetch: ${formatCount(to_fetch.length)}${urgent}; partial: ${formatCount(partial.length)}`,
    `jobs failed: ${formatCount(failed_jobs.length)}; stuck: ${formatCount(stuck_jobs.length)}`,
    `report: ${report_path ?? ''}`,
  ].join('\n');
}
