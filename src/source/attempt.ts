import { GexlakeError } from '../core/errors.ts';
import type { ByteSink, OnBytes } from '../core/journey.ts';
import type { Limits } from '../core/limits.ts';
import { redactUrl } from '../core/redact.ts';
import type { Clock } from '../core/clock.ts';
import type { HttpAnswer, HttpClient } from '../platform/http.ts';
import { checkUrl, type SourcePolicy } from './policy.ts';
import { continues, rangeHeaders, versionOf, type FileVersion } from './resume.ts';
import { retryAfter_ms } from './retry.ts';
import { statusError } from './status.ts';

/** What one download is and where it goes; the same for all its attempts. */
export type Download = {
  readonly url: URL;
  readonly sink: ByteSink;
  readonly http: HttpClient;
  readonly policy: SourcePolicy;
  readonly limits: Limits;
  readonly clock: Clock;
  readonly deadline_ms: number;
  readonly onBytes: OnBytes;
  readonly signal: AbortSignal | undefined;
};

/** How far a download is, kept from one attempt to the next. */
export type Transfer = {
  received: number;
  version: FileVersion | null;
  /** What the server asked to be left alone for before the next attempt. */
  wait_ms: number | null;
};

const redirects = new Set([301, 302, 303, 307, 308]);

/**
 * One attempt: goes on where the last one stopped if the server can prove that the file is still the same, else starts
 * anew. Returns when the whole file is in the sink; throws SOURCE_CHANGED where another attempt has to start anew.
 */
export async function attemptDownload(download: Download, transfer: Transfer): Promise<void> {
  const { limits, sink, onBytes } = download;
  transfer.wait_ms = null;
  const answer = await openRest(download, transfer);
  const total = transfer.version?.total ?? null;
  if (total !== null && total > limits.source_bytes) {
    answer.discard();
    throw tooLarge(download, total);
  }
  for await (const bytes of answer.body) {
    if (transfer.received + bytes.byteLength > limits.source_bytes) throw tooLarge(download, null);
    await sink.append(bytes);
    transfer.received += bytes.byteLength;
    onBytes(transfer.received, total);
    checkTime(download, transfer);
  }
  if (total !== null && total !== transfer.received) throw endedEarly(download, transfer.received, total);
}

async function openRest(download: Download, transfer: Transfer): Promise<HttpAnswer> {
  const range = transfer.version === null ? null : rangeHeaders(transfer.version, transfer.received);
  if (range === null) await startAnew(download, transfer);
  const answer = await follow(download, range ?? {});
  const { status } = answer;
  const encoding = answer.header('content-encoding')?.trim().toLowerCase() ?? '';
  if (status === 206 && range !== null && transfer.version !== null) {
    if (continues(answer, transfer.version, transfer.received)) return answer;
  } else if (status === 200 && /^(?:|identity|gzip|x-gzip)$/.test(encoding)) {
    await startAnew(download, transfer);
    transfer.version = versionOf(answer);
    return answer;
  }
  answer.discard();
  if (range !== null && (status === 206 || status === 416)) {
    await startAnew(download, transfer);
    throw changed(download);
  }
  transfer.wait_ms = retryAfter_ms(answer.header('retry-after'), download.clock.now_ms(), download.limits);
  throw statusError(download.url, status, encoding);
}

async function startAnew(download: Download, transfer: Transfer): Promise<void> {
  if (transfer.received > 0) await download.sink.reset();
  transfer.received = 0;
  transfer.version = null;
}

/** Gets the URL through its redirects, each checked like the first URL. */
async function follow(download: Download, range: Readonly<Record<string, string>>): Promise<HttpAnswer> {
  const headers = {
    accept: 'application/json, application/gzip;q=0.9, */*;q=0.5',
    'accept-encoding': 'identity',
    ...range,
  };
  let url = download.url;
  for (let followed = 0; ; followed += 1) {
    const answer = await download.http.get(url, headers, download.signal);
    if (!redirects.has(answer.status)) return answer;
    answer.discard();
    const location = answer.header('location');
    const next = location === null ? null : URL.parse(location, url.href);
    if (next === null || followed >= download.limits.redirects) throw lostInRedirects(download, followed, next);
    url = redirectTarget(download, next);
  }
}

function redirectTarget(download: Download, next: URL): URL {
  try {
    return checkUrl(next.href, download.policy);
  } catch (error) {
    if (!(error instanceof GexlakeError)) throw error;
    const message = `${redactUrl(download.url.href)} redirects to where it may not: ${error.message}`;
    throw new GexlakeError(error.code, message, error.hint === null ? {} : { hint: error.hint });
  }
}

function checkTime({ clock, deadline_ms, signal, url, limits }: Download, { received }: Transfer): void {
  if (signal?.aborted === true)
    throw new GexlakeError('INTERRUPTED', `the download of ${redactUrl(url.href)} was interrupted`);
  if (clock.now_ms() <= deadline_ms) return;
  throw tooSlow(url, received, limits);
}

export function tooSlow(url: URL, received: number, limits: Limits): GexlakeError {
  const message = `${redactUrl(url.href)} was not there after ${limits.download_total_ms / 1000} s (${received} bytes came)`;
  return new GexlakeError('DOWNLOAD_TOO_SLOW', message, { hint: 'Check the network, then retry the job.' });
}

function lostInRedirects(download: Download, followed: number, next: URL | null): GexlakeError {
  const why = next === null ? 'redirects without saying where to' : `redirects more than ${followed} times`;
  return new GexlakeError('DOWNLOAD_REFUSED', `${redactUrl(download.url.href)} ${why}`, { hint: 'Ask for a new URL.' });
}

function changed(download: Download): GexlakeError {
  const message = `${redactUrl(download.url.href)} changed while it was being downloaded`;
  return new GexlakeError('SOURCE_CHANGED', message, { hint: 'Retry the job when the file has settled.' });
}

function endedEarly(download: Download, received: number, total: number): GexlakeError {
  const message = `${redactUrl(download.url.href)} ended at byte ${received} of ${total}`;
  return new GexlakeError('DOWNLOAD_CUT', message, { hint: 'Check the network, then retry the job.' });
}

function tooLarge(download: Download, total: number | null): GexlakeError {
  const size = total === null ? 'more' : `${total} bytes, more`;
  const message = `${redactUrl(download.url.href)} has ${size} than the ${download.limits.source_bytes} bytes a source may have`;
  return new GexlakeError('SOURCE_TOO_LARGE', message, {
    hint: 'A day of one ticker has 70 to 150 MB. Check the URL.',
  });
}
