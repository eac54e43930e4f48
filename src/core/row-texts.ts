import type { QueryRow, QueryRows } from './query.ts';

/** The forms in which rows are written out, block by block as they come. */
export const rowForms = { csv: csvOf, json: jsonOf, jsonl: jsonLinesOf } as const;

export type RowForm = keyof typeof rowForms;

/** CSV with the names of the columns first: quoted where it must be, nothing for null, lists and structures as JSON. */
async function* csvOf(rows: QueryRows): AsyncGenerator<string, void, void> {
  yield csvLine(rows.columns);
  for await (const block of rows.blocks()) yield block.map(csvLine).join('');
}

/** One JSON array of objects, indented. Cut off in the middle it is no JSON. */
async function* jsonOf(rows: QueryRows): AsyncGenerator<string, void, void> {
  let before = '[\n';
  for await (const block of rows.blocks()) {
    if (block.length === 0) continue;
    const text = JSON.stringify(toObjects(rows.columns, block), null, 2);
    // Without the brackets of this block's own array.
    yield `${before}${text.slice(2, -2)}`;
    before = ',\n';
  }
  yield before === ',\n' ? '\n]\n' : '[]\n';
}

/** A JSON object on each line. */
async function* jsonLinesOf(rows: QueryRows): AsyncGenerator<string, void, void> {
  for await (const block of rows.blocks()) {
    yield toObjects(rows.columns, block)
      .map((row) => `${JSON.stringify(row)}\n`)
      .join('');
  }
}

/** A value as people read it: lists and structures as JSON, null as nothing. */
export function toText(value: unknown): string {
  if (value === null || value === undefined) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function toObjects(columns: readonly string[], block: readonly QueryRow[]): Record<string, unknown>[] {
  return block.map((row) => Object.fromEntries(columns.map((name, at) => [name, row[at]])));
}

/** A line of CSV: values are quoted where they must be, null is nothing. */
export function csvLine(row: QueryRow): string {
  return `${row.map((value) => quoted(toText(value))).join(',')}\n`;
}

function quoted(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
