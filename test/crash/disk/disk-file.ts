/** What a power cut takes of what is not synced. */
export type Loss = {
  /** In pieces of so many bytes a file comes to the disk, each by itself. */
  readonly sector_bytes: number;
  /** Of so many changes of a sector since it was synced, how many are on the disk: those that came first. */
  readonly keptOf: (changes: number) => number;
  /** The same of changes of the file's size. */
  readonly sizeOf: (changes: number) => number;
  /** Whether a change of names is on the disk. */
  readonly keepsName: () => boolean;
};

/** Bytes that were written at a place, or null: the file was cut there. */
type Change = { readonly at: number; readonly bytes: Buffer | null };

/** A file on a disk: its bytes when it was synced last, and what was done to it since. */
export class DiskFile {
  #synced: Buffer;
  #changes: Change[] = [];

  constructor(synced: Buffer) {
    this.#synced = synced;
  }

  write(at: number, bytes: Buffer): void {
    this.#changes.push({ at, bytes });
  }

  truncate(size: number): void {
    this.#changes.push({ at: size, bytes: null });
  }

  sync(): void {
    const all = this.#changes.length;
    this.#synced = this.#after(this.#sizeAfter(all), 4_096, () => all);
    this.#changes = [];
  }

  /** The bytes that are on the disk after a power cut. What was never written of a file that has grown is zero. */
  after({ sector_bytes, keptOf, sizeOf }: Loss): Buffer {
    const changes = this.#changes.length;
    if (changes === 0) return this.#synced;
    return this.#after(this.#sizeAfter(sizeOf(changes)), sector_bytes, () => keptOf(changes));
  }

  #after(size: number, sector_bytes: number, keptOf: () => number): Buffer {
    const bytes = Buffer.alloc(size);
    this.#synced.copy(bytes, 0, 0, Math.min(size, this.#synced.byteLength));
    const kept = new Map<number, number>();
    const isKept = (sector: number, change: number) => {
      const found = kept.get(sector) ?? keptOf();
      kept.set(sector, found);
      return change < found;
    };
    for (const [at, change] of this.#changes.entries())
      for (const [from, to] of sectorsOf(change, size, sector_bytes)) {
        if (!isKept(Math.floor(from / sector_bytes), at)) continue;
        if (change.bytes === null) bytes.fill(0, from, to);
        else change.bytes.copy(bytes, from, from - change.at, to - change.at);
      }
    return bytes;
  }

  /** The file's size after the first so many changes. */
  #sizeAfter(changes: number): number {
    return this.#changes
      .slice(0, changes)
      .reduce(
        (size, { at, bytes }) => (bytes === null ? at : Math.max(size, at + bytes.byteLength)),
        this.#synced.byteLength,
      );
  }
}

/** What a change touches, sector by sector, up to the end of the file. */
function* sectorsOf({ at, bytes }: Change, size: number, sector_bytes: number): Generator<readonly [number, number]> {
  const end = Math.min(size, bytes === null ? size : at + bytes.byteLength);
  for (let from = at; from < end;) {
    const to = Math.min(end, (Math.floor(from / sector_bytes) + 1) * sector_bytes);
    yield [from, to];
    from = to;
  }
}
