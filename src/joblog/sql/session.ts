import type { SqlValue } from '../../core/columns.ts';

export type SqlRow = Readonly<Record<string, unknown>>;

/**
 * A transaction that is open, and answers SQL of the subset that DuckDB and PostgreSQL answer alike: placeholders `$1`, `$2`, …; lists
 * come in as one text (`x = ANY(string_to_array($1, ','))`), and what a placeholder is has to be said where nothing else says it
 * (`CAST($1 AS TIMESTAMP)`). Whole numbers come back as number or bigint, days and times as Date.
 */
export type Sql = {
  readonly all: (text: string, values?: readonly SqlValue[]) => Promise<SqlRow[]>;
  readonly first: (text: string, values?: readonly SqlValue[]) => Promise<SqlRow | null>;
};

/** A list of ids or days as one bound value. */
export function listOf(items: Iterable<string>): string {
  return [...items].join(',');
}
