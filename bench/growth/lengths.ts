import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { day, tenDates, writeInput } from '../make-input.ts';
import { median, type Usage } from '../measure.ts';
import { runProgram } from './program.ts';

type Length = {
  readonly days: number;
  readonly input_bytes: number;
  readonly rows: number;
  readonly usages: readonly Usage[];
};

/** Imports of files of a tenth of a day, one, four and ten days. Rows are those of the samples' ladders: about 99 a record. */
export async function measureLengths(folder: string, runs: number): Promise<Length[]> {
  const found: Length[] = [];
  console.log('     days        MB    wall s     CPU s   peak MB   wall µs/row   CPU µs/row');
  for (const days of [0.1, 1, 4, 10]) {
    const file = join(folder, 'NQ_NDX_classic_gex_zero.json');
    const records = Math.round(day.records * Math.min(1, days));
    const input_bytes = writeInput(file, tenDates.slice(0, Math.ceil(days)), { records });
    const rows = Math.round(days * day.records * day.strikes);
    const usages: Usage[] = [];
    for (let run = 0; run < runs; run++) {
      const data = join(folder, 'data');
      usages.push(await runProgram(data, 'import', file, '--json'));
      rmSync(data, { recursive: true, force: true });
    }
    found.push({ days, input_bytes, rows, usages });
    print({ days, input_bytes, rows, usages });
    rmSync(file);
  }
  return found;
}

function print({ days, input_bytes, rows, usages }: Length): void {
  const middle = (figure: 'wall_s' | 'cpu_s' | 'peak_mb') => median(usages.map((usage) => usage[figure]));
  const perRow = (seconds: number) => ((seconds * 1e6) / rows).toFixed(3);
  const cells = [
    String(days).padStart(9),
    (input_bytes / 1e6).toFixed(1).padStart(10),
    middle('wall_s').toFixed(2).padStart(10),
    middle('cpu_s').toFixed(2).padStart(10),
    middle('peak_mb').toFixed(0).padStart(10),
    perRow(middle('wall_s')).padStart(14),
    perRow(middle('cpu_s')).padStart(13),
  ];
  console.log(cells.join(''));
}
