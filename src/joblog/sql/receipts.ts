import { rowReader } from '../../core/columns.ts';
import type { SourceReceipt, SourceRoot } from '../../core/job.ts';
import { sourceReceipts, sourceRoots } from '../../core/log-tables.ts';
import { listOf, type Sql } from './session.ts';

/** What the log knows of how sources came, and of their records; one question per function. */

const toReceipt = rowReader(sourceReceipts.columns);
const toRoot = rowReader(sourceRoots.columns);

/** The receipts of some jobs, oldest first. */
export async function receiptsOf(sql: Sql, ids: readonly string[]): Promise<SourceReceipt[]> {
  const rows = await sql.all(
    "SELECT * FROM source_receipts WHERE job_id = ANY(string_to_array($1, ',')) ORDER BY received_at, attempt",
    [listOf(ids)],
  );
  return rows.map(toReceipt);
}

/** The record root of a source; null where nobody has noted it yet. */
export async function rootOf(sql: Sql, checksum: string): Promise<SourceRoot | null> {
  const row = await sql.first("SELECT * FROM source_roots WHERE checksum = $1 AND rule = '1'", [checksum]);
  return row === null ? null : toRoot(row);
}
