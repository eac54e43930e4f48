import type { LadderForm } from '../core/contract.ts';
import { parquetRows, streamBlocks, type Database } from '../db/db.ts';
import type { MeasuredLadder } from '../measure/measure.ts';

const firstRoom = 256;

/** A ladder of which rows are put in one by one. */
type Filled = MeasuredLadder & { readonly columns: Float64Array[]; priors: Float64Array; irregular: { size: number } };

/** A ladder as it is published: `rows` rows from the first on. */
export type ReadLadder = { readonly ladder: MeasuredLadder; readonly rows: number };

/** Reads ladders from `strikes`, into two memories by turns: the ladder before the one that is handed out stays as it was. */
export class LadderReader {
  readonly #form: LadderForm;
  #now: Filled;
  #before: Filled;
  #rows = 0;
  #timestamp_s = Number.NaN;

  constructor(form: LadderForm) {
    this.#form = form;
    this.#now = newLadder(form, firstRoom);
    this.#before = newLadder(form, firstRoom);
  }

  /** Hands out each ladder with its second, in the order of time. */
  async read(
    database: Database,
    { paths, where }: { readonly paths: readonly string[]; readonly where: string },
    act: (timestamp_s: number, found: ReadLadder) => void,
  ): Promise<void> {
    const { lead, trailing, priors } = this.#form;
    const numbers = [...lead, ...trailing];
    const items = Array.from({ length: priors }, (_, at) => `priors[${at + 1}]`);
    const sql = `SELECT epoch(timestamp)::DOUBLE, ${[...numbers, ...items].join(', ')}
      FROM ${parquetRows(paths, { filename: true, rowNumber: true })} WHERE ${where}
      ORDER BY timestamp, filename, file_row_number`;
    for await (const block of streamBlocks(database, sql)) {
      const columns = [0, ...numbers.keys().map((at) => at + 1)].map((at) => block.numbers(at));
      const lists = items.map((_, at) => block.numbers(numbers.length + 1 + at));
      for (let row = 0; row < block.rows; row++) {
        const timestamp_s = columns[0]?.[row] as number;
        if (timestamp_s !== this.#timestamp_s) this.#turn(timestamp_s, act);
        this.#put(columns, lists, row);
      }
    }
    this.#turn(Number.NaN, act);
  }

  #turn(next_s: number, act: (timestamp_s: number, found: ReadLadder) => void): void {
    const ladder = this.#now;
    // An empty ladder is published as one row without a strike.
    const isEmpty = this.#rows === 1 && Number.isNaN(ladder.columns[0]?.[0]);
    if (this.#rows > 0) act(this.#timestamp_s, { ladder, rows: isEmpty ? 0 : this.#rows });
    [this.#now, this.#before] = [this.#before, ladder];
    this.#now.irregular.size = 0;
    this.#rows = 0;
    this.#timestamp_s = next_s;
  }

  #put(columns: readonly Float64Array[], lists: readonly Float64Array[], row: number): void {
    if (this.#rows === this.#now.columns[0]?.length) this.#now = grown(this.#form, this.#now);
    const ladder = this.#now;
    for (const [at, column] of ladder.columns.entries()) column[this.#rows] = columns[at + 1]?.[row] as number;
    for (const [at, list] of lists.entries()) {
      const value = list[row] as number;
      if (Number.isNaN(value)) ladder.irregular.size = 1;
      ladder.priors[this.#rows * lists.length + at] = value;
    }
    this.#rows++;
  }
}

function newLadder({ lead, trailing, priors }: LadderForm, rows: number): Filled {
  const columns = [...lead, ...trailing].map(() => new Float64Array(rows));
  return { columns, priors: new Float64Array(rows * priors), committed: 0, irregular: { size: 0 } };
}

function grown(form: LadderForm, { columns, priors, irregular }: Filled): Filled {
  const larger = newLadder(form, 2 * (columns[0]?.length ?? firstRoom));
  for (const [at, column] of columns.entries()) larger.columns[at]?.set(column);
  larger.priors.set(priors);
  larger.irregular.size = irregular.size;
  return larger;
}
