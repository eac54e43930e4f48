/**
 * Where each record of a file lies, by number: 25 bytes a record. It finds records of the same second, and lets a file that
 * is out of order be read again in order.
 */
export class RecordIndex {
  #timestamps = new Float64Array(32_768);
  #offsets = new Float64Array(32_768);
  #lengths = new Uint32Array(32_768);
  #admitted = new Uint8Array(32_768);
  #firstOfSecond: Map<number, number> | null = null;
  #latest = -Infinity;
  count = 0;

  add(timestamp_s: number, offset: number, length: number): void {
    if (this.count === this.#timestamps.length) this.#grow();
    this.#timestamps[this.count] = timestamp_s;
    this.#offsets[this.count] = offset;
    this.#lengths[this.count] = length;
    if (timestamp_s > this.#latest) this.#latest = timestamp_s;
    if (this.#firstOfSecond?.has(timestamp_s) === false) this.#firstOfSecond.set(timestamp_s, this.count);
    this.count++;
  }

  /** The first record of a second, or null. The map is only made once a record is not later than all before it. */
  firstOf(timestamp_s: number): number | null {
    if (timestamp_s > this.#latest) return null;
    this.#firstOfSecond ??= this.#makeMap();
    return this.#firstOfSecond.get(timestamp_s) ?? null;
  }

  admit(record: number): void {
    this.#admitted[record] = 1;
  }

  /** Takes back that a record may be published. */
  withdraw(record: number): void {
    this.#admitted[record] = 0;
  }

  /** Whether a record may be published. */
  isAdmitted(record: number): boolean {
    return this.#admitted[record] === 1;
  }

  /** The records that may be published, in the order of their timestamps. */
  admittedInOrder(): number[] {
    const admitted: number[] = [];
    for (let record = 0; record < this.count; record++) if (this.#admitted[record] === 1) admitted.push(record);
    return admitted.sort((left, right) => this.timestampOf(left) - this.timestampOf(right));
  }

  timestampOf(record: number): number {
    return this.#timestamps[record] as number;
  }

  placeOf(record: number): { readonly offset: number; readonly length: number } {
    return { offset: this.#offsets[record] as number, length: this.#lengths[record] as number };
  }

  #makeMap(): Map<number, number> {
    const map = new Map<number, number>();
    for (let record = this.count - 1; record >= 0; record--) map.set(this.timestampOf(record), record);
    return map;
  }

  #grow(): void {
    const length = this.count * 2;
    this.#timestamps = copyInto(new Float64Array(length), this.#timestamps);
    this.#offsets = copyInto(new Float64Array(length), this.#offsets);
    this.#lengths = copyInto(new Uint32Array(length), this.#lengths);
    this.#admitted = copyInto(new Uint8Array(length), this.#admitted);
  }
}

function copyInto<T extends { set: (values: T) => void }>(larger: T, values: T): T {
  larger.set(values);
  return larger;
}
