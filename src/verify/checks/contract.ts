import { columnsOf, contracts, isNewerContract } from '../../core/contract.ts';
import { parseEndpoint } from '../../core/names.ts';
import { parquetFacts, type Database } from '../../db/db.ts';
import type { PublishedFile } from './expected-files.ts';
import { of } from './look.ts';
import { noteOf, type Note, type Problem } from '../../core/problem.ts';

/** The names of each file's columns, in their order. */
export async function readColumnNames(
  database: Database,
  paths: readonly string[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  const rows = await database.all(
    `SELECT file_name, name, coalesce(num_children, 0)::INTEGER AS children FROM ${parquetFacts('parquet_schema', paths)}`,
  );
  const elements = rows.map(({ file_name, name, children }) => {
    return { file: file_name as string, name: name as string, children: Number(children) };
  });
  const byFile = Map.groupBy(elements, ({ file }) => file);
  return new Map([...byFile].map(([file, schema]) => [file, topLevel(schema)]));
}

/** A schema lies flat, each group before its parts; the first element is the whole. */
function topLevel(schema: readonly { readonly name: string; readonly children: number }[]): string[] {
  const found: string[] = [];
  let at = 1;
  const skip = (): void => {
    const parts = schema[at++]?.children ?? 0;
    for (let part = 0; part < parts; part++) skip();
  };
  while (at < schema.length) {
    found.push(schema[at]?.name ?? '');
    skip();
  }
  return found;
}

/** A file has the columns of the contract that it says it follows. */
export function checkContract(file: PublishedFile, version: unknown, columns: readonly string[]): Problem | null {
  if (typeof version === 'string' && isNewerContract(version)) return null;
  if (typeof version !== 'string' || !contracts.has(version)) {
    const known = [...contracts.keys()].join(', ');
    return of(file, 'FILE_METADATA', `has contract version ${String(version)}, known are ${known}`);
  }
  const { endpoint, dataset } = file.published;
  const expected = columnsOf(parseEndpoint(endpoint), dataset, version).map(({ name }) => name);
  if (columns.join(' ') === expected.join(' ')) return null;
  const lacking = expected.filter((name) => !columns.includes(name));
  const strange = columns.filter((name) => !expected.includes(name));
  const differs = [
    ...(lacking.length === 0 ? [] : [`lacks ${lacking.join(', ')}`]),
    ...(strange.length === 0 ? [] : [`has ${strange.join(', ')}`]),
  ];
  const what = differs.length === 0 ? 'has its columns in another order' : differs.join(' and ');
  return of(file, 'FILE_METADATA', `${what}, which is not contract version ${version}`);
}

/** What cannot be checked of a file that a newer gexlake wrote. */
export function noteNewer({ path, jobId }: PublishedFile, version: unknown): Note[] {
  if (typeof version !== 'string' || !isNewerContract(version)) return [];
  const what = `${path} follows contract version ${version}, and this gexlake does not know its columns`;
  return [noteOf('CONTRACT_NEWER', { path, jobId }, what)];
}
