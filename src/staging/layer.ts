import { GexlakeError, type ErrorCode } from '../core/errors.ts';
import type { Coding } from '../core/journey.ts';
import { limits } from '../core/limits.ts';
import { magic_bytes, packingOf, Unpacker, type Packing } from './unpack.ts';

export type LayerOptions = {
  /** What messages call the source. */
  readonly name: string;
  /** Codings that the server has named and that the bytes do not show, the outermost first. */
  readonly codings: readonly Coding[];
  /** Takes the bytes that are not packed any more. */
  readonly keep: (bytes: Uint8Array) => Promise<void>;
  /** Asked before unpacked bytes go on, of every layer: throws where these are too many of them. */
  readonly allow: (unpacked_bytes: number, packing: Packing) => void;
};

/**
 * One layer of a source as it arrives: the first bytes say whether and how it is packed. What is unpacked is looked at in the same
 * way, so that a gzip in a gzip ends as the JSON in it.
 */
export class Layer {
  readonly #options: LayerOptions;
  readonly #depth: number;
  /** The bytes that came before there were enough to tell; null once it is told. */
  #head: Uint8Array | null = new Uint8Array(0);
  #unpacker: Unpacker | null = null;
  #inner: Layer | null = null;
  #unpacked_bytes = 0;

  constructor(options: LayerOptions, depth = 0) {
    this.#options = options;
    this.#depth = depth;
  }

  /** Whether what comes is kept as it is; null as long as too little has come to tell. */
  get isPlain(): boolean | null {
    return this.#head === null ? this.#unpacker === null : null;
  }

  async append(bytes: Uint8Array): Promise<void> {
    if (this.#head === null) return this.#pass(bytes);
    const head = this.#head.byteLength === 0 ? bytes : Buffer.concat([this.#head, bytes]);
    if (head.byteLength < magic_bytes) {
      this.#head = Uint8Array.from(head);
      return;
    }
    await this.#decide(head);
  }

  async #decide(head: Uint8Array): Promise<void> {
    this.#head = null;
    const { codings, name } = this.#options;
    const shown = packingOf(head);
    const packing = shown ?? (looksLikeText(head) ? null : (codings[0] ?? null));
    if (packing !== null) {
      if (this.#depth >= limits.packing_layers) throw tooDeep(name, packing);
      const rest = shown === null ? codings.slice(1) : codings;
      const inner = new Layer({ ...this.#options, codings: rest }, this.#depth + 1);
      this.#inner = inner;
      this.#unpacker = new Unpacker(packing, name, async (decoded) => {
        this.#unpacked_bytes += decoded.byteLength;
        this.#options.allow(this.#unpacked_bytes, packing);
        await inner.append(decoded);
      });
    }
    await this.#pass(head);
  }

  async #pass(bytes: Uint8Array): Promise<void> {
    if (bytes.byteLength === 0) return;
    if (this.#unpacker === null) await this.#options.keep(bytes);
    else await this.#unpacker.feed(bytes);
  }

  /** Ends the input and waits until everything has been kept. */
  async finish(): Promise<void> {
    if (this.#head !== null) await this.#decide(this.#head);
    await this.#unpacker?.finish();
    await this.#inner?.finish();
  }

  /** Stops at once; when this returns, nothing more is kept. */
  async stop(): Promise<void> {
    // The inner one first: the outer decoder waits for what it has given to it.
    await this.#inner?.stop();
    await this.#unpacker?.stop();
  }
}

/** Whether bytes are the beginning of JSON or of a page, so that a server that calls them packed is wrong. */
function looksLikeText(head: Uint8Array): boolean {
  const text = Buffer.from(head.subarray(0, magic_bytes)).toString('latin1');
  return /^(?:\xef\xbb\xbf)?\s*(?:$|[[{<])[\t\n\r\x20-\x7e]*$/.test(text);
}

function tooDeep(name: string, packing: Packing): GexlakeError {
  const code: ErrorCode = packing === 'zstd' ? 'ZSTD_TOO_LARGE' : 'GZIP_TOO_LARGE';
  return new GexlakeError(code, `${name} is packed more than ${limits.packing_layers} times over`, {
    details: { file: name },
    hint: 'Check where the file comes from, or unpack it and import what is in it.',
  });
}
