import { GexlakeError } from '../core/errors.ts';
import { findErrorText, isLinkAnswer } from '../core/error-text.ts';
import { openHttp, type HttpAnswer } from '../platform/http.ts';
import { backoff_ms, mayConnect, proxyFor, readRefusal, retryAfter_ms } from '../source/source.ts';
import { vendorPolicy, type Asking } from './options.ts';
import { authorization, keyMissing } from './key.ts';
import { refused, type Told } from './refused.ts';

/** A question to the API: its path below the base URL, and what it is about, in words. */
export type Question = {
  readonly path: string;
  readonly what: string;
  /** The day that it asks about; null where it asks about none. */
  readonly date: string | null;
  /** Whether anybody may ask it. */
  readonly isPublic?: boolean;
  /** From the API's origin and not from the base URL, as some public answers are. */
  readonly fromOrigin?: boolean;
};

/** What came: a JSON value, or the address that the API leads on to. */
export type Reply = { readonly value: unknown } | { readonly location: string };

/** So much of an answer is read: a list of all tickers has some kilobytes. */
const answer_bytes = 1024 ** 2;

/** How long to wait before asking again what was refused in words by which the API throttles, too. */
export const deniedPauses_ms: readonly number[] = [15_000, 30_000];

/** How often something is asked that fails for what the network does, or a server for a moment. */
const attempts = 3;

/** Up to so long the API may ask to be left alone without this being told as being throttled. */
const shortPause_ms = 30_000;

/**
 * Asks the API, at its pace, and again where that may help: three times where it refuses as if it were not in the plan, and where the
 * network fails.
 * @throws VENDOR_…, INTERRUPTED
 */
export async function ask(question: Question, options: Asking): Promise<Reply> {
  return askForAnswer(question, options, async (answer) => replyIn(answer, question, options));
}

/** The same, with what is to be read of an answer whose status is that of a reply. */
export async function askForAnswer<T>(
  question: Question,
  options: Asking,
  read: (answer: HttpAnswer) => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await askOnce(question, options, read);
    } catch (error) {
      const wait_ms = error instanceof GexlakeError ? pauseAfter(error, attempt, options) : null;
      if (wait_ms === null) throw error;
      await patiently(wait_ms, options);
    }
  }
}

/** For how long to wait after an error before asking again; null where that is not worth it. */
function pauseAfter(error: GexlakeError, attempt: number, { limits, clock }: Asking): number | null {
  if (attempt >= attempts) return null;
  if (error.code === 'VENDOR_NOT_IN_PLAN') return deniedPauses_ms[attempt - 1] ?? null;
  if (error.code === 'VENDOR_UNREACHABLE') return backoff_ms(attempt, limits, Math.random);
  const again = error.code === 'VENDOR_THROTTLED' ? error.details.askAgainAt : undefined;
  if (again === undefined) return null;
  const wait_ms = Math.max(0, Date.parse(again) - clock.now_ms());
  return wait_ms <= shortPause_ms ? wait_ms : null;
}

/** Waits, unless somebody gives up. */
export async function patiently(wait_ms: number, { clock, signal }: Asking): Promise<void> {
  const given = Promise.withResolvers<void>();
  const stop = () => given.resolve();
  signal?.addEventListener('abort', stop, { once: true });
  if (signal?.aborted !== true) await Promise.race([clock.sleep(wait_ms), given.promise]);
  signal?.removeEventListener('abort', stop);
  if (signal?.aborted === true) throw new GexlakeError('INTERRUPTED', 'the question to GEXBot was interrupted');
}

