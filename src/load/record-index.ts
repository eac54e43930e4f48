/**
 * Where each record of a file lies, by number: 25 bytes a record. It finds records of the same second, and lets a file that
 * is out of order be read again in order.
 */
export class RecordIndex {
  #timestamps = new Float64Array(32_768);
  #offsets = new Float64Array(32_768);
  #lengths = new Uint32Array(32_768);
  #admitted = new Uint8Array(32_768);
  #byTimestamp: Map<number, number[]> | null = null;
  #latest = -Infinity;
  count = 0;

  add(timestamp_s: number, offset: number, length: number): void {
    if (this.count === this.#timestamps.length) this.#grow();
    this.#timestamps[this.count] = timestamp_s;
    this.#offsets[this.count] = offset;
    this.#lengths[this.count] = length;
    this.#byTimestamp?.set(timestamp_s, [...(this.#byTimestamp.get(timestamp_s) ?? []), this.count]);
    if (timestamp_s > this.#latest) this.#latest = timestamp_s;
    this.count++;
  }

  /** The earlier records of a second. The map is only made once a record is not later than all before it. */
  withTimestamp(timestamp_s: number): readonly number[] {
    if (timestamp_s > this.#latest) return [];
    this.#byTimestamp ??= this.#makeMap();
    return this.#byTimestamp.get(timestamp_s) ?? [];
  }

  admit(record: number): void {
    this.#admitted[record] = 1;
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

  #makeMap(): Map<number, number[]> {
    const map = new Map<number, number[]>();
    for (let record = 0; record < this.count; record++) {
      const timestamp_s = this.timestampOf(record);
      const same = map.get(timestamp_s);
      if (same === undefined) map.set(timestamp_s, [record]);
      else same.push(record);
    }
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
