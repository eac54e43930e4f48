import { snapshotGroup } from '../core/row-groups.ts';
import { sqlName, type Block, type NumberList } from '../db/db.ts';
import { snapshotRowGroup, type Constants, type ParquetWriter } from '../parquet/parquet.ts';
import { fromEpoch, type RowCollector } from './row-collector.ts';

/** Collects rows of `snapshots` that the engine reads into the row groups that an import makes of the same rows. */
export class SnapshotRowCollector implements RowCollector {
  readonly select: string;
  readonly #names: readonly string[];
  readonly #constants: Constants;
  readonly #writer: ParquetWriter;
  readonly #numbers: Readonly<Record<string, Float64Array>>;
  #days: number[] = [];
  #timestamps: number[] = [];
  #extra: (string | null)[] = [];
  #pairs: number[] = [];
  #pairCounts: number[] = [];
  #oddPairs = new Map<number, readonly (readonly number[])[]>();

  /** `names` are those of the columns with one number. */
  constructor(names: readonly string[], constants: Constants, writer: ParquetWriter) {
    this.#names = names;
    this.#constants = constants;
    this.#writer = writer;
    this.#numbers = Object.fromEntries(names.map((name) => [name, new Float64Array(snapshotGroup.rows)]));
    this.select = [...fromEpoch, 'extra', 'max_priors', ...names.map(sqlName)].join(', ');
  }

  async add(block: Block): Promise<void> {
    const [days, timestamps, extra, maxPriors] = [block.numbers(1), block.numbers(2), block.texts(3), block.lists(4)];
    const numbers = this.#names.map((_, at) => block.numbers(5 + at));
    for (let row = 0; row < block.rows; row++) {
      if (this.#days.length === snapshotGroup.rows) await this.flush();
      const at = this.#days.length;
      for (const [column, name] of this.#names.entries())
        (this.#numbers[name] as Float64Array)[at] = numbers[column]?.[row] as number;
      this.#days.push(days[row] as number);
      this.#timestamps.push(timestamps[row] as number);
      this.#extra.push(extra[row] ?? null);
      this.#addPairs(at, maxPriors[row] ?? null);
    }
  }

  #addPairs(row: number, lists: NumberList | null): void {
    const pairs = lists?.map(
      (inner) => (inner as NumberList | null)?.map((value) => (value as number | null) ?? Number.NaN) ?? [],
    );
    const isRegular = pairs?.every((pair) => pair.length === 2 && !pair.some(Number.isNaN)) ?? true;
    this.#pairCounts.push(pairs !== undefined && isRegular ? pairs.length : -1);
    if (pairs === undefined) return;
    if (isRegular) this.#pairs.push(...pairs.flat());
    else this.#oddPairs.set(row, pairs);
  }

  async flush(): Promise<void> {
    const rows = this.#days.length;
    if (rows === 0) return;
    const group = snapshotRowGroup({
      ...this.#constants,
      rows,
      days: this.#days,
      timestamps: this.#timestamps,
      numbers: this.#numbers,
      maxPriors: {
        values: Float64Array.from(this.#pairs),
        counts: this.#pairCounts,
        irregular: this.#oddPairs,
      },
      extra: this.#extra,
    });
    await this.#writer.addRowGroup(group);
    [this.#days, this.#timestamps, this.#extra, this.#pairs, this.#pairCounts] = [[], [], [], [], []];
    this.#oddPairs = new Map();
  }
}
