import { createHash } from 'node:crypto';
import { GexlakeError, type ErrorCode } from '../core/errors.ts';
import type { Arriving, ByteSink } from '../core/journey.ts';
import type { Limits } from '../core/limits.ts';
import { endsInsideJson } from './json-end.ts';
import { Layer } from './layer.ts';
import { PartFile } from './part.ts';
import { mustFit } from './room-left.ts';
import { isEndingEarly, type Packing } from './unpack.ts';

/** The decoded private file. It is whole and can be read; it is durable once the part is sealed. */
type Decoded = {
  readonly part: PartFile;
  readonly size_bytes: number;
  readonly checksum: string;
  /** SHA-256 of the bytes as they were transferred. */
  readonly wire_checksum: string;
};

/**
 * Takes a source's bytes as they are transferred and makes the decoded private file of them, in one pass: unpacked as often as they
 * are packed, counted against the limits, hashed and written as they come.
 *
 * A download that is cut goes on in the middle: the decoders and the hash are as far as the bytes are, so the transferred
 * bytes need no file of their own. A download that has to start anew resets all of them.
 */
export class Intake implements ByteSink {
  readonly #path: string;
  readonly #name: string;
  readonly #limits: Limits;
  #part: PartFile;
  #layer: Layer;
  #transferred_bytes = 0;
  /** Of the bytes as they come, where they are packed. */
  #wire = createHash('sha256');
  #decoded: Promise<Decoded> | null = null;

  private constructor(path: string, name: string, limits: Limits, part: PartFile) {
    this.#path = path;
    this.#name = name;
    this.#limits = limits;
    this.#part = part;
    this.#layer = this.#outermost([]);
  }

  /** `path` is the private file's, `name` the one that messages give it. */
  static async open(path: string, name: string, limits: Limits): Promise<Intake> {
    return new Intake(path, name, limits, await PartFile.create(path));
  }

  #outermost(codings: Arriving['codings']): Layer {
    return new Layer({
      name: this.#name,
      codings,
      keep: (bytes) => this.#keep(bytes),
      allow: (unpacked_bytes, packing) => this.#checkUnpacked(unpacked_bytes, packing),
    });
  }

  async expect({ codings, bytes_total }: Arriving): Promise<void> {
    this.#layer = this.#outermost(codings);
    await mustFit(this.#name, this.#path, bytes_total);
  }

  async append(bytes: Uint8Array): Promise<void> {
    this.#transferred_bytes += bytes.byteLength;
    await this.#layer.append(bytes);
    // What is not packed is hashed where it is kept.
    if (this.#layer.isPlain !== true) this.#wire.update(bytes);
  }

  async #keep(decoded: Uint8Array): Promise<void> {
    const { decoded_bytes: most } = this.#limits;
    if (this.#part.size_bytes + decoded.byteLength > most)
      throw this.#tooLarge('SOURCE_TOO_LARGE', `has more than the ${most} bytes that a source may have`);
    await this.#part.append(decoded);
  }

  #checkUnpacked(unpacked_bytes: number, packing: Packing): void {
    const { decoded_bytes: most, gzip_ratio, gzip_ratio_free_bytes } = this.#limits;
    const code: ErrorCode = packing === 'zstd' ? 'ZSTD_TOO_LARGE' : 'GZIP_TOO_LARGE';
    if (unpacked_bytes > Math.max(gzip_ratio_free_bytes, gzip_ratio * this.#transferred_bytes))
      throw this.#tooLarge(
        code,
        `unpacks to more than ${gzip_ratio} times its ${this.#transferred_bytes} packed bytes`,
      );
    if (unpacked_bytes > most)
      throw this.#tooLarge(code, `unpacks to more than the ${most} bytes that a source may have`);
  }

  #tooLarge(code: ErrorCode, what: string): GexlakeError {
    return new GexlakeError(code, `${this.#name} ${what}`, {
      details: { file: this.#name },
      hint: 'A day of one ticker has 70 to 150 MB and packs 5 to 12 times. Check where the file comes from.',
    });
  }

  async reset(): Promise<void> {
    await this.discard();
    this.#layer = this.#outermost([]);
    this.#transferred_bytes = 0;
    this.#wire = createHash('sha256');
    this.#decoded = null;
    this.#part = await PartFile.create(this.#path);
  }

  async lacks(): Promise<string | null> {
    try {
      const { size_bytes } = await this.finish();
      if (size_bytes === 0) return 'nothing came';
    } catch (error) {
      // Whatever else is wrong with the bytes is thrown again by whoever asks for the finished file.
      return error instanceof GexlakeError && isEndingEarly(error) ? error.message : null;
    }
    return (await endsInsideJson(this.#path)) ? `${this.#name} ends inside its JSON` : null;
  }

  /** Ends the input. */
  async finish(): Promise<Decoded> {
    this.#decoded ??= this.#finishOnce();
    return this.#decoded;
  }

  async #finishOnce(): Promise<Decoded> {
    await this.#layer.finish();
    const kept = await this.#part.finish();
    const wire_checksum = this.#layer.isPlain === true ? kept.checksum : this.#wire.digest('hex');
    return { part: this.#part, ...kept, wire_checksum };
  }

  async discard(): Promise<void> {
    await this.#layer.stop();
    await this.#part.discard();
  }
}
