import type { Command } from 'commander';
import type { QueryResult } from '../app.ts';
import { GexlakeError } from '../core/errors.ts';
import { makeCommand, openApp, type CommonOptions } from './command-line.ts';
import { say, terminalWidth, toText, writeData, writeJson } from './output.ts';
import { renderTable } from './table.ts';

type QueryOptions = CommonOptions & { readonly csv?: boolean; readonly limit: string };

export function queryCommand(): Command {
  return makeCommand(
    'query',
    'run SQL over the live data: views strikes and snapshots, tables import_jobs, job_events, parquet_files',
    [
      'query "SELECT session_date, count(*) FROM strikes GROUP BY 1 ORDER BY 1"',
      "query \"SELECT timestamp, zero_gamma FROM snapshots WHERE ticker = 'NQ_NDX' AND endpoint = 'gex_zero'\" --csv",
      'query "DESCRIBE strikes"',
    ],
  )
    .argument('<sql>', 'one reading statement in DuckDB’s SQL')
    .option('--csv', 'print CSV on standard output')
    .option('--limit <rows>', 'at most so many rows (table: 1000, --json and --csv: 1000000)')
    .action(async (sql: string, options: QueryOptions) => {
      const asData = options.json === true || options.csv === true;
      const result = await (await openApp(options)).query(sql, readLimit(options.limit, asData));
      if (options.json === true) writeJson(toObjects(result));
      else if (options.csv === true) writeData(toCsv(result));
      else
        writeData(
          renderTable(
            result.columns.map((title) => ({ title, shrinks: true })),
            result.rows.map((row) => row.map(toText)),
            terminalWidth(),
          ),
        );
      if (result.more) say(`there are more rows than ${result.rows.length}; raise --limit to see them`);
    });
}

function readLimit(given: string | undefined, asData: boolean): number {
  if (given === undefined) return asData ? 1_000_000 : 1_000;
  if (/^[1-9]\d{0,8}$/.test(given)) return Number(given);
  throw new GexlakeError('USAGE', `--limit is ${given}, expected a whole number from 1`, {
    hint: 'For example: --limit 5000',
  });
}

function toObjects(result: QueryResult): Record<string, unknown>[] {
  return result.rows.map((row) => Object.fromEntries(result.columns.map((name, at) => [name, row[at]])));
}

function toCsv(result: QueryResult): string {
  const quoted = (text: string) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  return [result.columns, ...result.rows].map((row) => row.map((value) => quoted(toText(value))).join(',')).join('\n');
}
