import { GexlakeError } from '../core/errors.ts';
import type { ByteSink, OnBytes, Transferred } from '../core/journey.ts';
import type { Limits } from '../core/limits.ts';
import type { Clock } from '../core/clock.ts';
import { openHttp } from '../platform/http.ts';
import { attemptDownload, newTransfer, receiptOf, stopped, tooSlow, type Download, type Transfer } from './attempt.ts';
import { mayConnect, proxyFor, type SourcePolicy } from './policy.ts';
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

/**
 * Downloads a URL that the policy has let pass into the sink and says what came. Transient failures
 * (DOWNLOAD_CUT, _DAMAGED, _STALLED, _UNREACHABLE, _UNAVAILABLE, and SOURCE_CHANGED between attempts) are tried again within the
 * limits; what is thrown in the end is the last of them, or a terminal DOWNLOAD_… or SOURCE_… error.
 */
export async function downloadInto(url: URL, sink: ByteSink, options: DownloadOptions): Promise<Transferred> {
  const { limits, policy, clock } = options;
  const http = await openHttp({
    ...limits,
    mayConnect: (address, origin) => mayConnect(policy, address, origin),
    proxyFor: (origin) => proxyFor(policy, origin),
  });
  const transfer = newTransfer();
  // A timer besides the clock, which is looked at only when something of the file has come.
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(tooSlow(url, transfer.received, limits)), limits.download_total_ms);
  const signal = AbortSignal.any([late.signal, ...(options.signal === undefined ? [] : [options.signal])]);
  try {
    const deadline_ms = clock.monotonic_ms() + limits.download_total_ms;
    const download = { ...options, url, sink, http, deadline_ms, signal };
    await downloadWithRetries(download, transfer, options.random);
    return receiptOf(download, transfer);
  } finally {
    clearTimeout(timer);
    await http.close();
  }
}

async function downloadWithRetries(download: Download, transfer: Transfer, random: () => number): Promise<void> {
  const { limits, clock, deadline_ms, url } = download;
  for (let attempt = 1; ; attempt += 1) {
    try {
      await attemptDownload(download, transfer);
      return;
    } catch (error) {
      if (!(error instanceof GexlakeError)) throw error;
      const mayPass = transfer.mayPass && attempt < deniedAttempts;
      if (!mayPass && !isWorthAnotherTry(error)) throw error;
      if (attempt >= limits.download_attempts) throw lastError(error, attempt);
      const delay_ms = transfer.wait_ms ?? backoff_ms(attempt, limits, random);
      if (clock.monotonic_ms() + delay_ms > deadline_ms) throw tooSlow(url, transfer.received, limits);
      await pause(download, delay_ms);
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
