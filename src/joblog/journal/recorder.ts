import type { LogTable } from '../../core/columns.ts';
import type { KeptQuery, RowChange } from '../../journal/journal.ts';
import { governedColumns, keyOf, toJournal } from './rows.ts';

/** What one transaction does to the log's rows, as the journal has it: of a row that changes twice, what it is in the end. */
export class Recorder {
  readonly #changes = new Map<string, RowChange>();
  readonly #queries: KeptQuery[] = [];
  readonly #events: { readonly event: string; readonly actor: string }[] = [];

  is(table: LogTable, row: object): void {
    const found = toJournal(table, row, (kept) => this.#queries.push(kept));
    this.#changes.set(nameOf(table, found), { table: table.name, row: found });
    const { event, actor } = found;
    if (table.name === 'job_events' && typeof event === 'string' && typeof actor === 'string')
      this.#events.push({ event, actor });
  }

  /** A change of these columns; one of a heartbeat alone is none of the journal's. */
  becomes(table: LogTable, row: object, changed: readonly string[]): void {
    const governed = new Set(governedColumns(table).map(([name]) => name));
    if (changed.some((name) => governed.has(name))) this.is(table, row);
  }

  goes(table: LogTable, row: object): void {
    const found = toJournal(table, row, () => undefined);
    this.#changes.set(nameOf(table, found), { table: table.name, gone: keyOf(table, found) });
  }

  get rows(): RowChange[] {
    return [...this.#changes.values()];
  }

  get queries(): readonly KeptQuery[] {
    return this.#queries;
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

function nameOf(table: LogTable, row: Parameters<typeof keyOf>[1]): string {
  return JSON.stringify([table.name, ...Object.values(keyOf(table, row))]);
}
