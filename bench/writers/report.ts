import { median } from '../measure.ts';
import type { Taken } from './encode.ts';

const whole = ({ prepare_ms, encode_ms }: Taken) => prepare_ms + encode_ms;

/** For each row group: least, median and most of its wall time, the median of its two parts and of processor time; and all files' sizes. */
export function printWriters(taken: ReadonlyMap<string, readonly Taken[]>): void {
  const titles = ['least ms', 'median', 'most', 'prepare', 'encode', 'user CPU', 'bytes/row'];
  console.log(`${'a row group'.padEnd(20)}${titles.map((title) => title.padStart(11)).join('')}`);
  for (const [name, all] of taken) {
    const walls = all.map(whole);
    const times = [Math.min(...walls), median(walls), Math.max(...walls), middle(all, 'prepare_ms')];
    const more = [middle(all, 'encode_ms'), middle(all, 'user_ms')];
    const cells = [...times, ...more].map((time_ms) => time_ms.toFixed(1));
    cells.push((sum(all, 'size_bytes') / sum(all, 'rows')).toFixed(2));
    console.log(name.padEnd(20) + cells.map((cell) => cell.padStart(11)).join(''));
  }
  printRatios(taken);
}

/** Each of the others in relation to gexlake's writer: medians of the ratios of all turns, and the files' sizes. */
function printRatios(taken: ReadonlyMap<string, readonly Taken[]>): void {
  const ours = taken.get('gexlake') ?? [];
  const titles = ['wall', 'encode', 'user CPU', 'bytes'];
  console.log(`\n${'times gexlake’s'.padEnd(20)}${titles.map((title) => title.padStart(11)).join('')}`);
  for (const [name, all] of taken) {
    if (all === ours) continue;
    const byTurns = (figure: (one: Taken) => number) =>
      median(all.map((one, at) => figure(one) / figure(ours[at] as Taken)));
    const size = sum(all, 'size_bytes') / sum(ours, 'size_bytes');
    const ratios = [byTurns(whole), byTurns((one) => one.encode_ms), byTurns((one) => one.user_ms), size];
    console.log(name.padEnd(20) + ratios.map((ratio) => ratio.toFixed(2).padStart(11)).join(''));
  }
}

function middle(all: readonly Taken[], figure: 'prepare_ms' | 'encode_ms' | 'user_ms'): number {
  return median(all.map((one) => one[figure]));
}

function sum(all: readonly Taken[], figure: 'size_bytes' | 'rows'): number {
  return all.reduce((total, one) => total + one[figure], 0);
}
