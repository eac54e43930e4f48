/** A column of a table for people. `shrinks` columns give up width, the last first, until the table fits the terminal. */
export type TableColumn = { readonly title: string; readonly right?: boolean; readonly shrinks?: boolean };

const gap = '  ';
const least = 8;

/** Lines of a table without borders. `width` is the terminal's; null means that nothing is cut. */
export function renderTable(
  columns: readonly TableColumn[],
  rows: readonly (readonly string[])[],
  width: number | null,
): string {
  const widths = columns.map((column, at) =>
    Math.max(column.title.length, ...rows.map((row) => clean(row[at] ?? '').length)),
  );
  if (width !== null) shrink(columns, widths, width);
  const titles = columns.map((column) => column.title);
  return [titles, ...rows].map((row) => renderRow(columns, row, widths)).join('\n');
}

function shrink(columns: readonly TableColumn[], widths: number[], width: number): void {
  let excess = widths.reduce((sum, each) => sum + each + gap.length, -gap.length) - width;
  for (let at = columns.length - 1; at >= 0 && excess > 0; at--) {
    if (columns[at]?.shrinks !== true) continue;
    const given = Math.min(excess, Math.max(0, (widths[at] ?? 0) - least));
    widths[at] = (widths[at] ?? 0) - given;
    excess -= given;
  }
}

function renderRow(columns: readonly TableColumn[], row: readonly string[], widths: readonly number[]): string {
  const cells = columns.map((column, at) => {
    const cell = fit(clean(row[at] ?? ''), widths[at] ?? 0);
    return column.right === true ? cell.padStart(widths[at] ?? 0) : cell.padEnd(widths[at] ?? 0);
  });
  return cells.join(gap).trimEnd();
}

function fit(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, Math.max(0, width - 1))}…`;
}

/** Control characters could move the cursor or hide text. */
function clean(text: string): string {
  return text.replaceAll(/\p{Cc}+/gu, ' ');
}
