import { strikeGroup } from '../core/row-groups.ts';
import { strikeRowGroup, type Constants, type ParquetWriter } from '../parquet/parquet.ts';
import type { LadderRows } from './ladder-rows.ts';
import type { CurrentRecord } from './record.ts';

export type Sums = Record<string, { sum: number; magnitude: number }>;

type StrikeParts = {
  readonly record: CurrentRecord;
  /** The record's own. */
  readonly ladder: LadderRows;
  readonly constants: Constants;
  readonly writer: ParquetWriter;
};

/** Collects ladder rows into row groups of `strikes` and keeps, for each number column, the sums that the engine must find again. */
export class StrikeGroups {
  readonly #ladder: LadderRows;
  readonly #record: CurrentRecord;
  readonly #constants: Constants;
  #writer: ParquetWriter;
  #days: number[] = [];
  #timestamps: number[] = [];
  #spots: number[] = [];
  #lengths: number[] = [];
  /** Settles when the rows of the last group have been encoded, so that their memory can be filled again. */
  #encoding: Promise<void> = Promise.resolve();
  sums: Sums = {};
  rows = 0;

  constructor({ record, ladder, constants, writer }: StrikeParts) {
    this.#record = record;
    this.#ladder = ladder;
    this.#constants = constants;
    this.#writer = writer;
  }

  /** Turns to the file of the next month; the last one must have been flushed. */
  writeTo(writer: ParquetWriter): void {
    this.#writer = writer;
    this.sums = {};
    this.rows = 0;
  }

  /** Takes over the current record's ladder. True when the group is full and must be flushed. */
  add(day: number): boolean {
    const record = this.#record;
    const ladder = this.#ladder;
    if (record.ladderRows === 0) {
      ladder.set(ladder.committed, [], null);
      record.ladderRows = 1;
    }
    ladder.commit(record.ladderRows);
    this.#days.push(day);
    this.#timestamps.push(record.timestamp_s * 1e6);
    this.#spots.push(record.spot);
    this.#lengths.push(record.ladderRows);
    return ladder.committed >= strikeGroup.rows || this.#lengths.length >= strikeGroup.records;
  }

  async flush(): Promise<void> {
    const ladder = this.#ladder;
    const rows = ladder.committed;
    if (rows === 0) return;
    this.#addSums(rows);
    const { form, columns } = ladder;
    const names = [...form.lead, ...form.trailing];
    const group = strikeRowGroup({
      ...this.#constants,
      rows,
      lengths: this.#lengths,
      days: this.#days,
      timestamps: this.#timestamps,
      spots: this.#spots,
      numbers: Object.fromEntries(names.map((name, at) => [name, columns[at] as Float64Array])),
      priors: { values: ladder.priors, width: form.priors, irregular: ladder.irregular },
    });
    const encoding = this.#writer.addRowGroup(group);
    this.rows += rows;
    [this.#days, this.#timestamps, this.#spots, this.#lengths] = [[], [], [], []];
    ladder.turn();
    // The memory that is filled from here on is that of the group before this one.
    const before = this.#encoding;
    this.#encoding = encoding;
    // Met by the next flush, or by the writer's end; this only keeps a failure from being reported as unhandled before.
    encoding.catch(() => undefined);
    await before;
  }

  #addSums(rows: number): void {
    const { form, columns } = this.#ladder;
    for (const [at, name] of [...form.lead, ...form.trailing].entries()) {
      const known = (this.sums[name] ??= { sum: 0, magnitude: 0 });
      addTo(known, columns[at] as Float64Array, rows);
    }
  }
}

const totals = new Float64Array(2);

/** Its sums lie in an array: as local variables V8 makes an object of each of their values until it has optimised the loop (200 MB a day). */
function addTo(known: { sum: number; magnitude: number }, values: Float64Array, count: number): void {
  totals.fill(0);
  for (let at = 0; at < count; at++) {
    const value = values[at] as number;
    if (Number.isNaN(value)) continue;
    totals[0] = (totals[0] as number) + value;
    totals[1] = (totals[1] as number) + Math.abs(value);
  }
  known.sum += totals[0] as number;
  known.magnitude += totals[1] as number;
}
