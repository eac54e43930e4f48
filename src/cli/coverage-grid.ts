import { monthOf } from '../core/calendar.ts';
import { coverageStates, type Coverage, type CoverageDay, type CoverageState } from '../core/coverage.ts';

/** How a state is drawn: one character, and where colours are allowed one of the terminal's sixteen. */
const marks: Readonly<Record<CoverageState, { readonly symbol: string; readonly color: string }>> = {
  available: { symbol: '█', color: '\u001B[32m' },
  partial: { symbol: '▄', color: '\u001B[33m' },
  missing: { symbol: '!', color: '\u001B[1;31m' },
  pending: { symbol: '~', color: '\u001B[36m' },
  purged: { symbol: '–', color: '\u001B[34m' },
  closed: { symbol: '·', color: '\u001B[2m' },
  unknown: { symbol: '?', color: '\u001B[35m' },
  lost: { symbol: 'x', color: '\u001B[31m' },
};
const reset = '\u001B[0m';

/**
 * A grid for each month, oldest first: a row for each ticker and endpoint, a column of one character for each day, and below them what
 * the characters mean, with how often each is there. Days that were not asked for are blank.
 */
export function renderCoverage({ rows, counts }: Coverage, color: boolean): string {
  const months = [...new Set(rows.map(({ session_date }) => session_date.slice(0, 7)))].sort();
  const label_width = Math.max('YYYY-MM'.length, ...rows.map((row) => labelOf(row).length));
  const grids = months.map((month) => renderMonth(month, rows, { label_width, color }));
  return [...grids, legend(counts, color)].join('\n\n');
}

type Look = { readonly label_width: number; readonly color: boolean };

function renderMonth(month: string, rows: readonly CoverageDay[], { label_width, color }: Look): string {
  const days = Number(monthOf(month).last.slice(8));
  const numbers = Array.from({ length: days }, (_, at) => at + 1);
  const tens = numbers.map((day) => (day % 10 === 0 ? String(day / 10) : ' ')).join('');
  const ones = numbers.map((day) => String(day % 10)).join('');
  const ofMonth = rows.filter(({ session_date }) => session_date.startsWith(month));
  const labels = [...new Set(ofMonth.map(labelOf))];
  const lines = labels.map((name) => {
    const cells = new Map(
      ofMonth.filter((row) => labelOf(row) === name).map((row) => [Number(row.session_date.slice(8)), row]),
    );
    const drawn = numbers.map((day) => draw(cells.get(day)?.state, color)).join('');
    return `${name.padEnd(label_width)}  ${drawn}`.trimEnd();
  });
  return [`${month.padEnd(label_width)}  ${tens}`.trimEnd(), `${' '.repeat(label_width)}  ${ones}`, ...lines].join(
    '\n',
  );
}

function legend(counts: Coverage['counts'], color: boolean): string {
  return coverageStates.map((state) => `${draw(state, color)} ${state} ${counts[state]}`).join('   ');
}

function draw(state: CoverageState | undefined, color: boolean): string {
  if (state === undefined) return ' ';
  const mark = marks[state];
  return color ? `${mark.color}${mark.symbol}${reset}` : mark.symbol;
}

function labelOf({ ticker, endpoint }: CoverageDay): string {
  return `${ticker} ${endpoint}`;
}
