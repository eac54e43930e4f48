import type { LadderForm } from '../core/contract.ts';
import { strikeGroup } from '../core/row-groups.ts';
import { sqlName, type Block, type NumberList } from '../db/db.ts';
import { strikeRowGroup, type Constants, type ParquetWriter } from '../parquet/parquet.ts';
import { fromEpoch, type RowCollector } from './row-collector.ts';

/** Behind the place of a row, its day, its timestamp and its spot. */
const priorsAt = 4;

/**
 * Collects rows of `strikes` that the engine reads into the row groups that an import makes of the same rows: so the bytes follow
 * from the rows alone.
 */
export class StrikeRowCollector implements RowCollector {
  readonly select: string;
  readonly #form: LadderForm;
  readonly #names: readonly string[];
  readonly #constants: Constants;
  readonly #writer: ParquetWriter;
  #numbers: Record<string, Float64Array>;
  #priors: Float64Array;
  #irregular = new Map<number, Float64Array | null>();
  #days: number[] = [];
  #timestamps: number[] = [];
  #spots: number[] = [];
  #lengths: number[] = [];
  #rows = 0;

  constructor(form: LadderForm, constants: Constants, writer: ParquetWriter) {
    this.#form = form;
    this.#names = [...form.lead, ...form.trailing];
    this.#constants = constants;
    this.#writer = writer;
    this.#numbers = Object.fromEntries(this.#names.map((name) => [name, new Float64Array(strikeGroup.rows)]));
    this.#priors = new Float64Array(strikeGroup.rows * form.priors);
    const isRegular = `coalesce(len(priors) = ${form.priors} AND list_count(priors) = ${form.priors}, false)`;
    const items = Array.from({ length: form.priors }, (_, at) => `priors[${at + 1}]`);
    this.select = [
      ...fromEpoch,
      'spot',
      ...items,
      `CASE WHEN ${isRegular} THEN 1 ELSE 0 END::DOUBLE`,
      `CASE WHEN NOT ${isRegular} THEN priors END`,
      ...this.#names.map(sqlName),
    ].join(', ');
  }

  async add(block: Block): Promise<void> {
    const [days, timestamps, spots] = [block.numbers(1), block.numbers(2), block.numbers(3)];
    const rows = readLadders(block, this.#form, this.#names);
    let from = 0;
    for (let row = 0; row < block.rows; row++) {
      const [day, timestamp, spot] = [days[row] as number, timestamps[row] as number, spots[row] as number];
      if (!this.#isLast(day, timestamp, spot)) {
        if (this.#isFull(row - from)) {
          this.#take(rows, from, row);
          await this.flush();
          from = row;
        }
        this.#days.push(day);
        this.#timestamps.push(timestamp);
        this.#spots.push(spot);
        this.#lengths.push(0);
      }
      (this.#lengths[this.#lengths.length - 1] as number)++;
    }
    this.#take(rows, from, block.rows);
  }

  /** Whether a row goes on with the record that was read last. */
  #isLast(day: number, timestamp: number, spot: number): boolean {
    const isLast = timestamp === this.#timestamps.at(-1) && day === this.#days.at(-1);
    return isLast && Object.is(spot, this.#spots.at(-1));
  }

  #isFull(waiting: number): boolean {
    return this.#rows + waiting >= strikeGroup.rows || this.#lengths.length >= strikeGroup.records;
  }

  #take(ladders: Ladders, from: number, to: number): void {
    const end = this.#rows + to - from;
    if (end > this.#priors.length / this.#form.priors) this.#grow(end * 2);
    for (const [name, values] of Object.entries(ladders.numbers))
      this.#numbers[name]?.set(values.subarray(from, to), this.#rows);
    const { priors: width } = this.#form;
    for (const [at, values] of ladders.priors.entries())
      for (let row = from; row < to; row++)
        this.#priors[(this.#rows + row - from) * width + at] = values[row] as number;
    for (let row = from; row < to; row++)
      if (ladders.isRegular[row] === 0) this.#irregular.set(this.#rows + row - from, toDoubles(ladders.odd()[row]));
    this.#rows = end;
  }

  #grow(rows: number): void {
    const larger = (values: Float64Array, length: number) => {
      const grown = new Float64Array(length);
      grown.set(values);
      return grown;
    };
    for (const [name, values] of Object.entries(this.#numbers)) this.#numbers[name] = larger(values, rows);
    this.#priors = larger(this.#priors, rows * this.#form.priors);
  }

  async flush(): Promise<void> {
    if (this.#rows === 0) return;
    const group = strikeRowGroup({
      ...this.#constants,
      rows: this.#rows,
      lengths: this.#lengths,
      days: this.#days,
      timestamps: this.#timestamps,
      spots: this.#spots,
      numbers: this.#numbers,
      priors: { values: this.#priors, width: this.#form.priors, irregular: this.#irregular },
    });
    await this.#writer.addRowGroup(group);
    [this.#days, this.#timestamps, this.#spots, this.#lengths] = [[], [], [], []];
    this.#irregular = new Map();
    this.#rows = 0;
  }
}

/** The ladder entries of a block: numbers by name, the items of regular priors, and the others as lists. */
type Ladders = {
  readonly numbers: Readonly<Record<string, Float64Array>>;
  readonly priors: readonly Float64Array[];
  readonly isRegular: Float64Array;
  readonly odd: () => readonly (NumberList | null)[];
};

function readLadders(block: Block, { priors }: LadderForm, names: readonly string[]): Ladders {
  const after = priorsAt + priors;
  let odd: readonly (NumberList | null)[] | null = null;
  return {
    priors: Array.from({ length: priors }, (_, at) => block.numbers(priorsAt + at)),
    isRegular: block.numbers(after),
    odd: () => (odd ??= block.lists(after + 1)),
    numbers: Object.fromEntries(names.map((name, at) => [name, block.numbers(after + 2 + at)])),
  };
}

function toDoubles(list: NumberList | null | undefined): Float64Array | null {
  return list === null || list === undefined
    ? null
    : Float64Array.from(list, (item) => (item as number | null) ?? Number.NaN);
}
