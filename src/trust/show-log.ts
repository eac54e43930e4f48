import { importJobs } from '../core/log-tables.ts';
import type { Entry, RowChange } from '../journal/journal.ts';
import type { GovernContext } from '../maintenance/maintenance.ts';

/** Which entries are shown: those from one on, or the last ones; only those that say something of a job. */
export type AskedEntries = { readonly from: number | null; readonly limit: number; readonly job: string | null };

/** An entry in words. */
export type ShownEntry = {
  readonly seq: number;
  readonly committed_at: string;
  readonly actor: string;
  readonly kind: Entry['kind'];
  readonly what: readonly string[];
  /** How many rows of which table; null where they lie in a payload that was not read. */
  readonly rows: Readonly<Record<string, number>> | null;
  readonly payload: { readonly sha256: string; readonly size_bytes: number } | null;
  /** SHA-256 of a zero byte and the entry: its leaf in the tree. */
  readonly hash: string;
  readonly before: NonNullable<Entry['before']> | null;
  readonly reason: string | null;
  readonly key: NonNullable<Entry['key']> | null;
  readonly anchor: NonNullable<Entry['anchor']> | null;
};

/** One entry with its rows, as they were afterwards. */
export type WholeEntry = ShownEntry & { readonly changes: readonly RowChange[] };

type Found = { readonly entry: Entry; readonly hash: string };

/** The last entries, or those from one on, oldest first. @throws JOURNAL_DAMAGED */
export async function showEntries({ log }: GovernContext, { from, limit, job }: AskedEntries): Promise<ShownEntry[]> {
  const { journal } = log.whole;
  const { size } = await journal.position();
  const start = from ?? (job === null ? Math.max(0, size - limit) : 0);
  const shown: ShownEntry[] = [];
  for await (const found of journal.entries(start)) {
    if (job !== null && !(await isAbout(journal, found.entry, job))) continue;
    shown.push(toShown(found));
    if (shown.length <= limit) continue;
    if (from !== null) return shown.slice(0, limit);
    shown.shift();
  }
  return shown;
}

/** One entry with its rows; null where there is none of that number. @throws JOURNAL_DAMAGED */
export async function showEntry({ log }: GovernContext, seq: number): Promise<WholeEntry | null> {
  const { journal } = log.whole;
  for await (const found of journal.entries(seq)) {
    const changes = await Array.fromAsync(journal.changes(found.entry));
    return { ...toShown(found), rows: countByTable(changes), changes };
  }
  return null;
}

function toShown({ entry, hash }: Found): ShownEntry {
  const { seq, committed_at, actor, kind, what, rows, before, reason, key, anchor } = entry;
  const inside = Array.isArray(rows) ? (rows as readonly RowChange[]) : null;
  return {
    seq,
    committed_at,
    actor,
    kind,
    what,
    rows: inside === null ? null : countByTable(inside),
    payload: inside === null ? (rows as Exclude<Entry['rows'], readonly RowChange[]>) : null,
    hash,
    before: before ?? null,
    reason: reason ?? null,
    key: key ?? null,
    anchor: anchor ?? null,
  };
}

function countByTable(changes: readonly RowChange[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { table } of changes) counts[table] = (counts[table] ?? 0) + 1;
  return counts;
}

async function isAbout(journal: GovernContext['log']['whole']['journal'], entry: Entry, job: string): Promise<boolean> {
  for await (const change of journal.changes(entry)) {
    const row = 'gone' in change ? change.gone : change.row;
    const id = row[change.table === importJobs.name ? 'id' : 'job_id'];
    if (typeof id === 'string' && id.startsWith(job)) return true;
  }
  return false;
}
