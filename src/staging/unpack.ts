import { createGunzip, createZstdDecompress, type Gunzip, type ZstdDecompress } from 'node:zlib';
import { GexlakeError, type ErrorCode } from '../core/errors.ts';

const decoded_block_bytes = 1024 ** 2;
/** Bytes handed to the decoder at a time: how exactly the place of a damage can be told. */
const fed_block_bytes = 64 * 1024;

/** How a packed source is packed. gzip is the vendor's form, zstd that of `archive/`. */
export type Packing = 'gzip' | 'zstd';

/** How many bytes at the head of a file tell whether and how it is packed. */
export const magic_bytes = 4;

/**
 * How bytes are packed by their head: gzip (RFC 1952) starts with 1f 8b, a zstd frame (RFC 8878) with 28 b5 2f fd. Null where they
 * are not. Names and Content-Type are often wrong about it.
 */
export function packingOf(head: Uint8Array): Packing | null {
  if (head[0] === 0x1f && head[1] === 0x8b) return 'gzip';
  return head[0] === 0x28 && head[1] === 0xb5 && head[2] === 0x2f && head[3] === 0xfd ? 'zstd' : null;
}

const corruptCodes: Readonly<Record<Packing, ErrorCode>> = { gzip: 'GZIP_CORRUPT', zstd: 'ZSTD_CORRUPT' };

/**
 * Unpacks a stream as it arrives: of gzip one or more members one after the other, of zstd one frame, and nothing behind them.
 * Decoded bytes go to `keep`, never ahead of it by more than a block; what it throws, `feed` and `finish` throw. Bytes that are
 * not sound: GZIP_CORRUPT or ZSTD_CORRUPT.
 */
export class Unpacker {
  readonly #packing: Packing;
  readonly #name: string;
  readonly #decoder: Gunzip | ZstdDecompress;
  readonly #drained: Promise<void>;
  #fed_bytes = 0;
  #failed: GexlakeError | null = null;
  #giveUp: (error: GexlakeError) => void = () => undefined;

  constructor(packing: Packing, name: string, keep: (decoded: Uint8Array) => Promise<void>) {
    this.#packing = packing;
    this.#name = name;
    const options = { chunkSize: decoded_block_bytes };
    this.#decoder = packing === 'gzip' ? createGunzip(options) : createZstdDecompress(options);
    this.#drained = this.#drain(keep);
  }

  async #drain(keep: (decoded: Uint8Array) => Promise<void>): Promise<void> {
    try {
      for await (const decoded of this.#decoder as AsyncIterable<Uint8Array>) await keep(decoded);
    } catch (error) {
      this.#failed = error instanceof GexlakeError ? error : this.#corrupt(error);
      // A failed decoder never calls back for the bytes that it was given last.
      this.#giveUp(this.#failed);
    }
  }

  async feed(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.byteLength; at += fed_block_bytes)
      await this.#feedBlock(bytes.subarray(at, at + fed_block_bytes));
  }

  async #feedBlock(bytes: Uint8Array): Promise<void> {
    if (this.#failed !== null) throw this.#failed;
    this.#fed_bytes += bytes.byteLength;
    await new Promise<void>((resolve, reject) => {
      this.#giveUp = reject;
      this.#decoder.write(bytes, (error) => {
        if (error === null || error === undefined) resolve();
      });
    });
    // The decoder stops at zeros behind a gzip member, and at anything behind a zstd frame, and says nothing.
    if (this.#decoder.bytesWritten < this.#fed_bytes) throw this.#trailing(this.#decoder.bytesWritten);
  }

  /** Ends the input and waits until everything decoded has been kept. */
  async finish(): Promise<void> {
    this.#decoder.end();
    await this.#drained;
    if (this.#failed !== null) throw this.#failed;
  }

  /** Stops at once; when this returns, nothing more goes to `keep`. */
  async stop(): Promise<void> {
    this.#decoder.destroy();
    await this.#drained;
  }

  #corrupt(cause: unknown): GexlakeError {
    const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
    const text = cause instanceof Error ? cause.message : String(cause);
    if (code === 'Z_BUF_ERROR')
      return this.#error(this.#fed_bytes, `ends inside its ${this.#packing} stream, at byte ${this.#fed_bytes}`, cause);
    const byte = this.#decoder.bytesWritten;
    return this.#error(byte, `is not sound ${this.#packing} at or after its byte ${byte} (${text})`, cause);
  }

  #trailing(byte: number): GexlakeError {
    return this.#error(byte, `has bytes behind the end of its ${this.#packing} stream, from byte ${byte} on`);
  }

  #error(byte: number, what: string, cause?: unknown): GexlakeError {
    const hint =
      this.#packing === 'gzip'
        ? 'The file is damaged or was not transferred whole. Download it again.'
        : 'The file is damaged or was not copied whole. `gexlake verify` compares the archive with the log.';
    return new GexlakeError(corruptCodes[this.#packing], `${this.#name} ${what}`, {
      details: { file: this.#name, byte },
      cause,
      hint,
    });
  }
}
