import type { LadderForm } from '../core/contract.ts';

type WaitingRows = {
  readonly columns: readonly Float64Array[];
  readonly priors: Float64Array;
  readonly irregular: ReadonlyMap<number, Float64Array | null>;
};

/** Memory for the rows of one row group, shared so that another thread can read it without a copy. */
type RowMemory = { readonly columns: Float64Array[]; priors: Float64Array; capacity: number };

/**
 * Ladder rows as columns of doubles, NaN for null: the scanner writes behind `committed`, and rows count only once they are
 * committed, so a record that is given up half-way leaves nothing. Filled again and again, one row group at a time, in two
 * memories by turns: while the rows of one are encoded, the other is filled.
 */
export class LadderRows {
  readonly form: LadderForm;
  #memory: RowMemory;
  #other: RowMemory | null = null;
  /** Rows whose priors are null, of another length, or hold a null. */
  irregular = new Map<number, Float64Array | null>();
  committed = 0;
  /** The irregular rows behind the committed ones. */
  readonly #irregularWaiting: number[] = [];

  constructor(form: LadderForm, capacity: number) {
    this.form = form;
    this.#memory = newMemory(form, capacity);
  }

  /** One column for each leading number, then one for each trailing number. */
  get columns(): readonly Float64Array[] {
    return this.#memory.columns;
  }

  /** `form.priors` doubles for each row, flattened. */
  get priors(): Float64Array {
    return this.#memory.priors;
  }

  get capacity(): number {
    return this.#memory.capacity;
  }

  grow(): void {
    const memory = this.#memory;
    memory.capacity *= 2;
    for (const [at, column] of memory.columns.entries()) memory.columns[at] = enlarged(column, memory.capacity);
    memory.priors = enlarged(memory.priors, memory.capacity * this.form.priors);
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
    const end = this.committed + (waiting.columns[0]?.length ?? 0);
    while (end > this.capacity) this.grow();
    for (const [at, column] of this.columns.entries()) column.set(waiting.columns[at] ?? [], this.committed);
    this.priors.set(waiting.priors, this.committed * this.form.priors);
    for (const [row, list] of waiting.irregular) this.#setIrregular(row + this.committed, list);
  }

  clear(): void {
    this.committed = 0;
    this.irregular = new Map();
    this.#irregularWaiting.length = 0;
  }

  /** Clears, and goes on in the other memory: what has been committed stays as it is until the next turn. */
  turn(): void {
    const memory = this.#memory;
    this.#memory = this.#other ?? newMemory(this.form, memory.capacity);
    this.#other = memory;
    this.clear();
  }
}

function newMemory(form: LadderForm, capacity: number): RowMemory {
  const columns = [...form.lead, ...form.trailing].map(() => sharedDoubles(capacity));
  return { columns, priors: sharedDoubles(capacity * form.priors), capacity };
}

function sharedDoubles(length: number): Float64Array {
  return new Float64Array(new SharedArrayBuffer(length * Float64Array.BYTES_PER_ELEMENT));
}

function enlarged(values: Float64Array, length: number): Float64Array {
  const larger = sharedDoubles(length);
  larger.set(values);
  return larger;
}
