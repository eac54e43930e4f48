import { createBrotliDecompress, createGunzip, createInflate, createInflateRaw, createZstdDecompress } from 'node:zlib';
import { GexlakeError, type ErrorCode } from '../core/errors.ts';
import type { Coding } from '../core/journey.ts';
import { limits } from '../core/limits.ts';

const decoded_block_bytes = 1024 ** 2;
/** Of a stream that follows one with less in it than this; a thousand tiny frames took 1.7 s with large blocks, 0.1 s with small ones. */
const small_block_bytes = 16 * 1024;
/** Bytes handed to the decoder at a time: how exactly the place of a damage can be told. */
const fed_block_bytes = 64 * 1024;

/** How a source is packed. gzip is the vendor's form, zstd that of `archive/`; the codings are those of servers. */
export type Packing = 'gzip' | 'zstd' | Coding;

/** How many bytes at the head of a source tell whether and how it is packed. */
export const magic_bytes = 16;

/**
 * How bytes are packed by their head: gzip (RFC 1952) starts with 1f 8b, a zstd frame (RFC 8878) with 28 b5 2f fd, a skippable one
 * with 5x 2a 4d 18. Null where they are not. Names and Content-Type are often wrong about it.
 */
export function packingOf(head: Uint8Array): Packing | null {
  if (head[0] === 0x1f && head[1] === 0x8b) return 'gzip';
  const isFrame = head[0] === 0x28 && head[1] === 0xb5 && head[2] === 0x2f && head[3] === 0xfd;
  const isSkippable = ((head[0] ?? 0) & 0xf0) === 0x50 && head[1] === 0x2a && head[2] === 0x4d && head[3] === 0x18;
  return isFrame || isSkippable ? 'zstd' : null;
}

/** What unpacks one stream. `bytesWritten` counts the packed bytes that it has used. */
type Decoder = ReturnType<typeof createGunzip | typeof createZstdDecompress | typeof createBrotliDecompress>;

function makeDecoder(packing: Packing, head: Uint8Array, chunkSize: number): Decoder {
  const options = { chunkSize };
  switch (packing) {
    case 'gzip':
      return createGunzip(options);
    case 'zstd':
      return createZstdDecompress(options);
    case 'br':
      return createBrotliDecompress(options);
    case 'deflate':
      return hasZlibHeader(head) ? createInflate(options) : createInflateRaw(options);
  }
}

/** "deflate" over HTTP means the zlib format (RFC 1950); some servers send it bare (RFC 1951). */
function hasZlibHeader(head: Uint8Array): boolean {
  const [first = 0, second = 0] = head;
  return (first & 0x0f) === 8 && ((first << 8) | second) % 31 === 0;
}

const corruptCodes: Readonly<Record<Packing, ErrorCode>> = {
  gzip: 'GZIP_CORRUPT',
  zstd: 'ZSTD_CORRUPT',
  br: 'DOWNLOAD_REFUSED',
  deflate: 'DOWNLOAD_REFUSED',
};

/** Whether an error of unpacking says that the bytes end too early, and not that they are wrong. */
export function isEndingEarly(error: unknown): boolean {
  return error instanceof GexlakeError && codeOf(error.cause) === 'Z_BUF_ERROR';
}

/**
 * Unpacks a stream as it arrives: of gzip one or more members and the zeros that pad them, of zstd one or more frames, skippable
 * ones among them, and nothing behind. Decoded bytes go to `keep`, never ahead of it by more than a block; what it throws, `feed`
 * and `finish` throw. Bytes that are not sound: GZIP_CORRUPT, ZSTD_CORRUPT, or DOWNLOAD_REFUSED where a server has packed them.
 */
export class Unpacker {
  readonly #packing: Packing;
  readonly #name: string;
  readonly #keep: (decoded: Uint8Array) => Promise<void>;
  /** The stream that is being unpacked; after its end there may be another in the same source. */
  #stream: DecoderStream | null = null;
  /** Packed bytes before the current stream. */
  #before_bytes = 0;
  #fed_bytes = 0;
  #streams = 0;
  /** Bytes that the current stream has unpacked to. */
  #decoded_bytes = 0;
  #isPadding = false;

  constructor(packing: Packing, name: string, keep: (decoded: Uint8Array) => Promise<void>) {
    this.#packing = packing;
    this.#name = name;
    this.#keep = keep;
  }

