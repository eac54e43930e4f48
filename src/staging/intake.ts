import { GexlakeError } from '../core/errors.ts';
import type { ByteSink } from '../core/journey.ts';
import type { Limits } from '../core/limits.ts';
import { PartFile } from './part.ts';
import { magic_bytes, packingOf, Unpacker, type Packing } from './unpack.ts';

/**
 * Takes a source's bytes as they are transferred and makes the decoded private file of them, in one pass: the first
 * bytes say whether and how they are packed; then they are decoded, counted against the limits, hashed and written as they come.
 *
 * A download that is cut goes on in the middle: the decoder and the hash are as far as the bytes are, so the transferred
 * bytes need no file of their own. A download that has to start anew resets all three.
 */
export class Intake implements ByteSink {
  readonly #path: string;
  readonly #name: string;
  readonly #limits: Limits;
  #part: PartFile;
  /** Null until the first bytes are there. */
  #form: 'plain' | Packing | null = null;
  #decoder: Unpacker | null = null;
  /** The bytes that came before there were enough to tell. */
  #head: Uint8Array = new Uint8Array(0);
  #transferred_bytes = 0;

  private constructor(path: string, name: string, limits: Limits, part: PartFile) {
    this.#path = path;
    this.#name = name;
    this.#limits = limits;
    this.#part = part;
  }

  /** `path` is the private file's, `name` the one that messages give it. */
  static async open(path: string, name: string, limits: Limits): Promise<Intake> {
    return new Intake(path, name, limits, await PartFile.create(path));
  }

  async append(bytes: Uint8Array): Promise<void> {
    this.#transferred_bytes += bytes.byteLength;
    const known = this.#form === null ? this.#recognise(bytes) : bytes;
    if (known.byteLength === 0) return;
    if (this.#decoder === null) await this.#keep(known);
    else await this.#decoder.feed(known);
  }

  /** Looks at the magic bytes; gives the bytes that can go on, none while there are too few. */
  #recognise(bytes: Uint8Array): Uint8Array {
    const head = this.#head.byteLength === 0 ? bytes : Buffer.concat([this.#head, bytes]);
    if (head.byteLength < magic_bytes) {
      this.#head = Uint8Array.from(head);
      return new Uint8Array(0);
    }
    this.#decide(head);
    return head;
  }

  #decide(head: Uint8Array): void {
    const packing = packingOf(head);
    this.#form = packing ?? 'plain';
    if (packing !== null) this.#decoder = new Unpacker(packing, this.#name, (decoded) => this.#keep(decoded));
  }

  async #keep(decoded: Uint8Array): Promise<void> {
    this.#checkSize(this.#part.size_bytes + decoded.byteLength);
    await this.#part.append(decoded);
  }

  #checkSize(decoded_bytes: number): void {
    const { decoded_bytes: most, gzip_ratio, gzip_ratio_free_bytes } = this.#limits;
    const isBomb = decoded_bytes > Math.max(gzip_ratio_free_bytes, gzip_ratio * this.#transferred_bytes);
    if (this.#decoder !== null && isBomb)
      throw this.#tooLarge(`more than ${gzip_ratio} times its ${this.#transferred_bytes} packed bytes`);
    if (decoded_bytes > most) throw this.#tooLarge(`more than the ${most} bytes that a source may have`);
  }

  #tooLarge(what: string): GexlakeError {
    const packed = this.#form === 'zstd' ? 'ZSTD_TOO_LARGE' : 'GZIP_TOO_LARGE';
    const [code, verb] =
      this.#decoder === null ? (['SOURCE_TOO_LARGE', 'has'] as const) : ([packed, 'unpacks to'] as const);
    return new GexlakeError(code, `${this.#name} ${verb} ${what}`, {
      details: { file: this.#name },
      hint: 'A day of one ticker has 70 to 150 MB and packs 5 to 12 times. Check where the file comes from.',
    });
  }

  async reset(): Promise<void> {
    await this.discard();
    this.#form = null;
    this.#decoder = null;
    this.#head = new Uint8Array(0);
    this.#transferred_bytes = 0;
    this.#part = await PartFile.create(this.#path);
  }

  /** Ends the input. The private file is then whole and can be read; it is durable once the part is sealed. */
  async finish(): Promise<{ part: PartFile; size_bytes: number; checksum: string }> {
    if (this.#form === null && this.#head.byteLength > 0) {
      this.#decide(this.#head);
      if (this.#decoder === null) await this.#keep(this.#head);
      else await this.#decoder.feed(this.#head);
    }
    if (this.#decoder !== null) await this.#decoder.finish();
    return { part: this.#part, ...(await this.#part.finish()) };
  }

  async discard(): Promise<void> {
    if (this.#decoder !== null) await this.#decoder.stop();
    await this.#part.discard();
  }
}
