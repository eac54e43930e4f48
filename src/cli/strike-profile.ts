/** One strike's gamma exposure by volume, in millions of dollars per 1 % move. */
export type ProfileRow = { readonly strike: number; readonly gex_vol: number };

/** The chart's size in terminal columns and lines, and whether it may be coloured. */
export type ProfileOptions = { readonly width: number; readonly height: number; readonly color: boolean };

type Style = 'plain' | 'negative' | 'positive' | 'spot';
type Segment = { readonly text: string; readonly style: Style };

const escapes: Readonly<Record<Style, string>> = {
  plain: '',
  negative: '\u001B[31m',
  positive: '\u001B[32m',
  spot: '\u001B[1;33m',
};
const reset = '\u001B[0m';

/** A cell filled from the left by 0 … 7 eighths. */
const fromLeft = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];
/** A cell filled from the right: Unicode has an eighth and a half only, so the others are drawn as the nearest of them. */
const fromRight = ['', '▕', '▕', '▐', '▐', '▐', '▐', '█'];

/**
 * A horizontal bar chart of gamma exposure around spot, highest strike first: negative left of the axis, positive right of
 * it, both on one linear scale, the strike next to spot marked with `▶`. A title with the unit, the strikes nearest to spot,
 * and the scale: at most `height` lines, but never fewer than three, of exactly `width` columns each, colours not counted. A
 * strike that is not zero shows at least an eighth of a cell.
 */
export function renderStrikeProfile(rows: readonly ProfileRow[], spot: number, options: ProfileOptions): string {
  const shown = nearestRows(rows, spot, Math.max(1, options.height - 2));
  const title = titleOf(spot, options.width);
  if (shown.length === 0) return [title, plain('no strikes')].map((line) => paint([line], options)).join('\n');
  const layout = layOut(shown, options.width);
  const marked = nearestIndex(shown, spot);
  const bars = shown.map((row, index) => rowSegments(row, index === marked, layout)).toReversed();
  return [[title], ...bars, scaleSegments(layout)].map((line) => paint(line, options)).join('\n');
}

/** Rows in ascending order of strike: those around the one next to spot, as many as there is room for. */
function nearestRows(rows: readonly ProfileRow[], spot: number, most: number): ProfileRow[] {
  const finite = rows.filter(({ strike, gex_vol }) => Number.isFinite(strike) && Number.isFinite(gex_vol));
  const sorted = finite.toSorted((left, right) => left.strike - right.strike);
  const middle = nearestIndex(sorted, spot);
  const first = Math.max(0, Math.min(middle - Math.floor(most / 2), sorted.length - most));
  return sorted.slice(first, first + most);
}

function nearestIndex(sorted: readonly ProfileRow[], spot: number): number {
  let nearest = 0;
  for (const [index, { strike }] of sorted.entries()) {
    if (Math.abs(strike - spot) < Math.abs((sorted[nearest]?.strike ?? 0) - spot)) nearest = index;
  }
  return nearest;
}

type Layout = {
  readonly strike_columns: number;
  readonly value_columns: number;
  readonly left_columns: number;
  readonly right_columns: number;
  /** Exposure that one column stands for. */
  readonly perColumn: number;
  readonly decimals: number;
};

/** Shares the columns out: strikes, bars in proportion to the extremes of both signs, and values where there is room for them. */
function layOut(rows: readonly ProfileRow[], width: number): Layout {
  const lowest = Math.max(0, ...rows.map(({ gex_vol }) => -gex_vol));
  const highest = Math.max(0, ...rows.map(({ gex_vol }) => gex_vol));
  const decimals = Math.max(lowest, highest) >= 1000 ? 0 : Math.max(lowest, highest) >= 10 ? 1 : 2;
  const strike_columns = Math.max(...rows.map(({ strike }) => strikeText(strike).length));
  const widest = Math.max(...rows.map(({ gex_vol }) => valueText(gex_vol, decimals).length));
  const free = width - strike_columns - 4;
  const value_columns = free - widest - 1 >= 8 ? widest : 0;
  const bars = Math.max(2, free - (value_columns === 0 ? 0 : value_columns + 1));
  const span = lowest + highest;
  const left_columns = span === 0 ? Math.floor(bars / 2) : Math.ceil((bars * lowest) / span);
  const left = Math.min(left_columns, highest > 0 ? bars - 1 : bars);
  const perColumn = Math.max(lowest / Math.max(1, left), highest / Math.max(1, bars - left));
  return { strike_columns, value_columns, left_columns: left, right_columns: bars - left, perColumn, decimals };
}

