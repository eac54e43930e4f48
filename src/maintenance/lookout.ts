/** A record that a job has set aside: its text, and the byte of the unpacked source at which it must stand. */
export type Sighting = { readonly jobId: string; readonly byte: number; readonly text: Buffer };

/** Watches a source's bytes go by for records at their places. */
export class Lookout {
  readonly #sightings: readonly Sighting[];
  readonly #matched = new Map<Sighting, number>();
  #position = 0;

  constructor(sightings: readonly Sighting[]) {
    this.#sightings = sightings;
  }

  pass(bytes: Uint8Array): void {
    const end = this.#position + bytes.byteLength;
    for (const sighting of this.#sightings) {
      const from = Math.max(sighting.byte, this.#position);
      const to = Math.min(sighting.byte + sighting.text.byteLength, end);
      if (from >= to) continue;
      const part = bytes.subarray(from - this.#position, to - this.#position);
      if (sighting.text.subarray(from - sighting.byte, to - sighting.byte).equals(part))
        this.#matched.set(sighting, (this.#matched.get(sighting) ?? 0) + part.byteLength);
    }
    this.#position = end;
  }

  /** Those whose text stood whole at its place. */
  seen(): Sighting[] {
    return this.#sightings.filter((sighting) => this.#matched.get(sighting) === sighting.text.byteLength);
  }
}
