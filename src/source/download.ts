import { GexlakeError } from '../core/errors.ts';
import type { ByteSink, OnBytes, Transferred } from '../core/journey.ts';
import type { Limits } from '../core/limits.ts';
import type { Clock } from '../core/clock.ts';
import { openHttp } from '../platform/http.ts';
import {
  attemptDownload,
  newTransfer,
  receiptOf,
  stopped,
  tooSlow,
  type Download,
  type Located,
  type Transfer,
} from './attempt.ts';
import { checkUrl, mayConnect, proxyFor, type SourcePolicy } from './policy.ts';
import { backoff_ms } from './retry.ts';

export type DownloadOptions = {
  readonly policy: SourcePolicy;
  readonly limits: Limits;
  readonly clock: Clock;
  readonly onBytes: OnBytes;
  readonly signal: AbortSignal | undefined;
  /** A number from 0 up to 1, for the jitter of the waits. */
  readonly random: () => number;
};

/** A file by how it is found, for one that has no address of its own that lasts. */
export type Wanted = Pick<Download, 'refusalError'> & {
  /**
   * Says where it is to be had, before each attempt: after `failed`, or null for the first, with so many bytes in hand. It is checked
   * like any other address.
   * @throws `failed`, or what else ends the download
   */
  readonly locate: (failed: GexlakeError | null, received_bytes: number) => Promise<Located>;
  /** Whether another attempt may get what this one did not, although that would not help with an address that lasts. */
  readonly mayPass: (error: GexlakeError) => boolean;
  /** Whether an error that passes with time is told at once all the same: whoever wants it asks again later. */
  readonly isOver?: (error: GexlakeError) => boolean;
};

/**
 * Downloads a URL that the policy has let pass into the sink and says what came. Transient failures
 * (DOWNLOAD_CUT, _DAMAGED, _STALLED, _UNREACHABLE, _UNAVAILABLE, and SOURCE_CHANGED between attempts) are tried again within the
 * limits; what is thrown in the end is the last of them, or a terminal DOWNLOAD_… or SOURCE_… error.
 */
export async function downloadInto(url: URL, sink: ByteSink, options: DownloadOptions): Promise<Transferred> {
  return downloadWanted({ locate: async () => ({ url }), mayPass: () => false }, sink, options);
}

/** The same for what is located anew before each attempt. */
export async function downloadWanted(wanted: Wanted, sink: ByteSink, options: DownloadOptions): Promise<Transferred> {
  const { limits, policy, clock } = options;
  const http = await openHttp({
    ...limits,
    mayConnect: (address, origin) => mayConnect(policy, address, origin),
    proxyFor: (origin) => proxyFor(policy, origin),
  });
  const transfer = newTransfer();
  // A timer besides the clock, which is looked at only when something of the file has come.
  const late = new AbortController();
  const lateness: { timer?: NodeJS.Timeout } = {};
  const signal = AbortSignal.any([late.signal, ...(options.signal === undefined ? [] : [options.signal])]);
  try {
    const { refusalError } = wanted;
    const { url, ...located } = checked(await wanted.locate(null, 0), policy);
    const deadline_ms = clock.monotonic_ms() + limits.download_total_ms;
    lateness.timer = setTimeout(() => late.abort(tooSlow(url, transfer.received, limits)), limits.download_total_ms);
    const download = { ...options, ...located, url, refusalError, sink, http, deadline_ms, signal };
    const last = await downloadWithRetries({ wanted, random: options.random }, download, transfer);
    return receiptOf(last, transfer);
  } finally {
    clearTimeout(lateness.timer);
    await http.close();
  }
}

function checked(located: Located, policy: SourcePolicy): Located {
  checkUrl(located.url.href, policy);
  return located;
}

type Trying = { readonly wanted: Wanted; readonly random: () => number };

/** Gives the attempt that has brought all of it. */
async function downloadWithRetries({ wanted, random }: Trying, first: Download, transfer: Transfer): Promise<Download> {
  const { limits, clock, deadline_ms, policy } = first;
  const at = (located: Located): Download => ({ ...first, ...checked(located, policy) });
  let download = first;
  for (let attempt = 1; ; attempt += 1) {
    try {
      await attemptDownload(download, transfer);
      return download;
    } catch (error) {
      if (!(error instanceof GexlakeError) || wanted.isOver?.(error) === true) throw error;
      const mayPass = (transfer.mayPass && attempt < deniedAttempts) || wanted.mayPass(error);
      if (!mayPass && !isWorthAnotherTry(error)) throw error;
      if (attempt >= limits.download_attempts) throw lastError(error, attempt);
      const delay_ms = transfer.wait_ms ?? backoff_ms(attempt, limits, random);
      if (clock.monotonic_ms() + delay_ms > deadline_ms) throw tooSlow(download.url, transfer.received, limits);
      await pause(download, delay_ms);
      download = at(await wanted.locate(error, transfer.received));
    }
  }
}

/** Attempts where a server denies the file in words by which some throttle: a true denial is soon told, too. */
const deniedAttempts = 3;

function isWorthAnotherTry(error: GexlakeError): boolean {
  return error.transient || error.code === 'SOURCE_CHANGED';
}

function lastError(error: GexlakeError, attempts: number): GexlakeError {
  const hint = error.hint === null ? {} : { hint: error.hint };
  return new GexlakeError(error.code, `${error.message}, at attempt ${attempts} of ${attempts}`, {
    ...hint,
    details: error.details,
    cause: error.cause,
  });
}

/** Waits before the next attempt; ends at once with INTERRUPTED when the caller gives up. */
async function pause({ clock, signal, url }: Download, delay_ms: number): Promise<void> {
  const interrupted = Promise.withResolvers<void>();
  const stop = () => interrupted.resolve();
  signal.addEventListener('abort', stop, { once: true });
  if (!signal.aborted) await Promise.race([clock.sleep(delay_ms), interrupted.promise]);
  signal.removeEventListener('abort', stop);
  if (signal.aborted) throw stopped(url, signal);
}