async function askOnce<T>(question: Question, options: Asking, read: (answer: HttpAnswer) => Promise<T>): Promise<T> {
  const { settings, limits, signal, key } = options;
  const headers = question.isPublic === true ? {} : { authorization: authorization(mustHaveKey(key)) };
  const policy = vendorPolicy(options);
  const http = await openHttp({
    ...limits,
    mayConnect: (address, origin) => mayConnect(policy, address, origin),
    proxyFor: (origin) => proxyFor(policy, origin),
  });
  try {
    // Last, since what is still to be loaded by then would bring this call closer to the next.
    await options.pace();
    const url = addressOf(question, settings.url);
    const said = { accept: 'application/json', 'content-type': 'application/json', 'accept-encoding': 'identity' };
    const answer = await http.get(url, { ...said, ...headers }, signal).catch(unreachable(question));
    await mustBeReply(answer, question, options);
    return await read(answer);
  } finally {
    await http.close();
  }
}

function addressOf({ path, fromOrigin = false }: Question, base: string): URL {
  return new URL(fromOrigin ? `${new URL(base).origin}${path}` : `${base.replace(/\/+$/, '')}${path}`);
}

export function mustHaveKey(key: string | null): string {
  if (key !== null) return key;
  throw keyMissing('GEXBot is asked');
}

/** What the network did, as the vendor being out of reach; what somebody wanted stays what it is. */
function unreachable({ what }: Question): (error: unknown) => never {
  return (error) => {
    if (!(error instanceof GexlakeError) || !error.code.startsWith('DOWNLOAD_')) throw error;
    throw new GexlakeError('VENDOR_UNREACHABLE', `GEXBot cannot be asked for ${what}: ${error.message}`, {
      cause: error,
      // Whoever asks the API need not have a job.
      ...(error.hint === null ? {} : { hint: error.hint.replace('retry the job', 'try again') }),
    });
  };
}

function leadsOn(answer: HttpAnswer): string | null {
  return answer.status >= 300 && answer.status <= 399 ? (answer.fields('location')[0] ?? null) : null;
}

async function mustBeReply(answer: HttpAnswer, question: Question, options: Asking): Promise<void> {
  const { status } = answer;
  if (status === 200 || leadsOn(answer) !== null) return;
  const [after = null] = answer.fields('retry-after');
  throw refused(
    { status, said: await wordsOf(answer, options) },
    told(question, options, pauseAsked_ms(after, options)),
  );
}

/** For how long a `Retry-After` asks to be left alone: a pool may be empty to the end of a month. */
export function pauseAsked_ms(after: string | null, { limits, clock }: Asking): number | null {
  return retryAfter_ms(after, clock.now_ms(), { ...limits, retry_cap_ms: longest_ms });
}

async function replyIn(answer: HttpAnswer, question: Question, options: Asking): Promise<Reply> {
  const location = leadsOn(answer);
  if (location !== null) {
    answer.discard();
    return { location };
  }
  const odd = (said: string) => refused({ status: answer.status, said }, told(question, options, null));
  const text = (await readAll(answer).catch(unreachable(question))).toString('utf8');
  const said = isLinkAnswer(text) ? null : findErrorText(text);
  if (said !== null) throw odd(withoutKey(said, options));
  try {
    return { value: JSON.parse(text) };
  } catch {
    throw odd('no JSON');
  }
}

/** A pool may be empty to the end of a month. */
const longest_ms = 32 * 86_400_000;

/** What an error about an answer has to say besides. */
export function told({ what, date }: Question, { clock }: Asking, wait_ms: number | null): Told {
  const now_ms = clock.now_ms();
  return { what, date, now_ms, askAgainAt: wait_ms === null ? null : new Date(now_ms + wait_ms).toISOString() };
}

async function wordsOf(answer: HttpAnswer, options: Asking): Promise<string | null> {
  const said = await readRefusal(answer, options.limits);
  return said === null ? null : withoutKey(said, options);
}

/** Nothing that is shown or kept has the key, whatever the API repeats. */
export function withoutKey(text: string, { key }: Pick<Asking, 'key'>): string {
  return key === null ? text : text.replaceAll(key, '…');
}

async function readAll(answer: HttpAnswer): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  let size_bytes = 0;
  for await (const bytes of answer.body) {
    size_bytes += bytes.byteLength;
    if (size_bytes > answer_bytes) break;
    parts.push(bytes);
  }
  answer.discard();
  return Buffer.concat(parts);
}