  async feed(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.byteLength; at += fed_block_bytes)
      await this.#feedBlock(bytes.subarray(at, at + fed_block_bytes));
  }

  async #feedBlock(bytes: Uint8Array): Promise<void> {
    const start = this.#fed_bytes;
    this.#fed_bytes += bytes.byteLength;
    for (let done = 0; done < bytes.byteLength;) {
      const rest = bytes.subarray(done);
      if (this.#isPadding) {
        this.#checkPadding(rest, start + done);
        return;
      }
      this.#stream ??= this.#open(rest, start + done);
      const used = await this.#feedStream(this.#stream, rest);
      done += used;
      // The decoder stops behind a stream and says nothing.
      if (used < rest.byteLength) await this.#goOn(bytes.subarray(done), start + done);
    }
  }

  #open(head: Uint8Array, at: number): DecoderStream {
    this.#streams += 1;
    if (this.#streams > limits.packed_frames)
      throw this.#error(at, `is made of more than ${limits.packed_frames} ${this.#packing} streams`);
    const isSmall = this.#streams > 1 && this.#decoded_bytes < small_block_bytes;
    const decoder = makeDecoder(this.#packing, head, isSmall ? small_block_bytes : decoded_block_bytes);
    this.#before_bytes = at;
    this.#decoded_bytes = 0;
    return new DecoderStream(decoder, async (decoded) => {
      this.#decoded_bytes += decoded.byteLength;
      await this.#keep(decoded);
    });
  }

  async #feedStream(stream: DecoderStream, bytes: Uint8Array): Promise<number> {
    try {
      return await stream.write(bytes);
    } catch (error) {
      throw this.#told(error, stream);
    }
  }

  /** What follows the end of a stream: another zstd frame, or what pads a gzip file. */
  async #goOn(rest: Uint8Array, at: number): Promise<void> {
    const stream = this.#stream;
    // Without a step forward this would go on for ever.
    if (stream === null || this.#before_bytes === at) throw this.#trailing(at);
    await this.#finishStream(stream);
    this.#stream = null;
    if (this.#packing === 'gzip') this.#isPadding = true;
    else if (this.#packing !== 'zstd' || (rest.byteLength >= 4 && packingOf(rest) !== 'zstd')) throw this.#trailing(at);
  }

  #checkPadding(bytes: Uint8Array, at: number): void {
    const other = bytes.findIndex((byte) => byte !== 0);
    if (other !== -1) throw this.#trailing(at + other);
  }

  async #finishStream(stream: DecoderStream): Promise<void> {
    try {
      await stream.finish();
    } catch (error) {
      throw this.#told(error, stream);
    }
  }

  /** Ends the input and waits until everything decoded has been kept. */
  async finish(): Promise<void> {
    if (this.#stream !== null) await this.#finishStream(this.#stream);
  }

  /** Stops at once; when this returns, nothing more goes to `keep`. */
  async stop(): Promise<void> {
    await this.#stream?.stop();
  }

  #told(cause: unknown, stream: DecoderStream): GexlakeError {
    if (cause instanceof GexlakeError) return cause;
    const code = codeOf(cause);
    const text = cause instanceof Error ? cause.message : String(cause);
    if (code === 'Z_BUF_ERROR')
      return this.#error(this.#fed_bytes, `ends inside its ${this.#packing} stream, at byte ${this.#fed_bytes}`, cause);
    const byte = this.#before_bytes + stream.used_bytes;
    if (code === 'ZSTD_error_prefix_unknown' && byte > 0) return this.#trailing(byte);
    return this.#error(byte, `is not sound ${this.#packing} at or after its byte ${byte} (${text})`, cause);
  }

  #trailing(byte: number): GexlakeError {
    return this.#error(byte, `has bytes behind the end of its ${this.#packing} stream, from byte ${byte} on`);
  }

  #error(byte: number, what: string, cause?: unknown): GexlakeError {
    return new GexlakeError(corruptCodes[this.#packing], `${this.#name} ${what}`, {
      details: { file: this.#name, byte },
      cause,
      hint: hints[this.#packing],
    });
  }
}

const sentWrongly = 'The server that sent it has packed it wrongly. Download the file another way and import that.';
const hints: Readonly<Record<Packing, string>> = {
  gzip: 'The file is damaged or was not transferred whole. Download it again.',
  zstd: 'The file is damaged or was not copied whole. `gexlake verify` compares the archive with the log.',
  br: sentWrongly,
  deflate: sentWrongly,
};

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}

/** One stream of a source in the decoder's hands. What the decoder or `keep` throws is thrown by whoever waits next. */
class DecoderStream {
  readonly #decoder: Decoder;
  readonly #drained: Promise<void>;
  #failed: Error | null = null;
  #giveUp: (error: Error) => void = () => undefined;

  constructor(decoder: Decoder, keep: (decoded: Uint8Array) => Promise<void>) {
    this.#decoder = decoder;
    this.#drained = this.#drain(keep);
  }

  get used_bytes(): number {
    return this.#decoder.bytesWritten;
  }

  async #drain(keep: (decoded: Uint8Array) => Promise<void>): Promise<void> {
    try {
      for await (const decoded of this.#decoder as AsyncIterable<Uint8Array>) await keep(decoded);
    } catch (error) {
      this.#failed = error instanceof Error ? error : new Error(String(error));
      // A failed decoder never calls back for the bytes that it was given last.
      this.#giveUp(this.#failed);
    }
  }

  /** Hands bytes over and returns how many were used; fewer only at the end of the stream. */
  async write(bytes: Uint8Array): Promise<number> {
    if (this.#failed !== null) throw this.#failed;
    const before = this.used_bytes;
    await new Promise<void>((resolve, reject) => {
      this.#giveUp = reject;
      this.#decoder.write(bytes, (error) => {
        if (error === null || error === undefined) resolve();
      });
    });
    return this.used_bytes - before;
  }

  async finish(): Promise<void> {
    this.#decoder.end();
    await this.#drained;
    if (this.#failed !== null) throw this.#failed;
  }

  async stop(): Promise<void> {
    this.#decoder.destroy();
    await this.#drained;
  }
}
