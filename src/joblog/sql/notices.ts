import { rowReader } from '../../core/columns.ts';
import { notices } from '../../core/log-tables.ts';
import type { Matter, Notice } from '../../core/notices.ts';
import type { NoticeLog } from '../notice-log.ts';
import type { LogChange } from './change.ts';
import type { Sql } from './session.ts';
import type { Transactions } from './transactions.ts';

const toNotice = rowReader(notices.columns);

export function sqlNoticeLog({ read, write }: Transactions): NoticeLog {
  return {
    open: () => read(openNotices, []),
    since: (time) => read((sql) => noticesSince(sql, time), []),
    list: (limit) => read((sql) => newest(sql, limit), []),
    settle: (raised, cleared) => write((change) => settle(change, raised, cleared)),
    told: (notice, heard) => write((change) => noteTold(change, notice, heard)),
  };
}

async function openNotices(sql: Sql): Promise<Notice[]> {
  return (await sql.all('SELECT * FROM notices WHERE cleared_at IS NULL ORDER BY raised_at, matter')).map(toNotice);
}

async function noticesSince(sql: Sql, time: string): Promise<Notice[]> {
  const rows = await sql.all(
    `SELECT * FROM notices WHERE raised_at >= CAST($1 AS TIMESTAMP) OR cleared_at >= CAST($1 AS TIMESTAMP)
     ORDER BY raised_at, matter`,
    [time],
  );
  return rows.map(toNotice);
}

async function newest(sql: Sql, limit: number): Promise<Notice[]> {
  return (await sql.all('SELECT * FROM notices ORDER BY raised_at DESC, matter LIMIT $1', [limit])).map(toNotice);
}

/** Two processes may have found the same at once: the second one changes nothing. */
async function settle(change: LogChange, raised: readonly Matter[], cleared: readonly Notice[]): Promise<void> {
  const rows = await openNotices(change.sql);
  const open = new Map(rows.map((row) => [row.matter, row]));
  // What is final stays open for ever, and so is told once in a log's life.
  const added = raised.filter(({ matter }) => !open.has(matter));
  await change.insert(
    notices,
    added.map(({ matter, kind, title, text, isFinal }): Notice => {
      return {
        matter,
        kind,
        title,
        text,
        raised_at: change.now,
        final: isFinal,
        cleared_at: null,
        told: [],
        told_all_clear: [],
      };
    }),
  );
  for (const { matter } of cleared) {
    const row = open.get(matter);
    if (row !== undefined) await change.update(notices, row, { cleared_at: change.now });
  }
}

async function noteTold(
  change: LogChange,
  { matter, raised_at }: Notice,
  { state, target }: { readonly state: 'raised' | 'cleared'; readonly target: string },
): Promise<void> {
  const row = await change.sql.first('SELECT * FROM notices WHERE matter = $1 AND raised_at = CAST($2 AS TIMESTAMP)', [
    matter,
    raised_at,
  ]);
  if (row === null) return;
  const notice = toNotice(row);
  const column = state === 'raised' ? 'told' : 'told_all_clear';
  if (notice[column].includes(target)) return;
  await change.update(notices, notice, { [column]: [...notice[column], target] });
}
