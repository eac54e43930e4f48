import { createGunzip, type Gunzip } from 'node:zlib';
import { GexlakeError } from '../core/errors.ts';

const decoded_block_bytes = 1024 ** 2;
/** Bytes handed to the decoder at a time: how exactly the place of a damage can be told. */
const fed_block_bytes = 64 * 1024;

/** Whether bytes start like gzip (RFC 1952): 1f 8b. Names and Content-Type are often wrong about it. */
export function isGzip(head: Uint8Array): boolean {
  return head[0] === 0x1f && head[1] === 0x8b;
}

/**
 * Decodes gzip as it arrives: one or more members one after the other, and nothing behind them. Decoded bytes go to `keep`,
 * never ahead of it by more than a block; what it throws, `feed` and `finish` throw. Bytes that are no gzip: GZIP_CORRUPT.
 */
export class GzipDecoder {
  readonly #name: string;
  readonly #gunzip: Gunzip = createGunzip({ chunkSize: decoded_block_bytes });
  readonly #drained: Promise<void>;
  #fed_bytes = 0;
  #failed: GexlakeError | null = null;
  #giveUp: (error: GexlakeError) => void = () => undefined;

  constructor(name: string, keep: (decoded: Uint8Array) => Promise<void>) {
    this.#name = name;
    this.#drained = this.#drain(keep);
  }

  async #drain(keep: (decoded: Uint8Array) => Promise<void>): Promise<void> {
    try {
      for await (const decoded of this.#gunzip as AsyncIterable<Uint8Array>) await keep(decoded);
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
      this.#gunzip.write(bytes, (error) => {
        if (error === null || error === undefined) resolve();
      });
    });
    // The decoder stops at zeros behind a member and says nothing.
    if (this.#gunzip.bytesWritten < this.#fed_bytes) throw this.#trailing(this.#gunzip.bytesWritten);
  }

  /** Ends the input and waits until everything decoded has been kept. */
  async finish(): Promise<void> {
    this.#gunzip.end();
    await this.#drained;
    if (this.#failed !== null) throw this.#failed;
  }

  /** Stops at once; when this returns, nothing more goes to `keep`. */
  async stop(): Promise<void> {
    this.#gunzip.destroy();
    await this.#drained;
  }

  #corrupt(cause: unknown): GexlakeError {
    const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
    const text = cause instanceof Error ? cause.message : String(cause);
    if (code === 'Z_BUF_ERROR')
      return this.#error(this.#fed_bytes, `ends inside its gzip stream, at byte ${this.#fed_bytes}`, cause);
    const byte = this.#gunzip.bytesWritten;
    return this.#error(byte, `is not sound gzip at or after its byte ${byte} (${text})`, cause);
  }

  #trailing(byte: number): GexlakeError {
    return this.#error(byte, `has bytes behind the end of its gzip stream, from byte ${byte} on`);
  }

  #error(byte: number, what: string, cause?: unknown): GexlakeError {
    return new GexlakeError('GZIP_CORRUPT', `${this.#name} ${what}`, {
      details: { file: this.#name, byte },
      cause,
      hint: 'The file is damaged or was not transferred whole. Download it again.',
    });
  }
}
