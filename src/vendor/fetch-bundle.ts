import { Buffer } from 'node:buffer';
import { findErrorText } from '../core/error-text.ts';
import type { ByteSink, OnBytes, Transferred } from '../core/journey.ts';
import { openWanted, type Refused, type Wanted } from '../source/source.ts';
import { deniedPauses_ms, mustHaveKey, patiently, pauseAsked_ms, told, withoutKey, type Question } from './ask.ts';
import { dayIn } from './bundle-head.ts';
import { authorization } from './key.ts';
import { vendorPolicy, type Asking } from './options.ts';
import { refused } from './refused.ts';

/** So much of an answer that is no archive is looked at for its words. */
const words_bytes = 16 * 1024;

/** Where a bundle's bytes go, and which bundles are left where they are. */
export type BundleInto = {
  readonly sink: ByteSink;
  readonly onBytes: OnBytes;
  /** Whether nobody needs the bundle of a day, which is asked where the answer names one before its first byte. All come where it is not given. */
  readonly isNeedless?: ((date: string) => Promise<boolean>) | undefined;
};

/** What has come, or the day of what was left. */
export type BundleCame = { readonly came: Transferred } | { readonly left: string };

/**
 * Downloads the latest bundle of a ticker into the sink. Which day it is of only its members tell: until the export of a day is done, it
 * is the one of the session before. Where its name tells a day that nobody needs, none of its bytes are read. Each attempt is a call of
 * the API.
 * @throws VENDOR_…, DOWNLOAD_…, INTERRUPTED, or what the sink throws
 */
export async function fetchBundle(
  { ticker, date }: { readonly ticker: string; readonly date: string | null },
  { sink, onBytes, isNeedless }: BundleInto,
  options: Asking,
): Promise<BundleCame> {
  const { limits, clock, signal } = options;
  const question = { path: `/hist/eod/${ticker}`, what: `the bundle of ${ticker}`, date };
  const wanted = bundleOf(question, options);
  const policy = vendorPolicy(options);
  const source = openWanted(`gexbot:eod/${ticker}`, wanted, { policy, limits, clock, signal });
  const heard = new WordsFirst(isNeedless === undefined ? sink : unlessNeedless(sink, isNeedless));
  try {
    const came = await source.transferInto(heard, onBytes);
    const said = heard.words();
    if (said !== null) throw refused({ status: 200, said: withoutKey(said, options) }, told(question, options, null));
    return { came };
  } catch (error) {
    if (error instanceof Needless) return { left: error.date };
    throw error;
  }
}

/** Ends a transfer before its first byte. It is no failure, and goes no farther than {@link fetchBundle}. */
class Needless extends Error {
  readonly date: string;

  constructor(date: string) {
    super(`the bundle of ${date} is not needed`);
    this.date = date;
  }
}

function unlessNeedless(sink: ByteSink, isNeedless: (date: string) => Promise<boolean>): ByteSink {
  const expect: ByteSink['expect'] = async (arriving) => {
    const date = dayIn(arriving.name);
    if (date !== null && (await isNeedless(date))) throw new Needless(date);
    await sink.expect(arriving);
  };
  return { ...sink, expect };
}

function bundleOf(question: Question, options: Asking): Wanted {
  const key = mustHaveKey(options.key);
  const url = new URL(`${options.settings.url.replace(/\/+$/, '')}${question.path}`);
  let denied = 0;
  return {
    mayPass: ({ code }) => code === 'VENDOR_NOT_IN_PLAN' && denied < deniedPauses_ms.length,
    // What is throttled or not there is for whoever plans calls to ask again.
    isOver: ({ code }) => code === 'VENDOR_THROTTLED' || code === 'VENDOR_NOT_PUBLISHED',
    locate: async (failed) => {
      if (failed?.code === 'VENDOR_NOT_IN_PLAN') await patiently(deniedPauses_ms[denied++] ?? 0, options);
      await options.pace();
      return { url, headers: { authorization: authorization(key), accept: 'application/zip, */*' } };
    },
    refusalError: ({ status, said, after }: Refused) => {
      const words = said === null ? null : withoutKey(said, options);
      return refused({ status, said: words }, told(question, options, pauseAsked_ms(after, options)));
    },
  };
}

/** Lets an archive through, and keeps the words of what is none. */
class WordsFirst implements ByteSink {
  readonly #sink: ByteSink;
  #head: Buffer = Buffer.alloc(0);

  constructor(sink: ByteSink) {
    this.#sink = sink;
  }

  readonly expect: ByteSink['expect'] = (arriving) => this.#sink.expect(arriving);
  readonly lacks: ByteSink['lacks'] = () => this.#sink.lacks();

  readonly append: ByteSink['append'] = async (bytes) => {
    const isFirst = this.#head.byteLength === 0;
    const mayBeWords = isFirst ? bytes[0] === 0x7b : this.#head[0] === 0x7b;
    if (mayBeWords && this.#head.byteLength < words_bytes) this.#head = Buffer.concat([this.#head, bytes]);
    else if (isFirst) this.#head = Buffer.from(bytes.subarray(0, 1));
    await this.#sink.append(bytes);
  };

  readonly reset: ByteSink['reset'] = () => {
    this.#head = Buffer.alloc(0);
    return this.#sink.reset();
  };

  /** What an answer says that is JSON and no archive; null for anything else. */
  words(): string | null {
    return this.#head[0] === 0x7b ? (findErrorText(this.#head.toString('utf8')) ?? 'JSON and no archive') : null;
  }
}
