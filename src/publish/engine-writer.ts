import { columnsOf } from '../core/contract.ts';
import { parseEndpoint } from '../core/names.ts';
import { parquetRows, sqlName, sqlText } from '../db/db.ts';
import { urlsOf } from './engine-urls.ts';
import { sourceChecksums, type RewriteSource } from './rewrite-source.ts';
import type { Rewriting } from './rewrite.ts';

/**
 * Writes what compactions and corrections of contract version 1 have written before their files were our writer's: by DuckDB's COPY, whose
 * bytes another version of DuckDB makes otherwise. It stays while there are such files, which may have to be made again.
 */
export async function writeByEngine({ database, store, source, target }: Rewriting): Promise<void> {
  const version = '1';
  const urls = await urlsOf(source.files, store);
  const rows = copiedRows(urls, source);
  const columns = columnsOf(parseEndpoint(target.endpoint), source.dataset, version).map(({ name }) => sqlName(name));
  const checksums = await sourceChecksums(database, [...urls, ...source.added.map((file) => file.path)]);
  const metadata = `{'gexlake.contract_version': ${sqlText(version)}, 'gexlake.source_checksum': ${sqlText(checksums.join(','))}}`;
  await database.run(
    `COPY (SELECT ${columns.join(', ')} FROM (${rows}) ORDER BY timestamp, file_row_number)
     TO ${sqlText(target.path)} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 122880, KV_METADATA ${metadata})`,
  );
}

function copiedRows(urls: readonly string[], { without, added }: RewriteSource): string {
  const parts: string[] = [];
  if (urls.length > 0) {
    const dates = without.map((date) => `DATE ${sqlText(date)}`);
    const where = dates.length === 0 ? '' : `WHERE session_date NOT IN (${dates.join(', ')})`;
    parts.push(`SELECT * FROM ${readAll(urls)} ${where}`);
  }
  if (added.length > 0) parts.push(`SELECT * FROM ${readAll(added.map((file) => file.path))}`);
  return parts.join(' UNION ALL BY NAME ');
}

function readAll(paths: readonly string[]): string {
  return parquetRows(paths, { rowNumber: true });
}
