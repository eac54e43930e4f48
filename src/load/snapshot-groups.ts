import type { ColumnValues, ParquetWriter } from '../parquet/parquet.ts';
import type { CurrentRecord } from './record.ts';

/** Records after which a row group is closed: one long session fits into one. */
const groupRecords = 32_768;

/** Collects records into row groups of `snapshots`. */
export class SnapshotGroups {
  readonly #record: CurrentRecord;
  readonly #ticker: string;
  readonly #columns: Float64Array[];
  #writer: ParquetWriter;
  #days: number[] = [];
  #timestamps: number[] = [];
  #maxPriors: CurrentRecord['maxPriors'][] = [];
  #extra: (string | null)[] = [];

  constructor(record: CurrentRecord, ticker: string, writer: ParquetWriter) {
    this.#record = record;
    this.#ticker = ticker;
    this.#writer = writer;
    this.#columns = record.names.map(() => new Float64Array(groupRecords));
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
    this.#maxPriors.push(record.maxPriors);
    this.#extra.push(record.extra);
    return row + 1 === groupRecords;
  }

  async flush(): Promise<void> {
    const rows = this.#days.length;
    if (rows === 0) return;
    const once = (values: number[]): ColumnValues => ({ kind: 'runs', values, lengths: null });
    const tickers: ColumnValues = { kind: 'runs', values: [this.#ticker], lengths: [rows] };
    const scalars = this.#columns.map((values): ColumnValues => ({
      kind: 'doubles',
      values: values.subarray(0, rows),
    }));
    const maxPriors: ColumnValues = { kind: 'nested', values: this.#maxPriors };
    const extra: ColumnValues = { kind: 'texts', values: this.#extra };
    const room = this.#writer.addRowGroup(
      [once(this.#days), once(this.#timestamps), tickers, ...scalars, maxPriors, extra],
      rows,
    );
    [this.#days, this.#timestamps, this.#maxPriors, this.#extra] = [[], [], [], []];
    await room;
  }
}
