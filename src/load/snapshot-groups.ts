import { snapshotGroup } from '../core/row-groups.ts';
import { snapshotRowGroup, type Constants, type ParquetWriter } from '../parquet/parquet.ts';
import type { CurrentRecord, OddPairs } from './record.ts';

/** Collects records into row groups of `snapshots`. */
export class SnapshotGroups {
  readonly #record: CurrentRecord;
  readonly #constants: Constants;
  readonly #columns: Float64Array[];
  #writer: ParquetWriter;
  #days: number[] = [];
  #timestamps: number[] = [];
  #pairs = new Float64Array(snapshotGroup.rows * 12);
  #pairCounts: number[] = [];
  #pairsUsed = 0;
  #oddPairs = new Map<number, OddPairs>();
  #extra: (string | null)[] = [];

  constructor(record: CurrentRecord, constants: Constants, writer: ParquetWriter) {
    this.#record = record;
    this.#constants = constants;
    this.#writer = writer;
    this.#columns = record.names.map(() => new Float64Array(snapshotGroup.rows));
  }

  /** Turns to the file of the next month; the last one must have been flushed. */
  writeTo(writer: ParquetWriter): void {
    this.#writer = writer;
  }

  /** Takes over the current record. True when the group is full and must be flushed. */
  add(day: number): boolean {
    const record = this.#record;
    const row = this.#days.length;
    for (let at = 0; at < this.#columns.length; at++)
      (this.#columns[at] as Float64Array)[row] = record.scalars[at] as number;
    this.#days.push(day);
    this.#timestamps.push(record.timestamp_s * 1e6);
    this.#addPairs(row);
    this.#extra.push(record.extra);
    return row + 1 === snapshotGroup.rows;
  }

  #addPairs(row: number): void {
    const { pairs, pairCount, oddPairs } = this.#record;
    if (oddPairs !== null) this.#oddPairs.set(row, oddPairs);
    this.#pairCounts.push(pairCount);
    const end = this.#pairsUsed + Math.max(0, pairCount) * 2;
    if (end > this.#pairs.length) {
      const larger = new Float64Array(end * 2);
      larger.set(this.#pairs);
      this.#pairs = larger;
    }
    for (let at = 0; this.#pairsUsed < end; at++) this.#pairs[this.#pairsUsed++] = pairs[at] as number;
  }

  async flush(): Promise<void> {
    const rows = this.#days.length;
    if (rows === 0) return;
    const { names } = this.#record;
    const group = snapshotRowGroup({
      ...this.#constants,
      rows,
      days: this.#days,
      timestamps: this.#timestamps,
      numbers: Object.fromEntries(names.map((name, at) => [name, this.#columns[at] as Float64Array])),
      maxPriors: {
        values: this.#pairs.subarray(0, this.#pairsUsed),
        counts: this.#pairCounts,
        irregular: this.#oddPairs,
      },
      extra: this.#extra,
    });
    const room = this.#writer.addRowGroup(group);
    [this.#days, this.#timestamps, this.#pairCounts, this.#extra] = [[], [], [], []];
    this.#pairsUsed = 0;
    this.#oddPairs.clear();
    await room;
  }
}
