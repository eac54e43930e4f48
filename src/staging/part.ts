import { createHash } from 'node:crypto';
import { GexlakeError } from '../core/errors.ts';
import type { FileHandle } from '../platform/files.ts';
import { makeReadOnly, openPart, remove, syncData, syncFile, writeAll } from '../platform/work-files.ts';

/**
 * Bytes after which what is written so far is brought to the disk, beside the writing of the rest: the sync at the end is short
 * then, and so is that of the job log, which a journaling file system makes wait for it.
 */
const syncedAtOnce_bytes = 16 * 1024 ** 2;

/**
 * A private file in the making that knows its own size and SHA-256. Writing and hashing overlap: `append` returns while
 * the system may still be writing the bytes; they must stay untouched until the next call has returned.
 */
export class PartFile {
  readonly path: string;
  readonly #file: FileHandle;
  readonly #hash = createHash('sha256');
  #writing: Promise<void> = Promise.resolve();
  #syncing: Promise<void> = Promise.resolve();
  #size_bytes = 0;
  #synced_bytes = 0;

  private constructor(path: string, file: FileHandle) {
    this.path = path;
    this.#file = file;
  }

  /** Opens a new part file. What an attempt that was killed left under that name is worth nothing and is removed. */
  static async create(path: string): Promise<PartFile> {
    await remove('clean:remove', path);
    return new PartFile(path, await openPart('stage:part', path));
  }

  get size_bytes(): number {
    return this.#size_bytes;
  }

  async append(bytes: Uint8Array): Promise<void> {
    // Hashed first, while the system still writes the bytes before these.
    this.#hash.update(bytes);
    this.#size_bytes += bytes.byteLength;
    await this.#writing;
    // A crash from here on leaves a part file in the job's private folder, which the next attempt removes.
    this.#writing = writeAll('stage:write', this.#file, this.path, bytes);
    this.#writing.catch(() => undefined); // heard by whoever comes next: append, finish or discard
    if (this.#size_bytes - this.#synced_bytes >= syncedAtOnce_bytes) this.#syncSoFar();
  }

  #syncSoFar(): void {
    this.#synced_bytes = this.#size_bytes;
    // A failure is told once by the system, to whoever asks first: it must be met when the file is sealed.
    this.#syncing = this.#syncing.then(() => syncData('stage:sync', this.#file, this.path));
    this.#syncing.catch(() => undefined); // heard where the part is sealed
  }

  /** Waits until all bytes are written. The file can then be read, though a power cut could still take it. */
  async finish(): Promise<{ size_bytes: number; checksum: string }> {
    await this.#writing;
    return { size_bytes: this.#size_bytes, checksum: this.#hash.digest('hex') };
  }

  /**
   * Makes the finished file read-only, brings it to the disk, makes sure that all of it is there, and closes it. Read-only
   * comes first so that the sync covers it: a crash before the end of this leaves the private file only.
   */
  async seal(): Promise<void> {
    try {
      await makeReadOnly('stage:read-only', this.path);
      await this.#syncing;
      await syncFile('stage:sync', this.#file, this.path);
      const { size } = await this.#file.stat();
      if (size !== this.#size_bytes) throw this.#wrongSize(size);
    } finally {
      await this.#file.close();
    }
  }

  /** Closes and removes the file, whatever state it is in. */
  async discard(): Promise<void> {
    // What has failed is why it is discarded.
    await this.#writing.catch(() => undefined);
    // The same.
    await this.#syncing.catch(() => undefined);
    await this.#file.close();
    await remove('clean:remove', this.path);
  }

  #wrongSize(found: number): GexlakeError {
    return new GexlakeError('FILE_SYSTEM', `${this.path} has ${found} bytes where ${this.#size_bytes} were written`, {
      details: { path: this.path },
      hint: 'Check the disk, and that no other program writes into the data folder, then retry the job.',
    });
  }
}
