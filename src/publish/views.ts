import { columnsOf, type Column, type Dataset } from '../core/contract.ts';
import type { ParquetFile } from '../core/job.ts';
import { parseEndpoint } from '../core/names.ts';
import { parquetColumns, sqlName, sqlText, type Database } from '../db/db.ts';
import type { EngineUrls } from './engine-urls.ts';

/**
 * Makes the views `strikes` and `snapshots` over published files, whatever version each is of. One branch for each endpoint
 * with the endpoint as a constant, so that a filter on it leaves the other endpoints' files unopened; a file's own column of that name
 * is not read.
 */
export async function createViews(
  database: Database,
  files: readonly ShownFile[],
  { store, schema = 'main' }: Showing,
): Promise<void> {
  await database.run(`CREATE SCHEMA IF NOT EXISTS ${sqlName(schema)}`);
  for (const dataset of ['strikes', 'snapshots'] as const) {
    const some = files.filter((file) => file.dataset === dataset);
    const rows = viewQuery(await urlsByEndpoint(some, store), dataset);
    await database.run(`CREATE OR REPLACE VIEW ${sqlName(schema)}.${dataset} AS ${rows}`);
  }
}

/** A published file, and the path at which its bytes lie. */
export type ShownFile = Pick<ParquetFile, 'dataset' | 'endpoint' | 'path'>;

/** Where files are, and the schema that is to show them; the main one where none is said. */
export type Showing = { readonly store: EngineUrls; readonly schema?: string };

async function urlsByEndpoint(files: readonly ShownFile[], store: EngineUrls): Promise<Map<string, string[]>> {
  const byEndpoint = new Map<string, string[]>();
  for (const { endpoint, path } of files) {
    const urls = byEndpoint.get(endpoint) ?? [];
    urls.push(await store.engineUrl(path));
    byEndpoint.set(endpoint, urls);
  }
  return byEndpoint;
}

function viewQuery(byEndpoint: ReadonlyMap<string, readonly string[]>, dataset: Dataset): string {
  if (byEndpoint.size === 0) return emptyQuery(dataset);
  const branches = [...byEndpoint].map(
    ([endpoint, paths]) =>
      `SELECT ${sqlText(endpoint)} AS endpoint, * FROM ${parquetColumns(paths, viewColumns(endpoint, dataset))}`,
  );
  return branches.join('\nUNION ALL BY NAME\n');
}

/** The columns of a classic endpoint, and no rows. */
export function emptyQuery(dataset: Dataset): string {
  const columns = viewColumns('gex_zero', dataset).map(({ name, type }) => `NULL::${type} AS ${sqlName(name)}`);
  return `SELECT NULL::VARCHAR AS endpoint, ${columns.join(', ')} WHERE false`;
}

/** The columns behind `endpoint`. `extra` is JSON in files of all versions: to them that is a text, or a text that says it is JSON. */
export function viewColumns(endpoint: string, dataset: Dataset): Column[] {
  return columnsOf(parseEndpoint(endpoint), dataset)
    .filter(({ name }) => name !== 'endpoint')
    .map(({ name, type }) => ({ name, type: name === 'extra' ? 'JSON' : type }));
}
