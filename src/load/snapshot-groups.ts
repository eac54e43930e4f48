import { snapshotGroup } from '../core/row-groups.ts';
import type { ColumnValues, ParquetWriter } from '../parquet/parquet.ts';
import type { Constants, CurrentRecord, OddPairs } from './record.ts';

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
    const room = this.#writer.addRowGroup({ values: this.#values(rows), rows, lengths: null });
    [this.#days, this.#timestamps, this.#pairCounts, this.#extra] = [[], [], [], []];
    this.#pairsUsed = 0;
    this.#oddPairs.clear();
    await room;
  }

  #values(rows: number): Record<string, ColumnValues> {
    const once = (values: number[]): ColumnValues => ({ kind: 'runs', values, lengths: null });
    const always = (value: string): ColumnValues => ({ kind: 'runs', values: [value], lengths: [rows] });
    const values: Record<string, ColumnValues> = {
      endpoint: always(this.#constants.endpoint),
      session_date: once(this.#days),
      timestamp: once(this.#timestamps),
      ticker: always(this.#constants.ticker),
      max_priors: {
        kind: 'pairs',
        values: this.#pairs.subarray(0, this.#pairsUsed),
        counts: this.#pairCounts,
        irregular: this.#oddPairs,
      },
      extra: { kind: 'texts', values: this.#extra },
    };
    for (const [at, name] of this.#record.names.entries())
      values[name] = { kind: 'doubles', values: (this.#columns[at] as Float64Array).subarray(0, rows), lengths: null };
    return values;
  }
}
