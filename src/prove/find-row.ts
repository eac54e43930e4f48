import { placeOf } from '../core/canonical-path.ts';
import { columnsOf } from '../core/contract.ts';
import { GexlakeError } from '../core/errors.ts';
import type { ParquetFile, PurgedFile } from '../core/job.ts';
import type { Endpoint } from '../core/names.ts';
import { formatTimestamp } from '../core/session.ts';
import { parquetRows, type Database, type Row } from '../db/db.ts';
import type { GovernContext } from '../maintenance/maintenance.ts';
import { placerOf, urlsOf, type PlacedVersion } from '../publish/publish.ts';

/** Which number is asked for. Times are Unix seconds. */
export type AskedNumber = {
  readonly ticker: string;
  readonly endpoint: Endpoint;
  readonly second: number;
  readonly strike: number;
  /** The column of the number that is meant; the whole row is compared in any case. */
  readonly column: string;
};

/** The files of `strikes` that counted, and every file that counts or ever has. */
export type Counting = {
  readonly files: readonly ParquetFile[];
  readonly versions: readonly ParquetFile[];
  /** What was purged of them. */
  readonly purged: readonly PurgedFile[];
};

/** A row of a published file: where the file lies, and which row of it, from 0 on. */
export type FoundRow = PlacedVersion & { readonly row: number; readonly values: Row };

/** Files that are looked at for the seconds nearest to one that is not there. */
const nearestFiles = 4;
const nearestShown = 2;

/**
 * The row of a number that is asked for, in the file that counts.
 * @throws SECOND_NOT_FOUND, STRIKE_NOT_FOUND with what is nearest
 */
export async function findRow(
  { store }: GovernContext,
  engine: Database,
  { asked, counting }: { readonly asked: AskedNumber; readonly counting: Counting },
): Promise<FoundRow> {
  const place = placerOf({ store, versions: counting.versions, purged: counting.purged });
  const files = counting.files.filter(({ first_timestamp: first, last_timestamp: last }) => {
    return Date.parse(first) <= asked.second * 1000 && asked.second * 1000 <= Date.parse(last);
  });
  for (const placed of await place(files)) {
    const [url = ''] = await urlsOf([placed], store);
    const rows = await engine.all(
      `SELECT * REPLACE (epoch(timestamp)::BIGINT AS timestamp) FROM ${parquetRows([url], { rowNumber: true })}
       WHERE timestamp = to_timestamp($1) AND strike = $2`,
      [asked.second, asked.strike],
    );
    const [first] = rows;
    if (first !== undefined) return { ...placed, row: Number(first['file_row_number']), values: first };
    if (await hasSecond(engine, url, asked.second)) throw await strikeNotFound(engine, url, asked);
  }
  throw await secondNotFound(engine, asked, { urls: await nearestUrls(store, place, { asked, counting }) });
}

/** The columns of a row that come from its record: all but those that say which block it is of. */
export function comparedColumns({ contract_version }: ParquetFile, endpoint: Endpoint): readonly string[] {
  const columns = columnsOf(endpoint, 'strikes', contract_version ?? undefined);
  return columns.map(({ name }) => name).filter((name) => name !== 'session_date' && name !== 'endpoint');
}

async function hasSecond(engine: Database, url: string, second: number): Promise<boolean> {
  const sql = `SELECT 1 AS found FROM ${parquetRows([url])} WHERE timestamp = to_timestamp($1) LIMIT 1`;
  return (await engine.first(sql, [second])) !== null;
}

async function strikeNotFound(engine: Database, url: string, asked: AskedNumber): Promise<GexlakeError> {
  const rows = await engine.all(
    `SELECT strike FROM ${parquetRows([url])} WHERE timestamp = to_timestamp($1) ORDER BY abs(strike - $2), strike LIMIT ${2 * nearestShown}`,
    [asked.second, asked.strike],
  );
  const nearest = rows.map(({ strike }) => Number(strike)).sort((left, right) => left - right);
  const { ticker, endpoint, second, strike } = asked;
  const problem = `${ticker} ${endpoint.name} has no strike ${strike} at ${formatTimestamp(second)}`;
  return new GexlakeError('STRIKE_NOT_FOUND', problem, { hint: `The nearest ones: ${nearest.join(', ')}.` });
}

async function nearestUrls(
  store: GovernContext['store'],
  place: ReturnType<typeof placerOf>,
  { asked, counting }: { readonly asked: AskedNumber; readonly counting: Counting },
): Promise<readonly string[]> {
  const distance = ({ first_timestamp: first, last_timestamp: last }: ParquetFile) =>
    Math.max(0, Date.parse(first) - asked.second * 1000, asked.second * 1000 - Date.parse(last));
  const near = counting.files.toSorted((left, right) => distance(left) - distance(right)).slice(0, nearestFiles);
  return urlsOf(await place(near), store);
}

async function secondNotFound(
  engine: Database,
  { ticker, endpoint, second }: AskedNumber,
  { urls }: { readonly urls: readonly string[] },
): Promise<GexlakeError> {
  const name = `${ticker} ${endpoint.name}`;
  if (urls.length === 0) {
    return new GexlakeError('SECOND_NOT_FOUND', `there are no strikes of ${name}`, {
      hint: '`gexlake coverage` says which sessions are here.',
    });
  }
  const rows = await engine.all(
    `SELECT DISTINCT epoch(timestamp)::BIGINT AS second FROM ${parquetRows(urls)}
     ORDER BY abs(second - CAST($1 AS BIGINT)), second LIMIT ${2 * nearestShown}`,
    [second],
  );
  const nearest = rows.map((row) => Number(row['second'])).sort((left, right) => left - right);
  return new GexlakeError('SECOND_NOT_FOUND', `${name} has nothing at ${formatTimestamp(second)}`, {
    hint: `The nearest seconds: ${nearest.map(formatTimestamp).join(', ')}.`,
  });
}

/** Makes sure that a file has the bytes that the log says; what is wrong with it in words, or null. */
export async function wrongBytes({ store }: GovernContext, { file, path }: PlacedVersion): Promise<string | null> {
  const found = await store.matches(path, { size_bytes: file.size_bytes, checksum: file.checksum });
  if (found.kind === 'same') return null;
  return `${placeOf(file)} has other bytes than the log says`;
}
