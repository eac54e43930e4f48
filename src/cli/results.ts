import type { ImportRun, RequestedSource } from '../app/app.ts';
import { errorRules, type GexlakeError } from '../core/errors.ts';
import { noCounts, type ImportResult } from '../core/job.ts';
import { redactText, redactUrl } from '../core/redact.ts';
import { formatCount } from './format.ts';
import { reportError, say, terminalWidth, writeData, writeJson } from './output.ts';
import { renderTable, type TableColumn } from './table.ts';
import { tell } from './verify-command.ts';

const exitPartly = 4;
const exitInterrupted = 130;

/**
 * Prints what became of some work and gives the exit code. What was done before an error or an interrupt is told too, and so are
 * sources that were refused before there was a job for them, in the order in which they were `asked` for.
 */
export function reportRun(run: ImportRun, json: boolean, asked: readonly RequestedSource[] = []): number {
  const { error, interrupted, notes = [] } = run;
  if (!json) tell(notes);
  const results = withRefused(run.results, asked);
  if (results.length > 0 || error === null) printResults(results, json, notes);
  if (error !== null) {
    const exitCode = reportError(error, json);
    return results.some((result) => result.status !== 'failed') ? exitPartly : exitCode;
  }
  return exitCodeOfRun({ results, interrupted });
}

/** A result, or a source that never became a job. */
type Told = Omit<ImportResult, 'job_id'> & { readonly job_id: string | null; readonly source?: string };

/** Results come in the order of those sources that were not refused. */
function withRefused(results: readonly ImportResult[], asked: readonly RequestedSource[]): Told[] {
  const told: Told[] = [];
  let at = 0;
  for (const { source, error } of asked) {
    const result = error === null ? results[at++] : toldRefused(source, error);
    if (result !== undefined) told.push(result);
  }
  return [...told, ...results.slice(at)];
}

/** A source that was refused, in the form of a result. */
export function toldRefused(source: string, error: GexlakeError): Told {
  const { code, message, hint } = error.report();
  return {
    job_id: null,
    status: 'failed',
    skipped: false,
    skipped_as: null,
    ticker: null,
    endpoint: null,
    session_dates: [],
    ...noCounts,
    strike_rows: 0,
    staged_path: null,
    staging_table: null,
    parquet_files: [],
    error: { code, message: redactText(message), hint: hint === null ? null : redactText(hint) },
    warnings: [],
    source: redactUrl(source),
  };
}

/** The table of results and their errors, for people. */
export function printRun({ results }: ImportRun): void {
  if (results.length > 0) printResults(results, false);
}

export function exitCodeOfRun({ interrupted, results }: { interrupted: boolean; results: readonly Told[] }): number {
  return interrupted ? exitInterrupted : exitCodeOf(results);
}

/** 0 where every job is done, skipped or staged; the error's own code where all failed alike; 4 where some did. */
function exitCodeOf(results: readonly Told[]): number {
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

/** Results as JSON has them, those of refused sources included. The notes are about the run and stand in each. */
export function toJson(results: readonly Told[], notes: ImportRun['notes'] = []) {
  const told = notes.map(({ code, message, hint }) => ({ code, message, hint }));
  return results.map((result) => ({ ...result, notes: told }));
}

/** Prints what became of imports: JSON, or a table with the files behind it; errors and their advice go to standard error. */
function printResults(results: readonly Told[], json: boolean, notes: ImportRun['notes'] = []): void {
  if (json) {
    writeJson(toJson(results, notes));
    return;
  }
  const jobs = results.filter(({ job_id }) => job_id !== null);
  if (jobs.length > 0) writeData(renderTable(columns, jobs.map(toRow), terminalWidth()));
  for (const result of results) {
    for (const path of result.parquet_files) writeData(`  ${path}`);
    if (result.staging_table !== null) writeData(`  ${result.staging_table} in gex_data.db`);
    if (result.skipped_as !== null && result.warnings.length === 0)
      writeData(`  ${result.job_id} brings nothing new: its rows are live from job ${result.skipped_as}`);
    for (const warning of result.warnings) say(`${result.job_id} ${result.status}, warning: ${warning}`);
    if (result.error !== null) {
      say(
        `${result.job_id ?? 'not imported'}${result.job_id === null ? '' : ' failed'}: ${result.error.message} [${result.error.code}]`,
      );
      if (result.error.hint !== null) say(`  ${result.error.hint}`);
    }
  }
}

function toRow(result: Told): string[] {
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
    result.job_id ?? '',
    result.status,
    result.ticker ?? '',
    result.endpoint ?? '',
    sessions,
    ...counts.map(formatCount),
  ];
}
