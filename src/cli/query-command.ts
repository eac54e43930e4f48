import { Option, type Command } from 'commander';
import type { App, QueryRequest, QueryRows } from '../app/app.ts';
import { parseAskedTimes, type AnsweredTime } from '../core/as-of.ts';
import { counted } from '../core/counted.ts';
import { errorRules, GexlakeError } from '../core/errors.ts';
import { limits } from '../core/limits.ts';
import { formOfFile } from '../core/out-file.ts';
import { rowForms, toText, type RowForm } from '../core/row-texts.ts';
import { makeCommand, openApp, type CommonOptions } from './command-line.ts';
import { formatBytes, formatCount } from './format.ts';
import { GovernProgress } from './govern-progress.ts';
import { listenForInterrupts } from './interrupts.ts';
import { say, tell, terminalWidth, writeChunks, writeJson } from './output.ts';
import { renderTable } from './table.ts';
import { around } from './surroundings.ts';

type QueryOptions = CommonOptions & {
  readonly csv?: boolean;
  readonly limit?: string;
  readonly read?: readonly string[];
  readonly out?: string;
  readonly asOf?: readonly string[];
};

export function queryCommand(): Command {
  return makeCommand(
    'query',
    'run SQL over the live data: views strikes and snapshots, and the tables of the log, such as import_jobs and vendor_calls',
    [
      'query "SELECT session_date, count(*) FROM strikes GROUP BY 1 ORDER BY 1"',
      "query \"SELECT timestamp, zero_gamma FROM snapshots WHERE ticker = 'NQ_NDX' AND endpoint = 'gex_zero'\" --csv",
      'query "FROM snapshots JOIN \'prices.csv\' AS price USING (timestamp)" --read prices.csv',
      'query "FROM strikes WHERE ticker = \'SPX\'" --out spx.parquet',
      'query "SELECT count(*) FROM strikes" --as-of 2025-11-03T14:30:00Z',
      'query "SELECT count(*) FROM a.strikes ANTI JOIN b.strikes USING (timestamp, strike)" --as-of a=2025-11-03T14:30:00Z --as-of b=2025-11-07T21:00:00Z',
      'query "DESCRIBE strikes"',
    ],
  )
    .argument('<sql>', 'one reading statement in DuckDB’s SQL')
    .addOption(new Option('--csv', 'print CSV on standard output').conflicts('json'))
    .option('--limit <rows>', 'the largest number of rows (default: 1000 for a table, else all)')
    .option('--out <file>', 'write the rows into a new file: .parquet, .csv, .json or .jsonl')
    .option(
      '--as-of <time>',
      'show the rows that counted at a time (RFC 3339, with its zone); several as schemas: --as-of a=… --as-of b=…',
      also,
    )
    .option('--read <path>', 'a file or folder that the query may also read; can be given several times', also)
    .action(async (sql: string, options: QueryOptions) => {
      const { interrupts, stop } = listenForInterrupts('ending the query; interrupt again to leave at once');
      interrupts.abort.addEventListener('abort', () => process.exit(errorRules.INTERRUPTED.exit));
      const progress = new GovernProgress(around().stderr);
      const limit = readLimit(options);
      const onProgress = (percent: number) => {
        progress.onProgress('running the query', Math.floor(percent), 100);
      };
      const asOf = parseAskedTimes(options.asOf ?? []);
      const alsoRead = options.read ?? [];
      const request = { sql, limit, alsoRead, asOf, signal: interrupts.finish, onProgress, onAsOf: sayAsOf };
      try {
        const app = await openApp(options);
        const { out } = options;
        if (out === undefined) await show(app, request, { form: formOf(options), progress });
        else await keep(app, request, { ...options, out });
      } finally {
        progress.clear();
        stop();
      }
    });
}

/** What an answer about the past rests on, for people and programs alike. */
function sayAsOf(answered: readonly AnsweredTime[]): void {
  for (const one of answered) {
    const who = one.name === null ? '' : `${one.name}: `;
    const text = `${who}as of ${one.as_of}: ${counted(one.files, 'file')} (basis: ${one.basis})`;
    tell('as_of', { ...one }, text);
  }
}

function also(path: string, before: readonly string[] = []): readonly string[] {
  return [...before, path];
}

function formOf({ json, csv }: QueryOptions): RowForm | 'table' {
  if (json === true) return 'json';
  return csv === true ? 'csv' : 'table';
}

type Screen = { readonly form: RowForm | 'table'; readonly progress: GovernProgress };

async function show(app: App, request: QueryRequest, { form, progress }: Screen): Promise<void> {
  const hasMore = await app.queryRows(request, async (rows) => {
    const chunks = form === 'table' ? tableOf(rows) : rowForms[form](rows);
    await writeChunks(clearing(chunks, progress), request.signal);
    return rows.hasMore();
  });
  if (hasMore) sayMore(request);
}

type KeepOptions = QueryOptions & { readonly out: string };

async function keep(app: App, request: QueryRequest, { out, json, csv }: KeepOptions): Promise<void> {
  if (csv === true && formOfFile(out) !== 'csv') {
    throw new GexlakeError('USAGE', `--csv and --out ${out} ask for two forms`, { hint: 'Leave out --csv.' });
  }
  const { path, rows, bytes, hasMore } = await app.queryToFile(request, out);
  if (json === true) writeJson({ path, rows, bytes });
  else say(`${path}: ${formatCount(rows)} rows, ${formatBytes(bytes)}`);
  if (hasMore) sayMore(request);
}

function sayMore({ limit }: QueryRequest): void {
  say(`there are more rows than ${limit}; raise --limit to see them`);
}

/** Passes on what is to be shown once nothing else is on the terminal's line. */
async function* clearing(chunks: AsyncIterable<string>, progress: GovernProgress): AsyncGenerator<string, void, void> {
  for await (const chunk of chunks) {
    progress.clear();
    yield chunk;
  }
}

async function* tableOf(rows: QueryRows): AsyncGenerator<string, void, void> {
  const texts: string[][] = [];
  for await (const block of rows.blocks()) for (const row of block) texts.push(row.map(toText));
  const columns = rows.columns.map((title) => ({ title, shrinks: true }));
  yield `${renderTable(columns, texts, terminalWidth())}\n`;
}

const tableRows = 1_000;

/** Null for all rows. */
function readLimit(options: QueryOptions): number | null {
  const isTable = options.out === undefined && formOf(options) === 'table';
  const given = options.limit;
  if (given === undefined) return isTable ? tableRows : null;
  const most = isTable ? limits.table_rows : Number.MAX_SAFE_INTEGER;
  if (/^[1-9]\d{0,14}$/.test(given) && Number(given) <= most) return Number(given);
  const expected = isTable ? `a whole number from 1 to ${most}` : 'a whole number from 1';
  throw new GexlakeError('USAGE', `--limit is ${given}, expected ${expected}`, {
    hint: isTable ? 'For more rows use --csv, --json or --out.' : 'For example: --limit 5000',
  });
}
