import { median, type Usage } from './measure.ts';
import type { Rows } from './rows.ts';

type Output =
  | ({ readonly kind: 'parquet'; readonly strikes_bytes: number; readonly snapshots_bytes: number } & Rows)
  | { readonly kind: 'floor'; readonly parts: Readonly<Record<string, number>> };

/** All runs of one contender, and what the last one wrote. */
export type Measured = { readonly name: string; readonly usages: readonly Usage[]; output: Output | null };

type Figure = 'wall_s' | 'cpu_s' | 'peak_mb' | 'peak_sum_mb';

function middle({ usages }: Measured, figure: Figure): number {
  return median(usages.map((usage) => usage[figure] ?? Number.NaN));
}

const columns: readonly (readonly [string, (measured: Measured) => string])[] = [
  ['wall s', (measured) => middle(measured, 'wall_s').toFixed(2)],
  ['least', ({ usages }) => Math.min(...usages.map((usage) => usage.wall_s)).toFixed(2)],
  ['CPU s', (measured) => middle(measured, 'cpu_s').toFixed(2)],
  ['peak MB', (measured) => middle(measured, 'peak_mb').toFixed(0)],
  ['all MB', (measured) => middle(measured, 'peak_sum_mb').toFixed(0)],
  ['strikes MB', ({ output }) => (output?.kind === 'parquet' ? (output.strikes_bytes / 1e6).toFixed(2) : '')],
  ['snaps. MB', ({ output }) => (output?.kind === 'parquet' ? (output.snapshots_bytes / 1e6).toFixed(2) : '')],
  ['rows', ({ output }) => (output?.kind === 'parquet' ? String(output.strike_rows) : '')],
  ['rows/s', (measured) => rowsPerSecond(measured)],
  ['bytes/row', ({ output }) => (output?.kind === 'parquet' ? bytesPerRow(output) : '')],
];

function rowsPerSecond(measured: Measured): string {
  const rows = measured.output?.kind === 'parquet' ? measured.output.strike_rows : 0;
  return rows === 0 ? '' : String(Math.round(rows / middle(measured, 'wall_s')));
}

function bytesPerRow({ strikes_bytes, strike_rows }: Extract<Output, { kind: 'parquet' }>): string {
  return (strikes_bytes / strike_rows).toFixed(2);
}

/** Medians of whole process trees, and what they wrote. */
export function printTable(measured: readonly Measured[]): void {
  console.log(`\n${'medians'.padEnd(27)}${columns.map(([title]) => title.padStart(11)).join('')}`);
  for (const one of measured)
    console.log(one.name.padEnd(27) + columns.map(([, cell]) => cell(one).padStart(11)).join(''));
  for (const { output } of measured) {
    if (output?.kind !== 'floor') continue;
    const parts = Object.entries(output.parts).map(([name, value]) => `${name} ${Math.round(value)}`);
    console.log(`\nof the floor's last run: ${parts.join(', ')}`);
  }
}

/** gexlake in relation to each of the others: of the medians, and the median of the ratios of each turn. */
export function printRatios(measured: readonly Measured[]): void {
  const ours = measured.find(({ name }) => name.startsWith('gexlake'));
  if (ours === undefined) return;
  console.log(`\n${'gexlake in relation to'.padEnd(27)}    wall  by turns     CPU    peak  strikes bytes`);
  for (const other of measured) {
    if (other === ours) continue;
    const ratio = (figure: Figure) => (middle(ours, figure) / middle(other, figure)).toFixed(2).padStart(8);
    const byTurns = median(ours.usages.map((usage, at) => usage.wall_s / (other.usages[at]?.wall_s ?? Number.NaN)));
    const cells = [ratio('wall_s'), byTurns.toFixed(2).padStart(10), ratio('cpu_s'), ratio('peak_mb')];
    console.log(other.name.padEnd(27) + cells.join('') + sizeRatio(ours, other));
  }
}

function sizeRatio(ours: Measured, other: Measured): string {
  if (ours.output?.kind !== 'parquet' || other.output?.kind !== 'parquet') return '';
  return (ours.output.strikes_bytes / other.output.strikes_bytes).toFixed(2).padStart(15);
}

export function printMemory(measured: readonly Measured[], long: Usage): void {
  const ours = measured.find(({ name }) => name.startsWith('gexlake'));
  if (ours === undefined) return;
  const growth = long.peak_mb / middle(ours, 'peak_mb');
  console.log(
    `\nten times as long: wall ${long.wall_s.toFixed(1)} s, peak ${long.peak_mb.toFixed(0)} MB, ${growth.toFixed(2)} × the peak of one day`,
  );
}
