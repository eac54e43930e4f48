import type { LogTable } from '../../core/columns.ts';
import type { Draft, KeptSecret, RowChange } from '../../journal/journal.ts';
import { governedColumns, keyOf, rowName, toJournal } from './rows.ts';

/** What an entry says besides its rows, in whose name. */
export type Said = Pick<Draft, 'what' | 'actor'> & Partial<Pick<Draft, 'key' | 'anchor'>>;

/** What one transaction does to the log's rows, as the journal has it: of a row that changes twice, what it is in the end. */
export class Recorder {
  readonly #changes = new Map<string, RowChange>();
  readonly #secrets: KeptSecret[] = [];
  readonly #events: { readonly event: string; readonly actor: string }[] = [];

  /** What the entry says besides. */
  said: Said | null = null;

  is(table: LogTable, row: object): void {
    this.#note(table, row, (kept) => this.#secrets.push(kept));
  }

  /** A change of these columns; one of a heartbeat alone is none of the journal's. */
  becomes(table: LogTable, row: object, changed: readonly string[]): void {
    const governed = new Set(governedColumns(table).map(([name]) => name));
    if (!changed.some((name) => governed.has(name))) return;
    // The others are kept since they came.
    this.#note(table, row, (kept) => {
      if (changed.includes(kept.column)) this.#secrets.push(kept);
    });
  }

  #note(table: LogTable, row: object, onSecret: (kept: KeptSecret) => void): void {
    const found = toJournal(table, row, onSecret);
    this.#changes.set(rowName(table, found), { table: table.name, row: found });
    const { event, actor } = found;
    if (table.name === 'job_events' && typeof event === 'string' && typeof actor === 'string')
      this.#events.push({ event, actor });
  }

  goes(table: LogTable, row: object): void {
    const found = toJournal(table, row, () => undefined);
    this.#changes.set(rowName(table, found), { table: table.name, gone: keyOf(table, found) });
  }

  get rows(): RowChange[] {
    return [...this.#changes.values()];
  }

  /** What the entry must not have. */
  get secrets(): readonly KeptSecret[] {
    return this.#secrets;
  }

  /** What was done: the names of the events that were noted, or where there are none, of the tables. */
  get what(): string[] {
    const named =
      this.#events.length > 0 ? this.#events.map(({ event }) => event) : this.rows.map(({ table }) => table);
    return [...new Set(named)];
  }

  /** Who did it, as the events say; null where they do not. */
  get actor(): string | null {
    return this.#events[0]?.actor ?? null;
  }
}
