import type { ImportRun } from '../app.ts';
import { errorRules } from '../core/errors.ts';
import type { ImportResult } from '../core/job.ts';
import { formatCount } from './format.ts';
import { reportError, say, terminalWidth, writeData, writeJson } from './output.ts';
import { renderTable, type TableColumn } from './table.ts';

const exitPartly = 4;
const exitInterrupted = 130;

/** Prints what became of some work and gives the exit code. What was done before an error or an interrupt is told too. */
export function reportRun({ results, error, interrupted }: ImportRun, json: boolean): number {
  if (results.length > 0 || error === null) printResults(results, json);
  if (error !== null) {
    const exitCode = reportError(error, json);
    return results.some((result) => result.status !== 'failed') ? exitPartly : exitCode;
  }
  return exitCodeOfRun({ results, error, interrupted });
}

/** The table of results and their errors, for people. */
export function printRun({ results }: ImportRun): void {
  if (results.length > 0) printResults(results, false);
}

export function exitCodeOfRun({ interrupted, results }: ImportRun): number {
  return interrupted ? exitInterrupted : exitCodeOf(results);
}

/** 0 where every job is done, skipped or staged; the error's own code where all failed alike; 4 where some did. */
function exitCodeOf(results: readonly ImportResult[]): number {
  const failed = results.filter((result) => result.status === 'failed');
  if (failed.length === 0) return 0;
  if (failed.length < results.length) return exitPartly;
  const codes = new Set(failed.map((result) => (result.error === null ? 1 : errorRules[result.error.code].exit)));
  return codes.size === 1 ? ([...codes][0] ?? 1) : 1;
}

const columns: readonly TableColumn[] = [
  { title: 'JOB', shrinks: true, least: 14 },
  { title: 'STATUS' },
  { title: 'TICKER' },
  { title: 'ENDPOINT', optional: true },
  { title: 'SESSION', optional: true },
  { title: 'READ', right: true },
  { title: 'PROCESSED', right: true },
  { title: 'DUPLICATE', right: true },
  { title: 'SET ASIDE', right: true },
  { title: 'STRIKE ROWS', right: true, optional: true },
];

/** Prints what became of imports: JSON, or a table with the files behind it; errors and their advice go to standard error. */
function printResults(results: readonly ImportResult[], json: boolean): void {
  if (json) {
    writeJson(results);
    return;
  }
  if (results.length > 0) writeData(renderTable(columns, results.map(toRow), terminalWidth()));
  for (const result of results) {
    for (const path of result.parquet_files) writeData(`  ${path}`);
    if (result.staging_table !== null) writeData(`  ${result.staging_table} in gex_data.db`);
    if (result.skipped_as !== null)
      writeData(`  ${result.job_id} brings nothing new: its rows are live from job ${result.skipped_as}`);
    if (result.error !== null) {
      say(`${result.job_id} failed: ${result.error.message} [${result.error.code}]`);
      if (result.error.hint !== null) say(`  ${result.error.hint}`);
    }
  }
}

function toRow(result: ImportResult): string[] {
  const counts = [
    result.records_read,
    result.records_processed,
    result.records_duplicate,
    result.records_quarantined,
    result.strike_rows,
  ];
  const [first, ...others] = result.session_dates;
  const sessions = others.length === 0 ? (first ?? '') : `${first} … ${others.at(-1)}`;
  return [
    result.job_id,
    result.status,
    result.ticker ?? '',
    result.endpoint ?? '',
    sessions,
    ...counts.map(formatCount),
  ];
}
