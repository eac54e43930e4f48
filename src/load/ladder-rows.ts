import type { LadderForm } from '../core/contract.ts';

type WaitingRows = {
  readonly columns: readonly Float64Array[];
  readonly priors: Float64Array;
  readonly irregular: ReadonlyMap<number, Float64Array | null>;
};

/**
 * Ladder rows as columns of doubles, NaN for null: the scanner writes behind `committed`, and rows count only once they are
 * committed, so a record that is given up half-way leaves nothing. Filled again and again, one row group at a time.
 */
export class LadderRows {
  readonly form: LadderForm;
  /** One column for each leading number, then one for each trailing number. */
  readonly columns: Float64Array[];
  /** `form.priors` doubles for each row, flattened. */
  priors: Float64Array;
  /** Rows whose priors are null, of another length, or hold a null. */
  readonly irregular = new Map<number, Float64Array | null>();
  capacity: number;
  committed = 0;
  /** The irregular rows behind the committed ones. */
  readonly #irregularWaiting: number[] = [];

  constructor(form: LadderForm, capacity: number) {
    this.form = form;
    this.capacity = capacity;
    this.columns = [...form.lead, ...form.trailing].map(() => new Float64Array(capacity));
    this.priors = new Float64Array(capacity * form.priors);
  }

  grow(): void {
    this.capacity *= 2;
    for (const [at, column] of this.columns.entries()) this.columns[at] = enlarged(column, this.capacity);
    this.priors = enlarged(this.priors, this.capacity * this.form.priors);
  }

  /** Writes one row behind the committed ones; `numbers` are the leading, then the trailing numbers. */
  set(row: number, numbers: readonly number[], priors: readonly number[] | null): void {
    while (row >= this.capacity) this.grow();
    for (const [at, column] of this.columns.entries()) column[row] = numbers[at] ?? Number.NaN;
    const regular = priors?.length === this.form.priors && !priors.some(Number.isNaN);
    if (regular) this.priors.set(priors, row * this.form.priors);
    else this.#setIrregular(row, priors === null ? null : Float64Array.from(priors));
  }

  #setIrregular(row: number, priors: Float64Array | null): void {
    this.irregular.set(row, priors);
    this.#irregularWaiting.push(row);
  }

  /** Makes the next `count` rows count. */
  commit(count: number): void {
    this.committed += count;
    this.#irregularWaiting.length = 0;
  }

  /** Forgets rows written behind the committed ones. */
  rollBack(): void {
    for (const row of this.#irregularWaiting) this.irregular.delete(row);
    this.#irregularWaiting.length = 0;
  }

  /** Copies out the `count` rows that wait behind the committed ones, so that the memory can be used for something else. */
  takeRows(count: number): WaitingRows {
    const [from, to] = [this.committed, this.committed + count];
    const irregular = new Map(this.#irregularWaiting.map((row) => [row - from, this.irregular.get(row) ?? null]));
    const columns = this.columns.map((column) => column.slice(from, to));
    return { columns, priors: this.priors.slice(from * this.form.priors, to * this.form.priors), irregular };
  }

  /** Puts rows that were taken out behind the committed ones. */
  putRows(waiting: WaitingRows): void {
    for (const [at, column] of this.columns.entries()) column.set(waiting.columns[at] ?? [], this.committed);
    this.priors.set(waiting.priors, this.committed * this.form.priors);
    for (const [row, list] of waiting.irregular) this.#setIrregular(row + this.committed, list);
  }

  clear(): void {
    this.committed = 0;
    this.irregular.clear();
    this.#irregularWaiting.length = 0;
  }
}

function enlarged(values: Float64Array, length: number): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(length);
  larger.set(values);
  return larger;
}
