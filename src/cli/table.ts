/**
 * A column of a table for people. Where the table is wider than the terminal, `optional` columns go, the last first, and
 * then `shrinks` columns give up width down to `least`, the widest first. What is still too wide is cut.
 */
export type TableColumn = {
  readonly title: string;
  readonly right?: boolean;
  readonly optional?: boolean;
  readonly shrinks?: boolean;
  readonly least?: number;
};

type SizedColumn = TableColumn & { readonly at: number; width: number };

const gap = '  ';
const leastWidth = 8;

/** Lines of a table without borders. `width` is the terminal's; null means that nothing is cut. */
export function renderTable(
  columns: readonly TableColumn[],
  rows: readonly (readonly string[])[],
  width: number | null,
): string {
  const sized = columns.map((column, at): SizedColumn => {
    const widest = rows.reduce((most, row) => Math.max(most, clean(row[at] ?? '').length), column.title.length);
    return { ...column, at, width: widest };
  });
  const shown = width === null ? sized : fitInto(sized, width);
  const titles = columns.map((column) => column.title);
  const lines = [titles, ...rows].map((row) => renderRow(shown, row));
  return lines.map((line) => (width === null ? line : cut(line, width))).join('\n');
}

function fitInto(columns: readonly SizedColumn[], width: number): SizedColumn[] {
  const shown = [...columns];
  while (total(shown, leastOf) > width) {
    const dropped = shown.findLastIndex((column) => column.optional === true);
    if (dropped === -1) break;
    shown.splice(dropped, 1);
  }
  for (const column of shown) column.width = Math.max(leastOf(column), Math.min(column.width, width));
  for (let excess = total(shown, (column) => column.width) - width; excess > 0; excess--) {
    const widest = widestOf(shown.filter((column) => column.width > leastOf(column)));
    if (widest === null) break;
    widest.width--;
  }
  return shown;
}

function widestOf(columns: readonly SizedColumn[]): SizedColumn | null {
  return columns.reduce<SizedColumn | null>(
    (most, one) => (most === null || one.width > most.width ? one : most),
    null,
  );
}

function total(columns: readonly SizedColumn[], widthOf: (column: SizedColumn) => number): number {
  return columns.reduce((sum, column) => sum + widthOf(column) + gap.length, -gap.length);
}

function leastOf(column: SizedColumn): number {
  return column.shrinks === true ? Math.min(column.width, column.least ?? leastWidth) : column.width;
}

function renderRow(columns: readonly SizedColumn[], row: readonly string[]): string {
  const cells = columns.map(({ at, width, right }) => {
    const cell = cut(clean(row[at] ?? ''), width);
    return right === true ? cell.padStart(width) : cell.padEnd(width);
  });
  return cells.join(gap).trimEnd();
}

function cut(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, Math.max(0, width - 1))}…`;
}

/** Control characters could move the cursor or hide text. */
function clean(text: string): string {
  return text.replaceAll(/\p{Cc}+/gu, ' ');
}
