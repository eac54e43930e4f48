import { parseEndpoint, parseTicker, type Endpoint } from '../core/names.ts';
import { sqlName, type Database } from '../db/db.ts';
import type { DescribedFile } from './columns.ts';
import { readOld, textOf, unknown } from './reading.ts';

/** The one endpoint that path, job and columns agree on. @throws OLD_LAYOUT_UNKNOWN */
export async function endpointOf(
  engine: Database,
  { path, schema }: DescribedFile,
  known: string | null,
): Promise<Endpoint> {
  const column = schema.find(({ name, type }) => name.toLowerCase() === 'endpoint' && type === 'VARCHAR');
  const values = column === undefined ? [] : await distinct(engine, path, column.name);
  const names = new Set([...(known === null ? [] : [known]), ...values].map((value) => nameOrNull(value) ?? value));
  const [only, ...others] = [...names];
  if (only === undefined) throw unknown(path, 'neither its path nor a column says which endpoint it is of');
  if (others.length > 0) throw unknown(path, `it is of several endpoints: ${[...names].slice(0, 4).join(', ')}`);
  const name = nameOrNull(only);
  if (name === null) throw unknown(path, `endpoint ${only} is not one that GEXBot keeps history for`);
  return parseEndpoint(name);
}

/** The one ticker that path, job and the ticker columns of all files agree on. @throws OLD_LAYOUT_UNKNOWN */
export async function tickerOf(
  engine: Database,
  files: readonly { readonly path: string; readonly column: string | null }[],
  known: string | null,
): Promise<string> {
  const names = new Set(known === null ? [] : [known]);
  const [main] = files;
  for (const { path, column } of files) {
    if (column === null) continue;
    for (const value of await distinct(engine, path, column)) names.add(value.toUpperCase());
  }
  const [only, ...others] = [...names];
  const path = main?.path ?? '';
  if (only === undefined) throw unknown(path, 'neither its path nor a column says which ticker it is of');
  if (others.length > 0) throw unknown(path, `it is of several tickers: ${[...names].slice(0, 4).join(', ')}`);
  try {
    return parseTicker(only);
  } catch {
    throw unknown(path, `${JSON.stringify(only)} is not a ticker`);
  }
}

/** The different values of a text column that are not null; a few of them where there are many. */
async function distinct(engine: Database, path: string, column: string): Promise<string[]> {
  const name = sqlName(column);
  const rows = await engine.all(
    `SELECT DISTINCT ${name} AS value FROM ${readOld(path)} WHERE ${name} IS NOT NULL ORDER BY 1 LIMIT 5`,
  );
  return rows.map((row) => textOf(row['value']));
}

function nameOrNull(text: string): string | null {
  try {
    return parseEndpoint(text).name;
  } catch {
    return null;
  }
}
