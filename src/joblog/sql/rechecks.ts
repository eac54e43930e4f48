import { rowReader } from '../../core/columns.ts';
import { GexlakeError } from '../../core/errors.ts';
import type { Recheck } from '../../core/job.ts';
import { rechecks } from '../../core/log-tables.ts';
import type { Compared, RecheckedBlock, RecheckLog } from '../recheck-log.ts';
import { toJob } from './jobs.ts';
import { receiptsOf } from './receipts.ts';
import { carriersOf, isUntouched } from './same-bytes.ts';
import { listOf, type Sql } from './session.ts';
import type { Transactions } from './transactions.ts';

const toRecheck = rowReader(rechecks.columns);

export function sqlRecheckLog({ read, write }: Transactions): RecheckLog {
  return {
    note: (row) =>
      write(async (change) => {
        const noted: Recheck = { ...row, checked_at: change.now };
        await change.insert(rechecks, [noted]);
        return noted;
      }),
    list: (limit) => read((sql) => newest(sql, limit), []),
    since: (from) => read((sql) => since(sql, from), []),
    keptOf: (block) => read((sql) => keptOf(sql, block), []),
    keptAt: (path) => read((sql) => keptAt(sql, path), null),
    find: async (id) => {
      const found = await read((sql) => startingWith(sql, id), []);
      const [only, another] = found;
      if (only !== undefined && another === undefined) return only;
      throw new GexlakeError(
        'RECHECK_UNKNOWN',
        `${found.length === 0 ? 'no' : 'more than one'} recheck has the id ${id}`,
        {
          hint: '`gexlake recheck list` shows them with their ids.',
        },
      );
    },
    publisherOf: (block, sessionDates) =>
      sessionDates.length === 0 ? Promise.resolve(null) : read((sql) => publisherOf(sql, block, sessionDates), null),
  };
}

async function newest(sql: Sql, limit: number): Promise<Recheck[]> {
  return (await sql.all('SELECT * FROM rechecks ORDER BY checked_at DESC, id DESC LIMIT $1', [limit])).map(toRecheck);
}

async function since(sql: Sql, from: string): Promise<Recheck[]> {
  const rows = await sql.all(
    'SELECT * FROM rechecks WHERE checked_at >= CAST($1 AS TIMESTAMP) ORDER BY checked_at, id',
    [from],
  );
  return rows.map(toRecheck);
}

async function keptOf(sql: Sql, { ticker, endpoint }: RecheckedBlock): Promise<Recheck[]> {
  const rows = await sql.all(
    'SELECT * FROM rechecks WHERE ticker = $1 AND endpoint = $2 AND kept_path IS NOT NULL ORDER BY checked_at, id',
    [ticker, endpoint],
  );
  return rows.map(toRecheck);
}

async function keptAt(sql: Sql, path: string): Promise<Recheck | null> {
  const row = await sql.first('SELECT * FROM rechecks WHERE kept_path = $1', [path]);
  return row === null ? null : toRecheck(row);
}

async function startingWith(sql: Sql, id: string): Promise<Recheck[]> {
  const start = id.replace(/…$/, '');
  if (!/^[0-9a-f]{4,32}$/.test(start)) return [];
  return (await sql.all('SELECT * FROM rechecks WHERE starts_with(id, $1) LIMIT 2', [start])).map(toRecheck);
}

/**
 * The newest job of these sessions that has live rows, by the order of events. A job whose rows were withdrawn, purged or replaced, or whose
 * change was undone, is none.
 */
async function publisherOf(sql: Sql, block: RecheckedBlock, sessionDates: readonly string[]): Promise<Compared | null> {
  const { ticker, endpoint } = block;
  const rows = await sql.all(
    `WITH committed AS (SELECT job_id, max(number) AS place FROM job_events WHERE event = 'completed' GROUP BY job_id)
     SELECT job.* FROM import_jobs AS job LEFT JOIN committed ON committed.job_id = job.id
     WHERE status = 'completed' AND kind <> 'rewrite' AND ticker = $1 AND endpoint = $2 AND EXISTS (
       SELECT 1 FROM parquet_files AS file
       WHERE file.job_id = job.id AND file.state <> 'publishing'
         AND file.session_dates && CAST(string_to_array($3, ',') AS DATE[]))
     ORDER BY committed.place DESC NULLS LAST, finished_at DESC, id DESC`,
    [ticker, endpoint, listOf(sessionDates)],
  );
  for (const job of rows.map(toJob)) {
    const { own, merged } = await carriersOf(sql, job.id);
    if (own.length + merged.length === 0) continue;
    let isLatest = true;
    for (const session_date of sessionDates)
      isLatest &&= await isUntouched(sql, job.id, { ticker, endpoint, session_date });
    return { job, receipts: await receiptsOf(sql, [job.id]), isLatest };
  }
  return null;
}