function rowSegments(row: ProfileRow, isSpot: boolean, layout: Layout): Segment[] {
  const label = `${isSpot ? '▶ ' : '  '}${strikeText(row.strike).padStart(layout.strike_columns)} `;
  const eighths = row.gex_vol === 0 ? 0 : Math.max(1, Math.round((Math.abs(row.gex_vol) / layout.perColumn) * 8));
  const whole = '█'.repeat(Math.floor(eighths / 8));
  const [left, right] =
    row.gex_vol < 0 ? [partOf(fromRight, eighths) + whole, ''] : ['', whole + partOf(fromLeft, eighths)];
  const value =
    layout.value_columns === 0 ? '' : valueText(row.gex_vol, layout.decimals).padStart(layout.value_columns + 1);
  return [
    { text: label, style: isSpot ? 'spot' : 'plain' },
    { text: left.padStart(layout.left_columns), style: 'negative' },
    { text: isSpot ? '┼' : '│', style: isSpot ? 'spot' : 'plain' },
    { text: right.padEnd(layout.right_columns), style: 'positive' },
    { text: value, style: isSpot ? 'spot' : 'plain' },
  ];
}

/** The outermost cell of a bar, where it is not a whole one. */
function partOf(cells: readonly string[], eighths: number): string {
  return eighths % 8 === 0 ? '' : (cells[eighths % 8] ?? '');
}

/** The line below the bars: the exposure at both ends, and 0 under the axis. */
function scaleSegments(layout: Layout): Segment[] {
  const { left_columns, right_columns, perColumn, decimals, strike_columns } = layout;
  const lowest = left_columns === 0 ? '' : valueText(-perColumn * left_columns, decimals);
  const highest = right_columns === 0 ? '' : valueText(perColumn * right_columns, decimals);
  const left = lowest.length < left_columns ? lowest.padEnd(left_columns) : ' '.repeat(left_columns);
  const right = highest.length < right_columns ? highest.padStart(right_columns) : ' '.repeat(right_columns);
  return [plain(' '.repeat(strike_columns + 3)), plain(left), plain('0'), plain(right)];
}

function titleOf(spot: number, width: number): Segment {
  const titles = [
    `Gamma exposure by strike, millions of dollars per 1 % move, spot ${strikeText(spot)}`,
    `Gamma exposure, $ million per 1 % move, spot ${strikeText(spot)}`,
    `$ million per 1 %, spot ${strikeText(spot)}`,
  ];
  return plain(titles.find((title) => title.length <= width) ?? '$ million per 1 %');
}

function plain(text: string): Segment {
  return { text, style: 'plain' };
}

/** Joins segments to a line of exactly `width` columns. Every character used here is one UTF-16 unit and one column. */
function paint(segments: readonly Segment[], { width, color }: ProfileOptions): string {
  let room = width;
  let line = '';
  for (const { text, style } of segments) {
    const fitting = text.slice(0, room);
    room -= fitting.length;
    const coloured = color && style !== 'plain' && fitting.trim() !== '';
    line += coloured ? `${escapes[style]}${fitting}${reset}` : fitting;
  }
  return line + ' '.repeat(room);
}

function strikeText(strike: number): string {
  return String(Math.round(strike * 100) / 100);
}

/** `-12,345.6`: grouped, so that magnitudes compare at a glance. Rounds to 0 without a sign. */
function valueText(value: number, decimals: number): string {
  const [whole = '0', rest] = Math.abs(value).toFixed(decimals).split('.');
  const grouped = whole.replace(/\B(?=(?:\d{3})+$)/g, ',');
  const text = rest === undefined ? grouped : `${grouped}.${rest}`;
  return value < 0 && /[1-9]/.test(text) ? `-${text}` : text;
}
