import { createHash, type Hash } from 'node:crypto';
import { GexlakeError } from '../core/errors.ts';
import type { ByteSink, OnBytes, Transferred } from '../core/journey.ts';
import type { Limits } from '../core/limits.ts';
import { redactUrl } from '../core/redact.ts';
import type { Clock } from '../core/clock.ts';
import type { HttpAnswer, HttpClient } from '../platform/http.ts';
import { checkUrl, type SourcePolicy } from './policy.ts';
import { codingsOf } from './codings.ts';
import { continuedTotal, isWhole, rangeHeaders, versionOf, type FileVersion } from './resume.ts';
import { saidName } from './said-name.ts';
import { retryAfter_ms } from './retry.ts';
import { readRefusal } from './refusal.ts';
import { isThrottling, statusError, unknownCoding } from './status.ts';

/** Where a file is to be had at one attempt, and what is said to that origin, and to no other. */
export type Located = { readonly url: URL; readonly headers?: Readonly<Record<string, string>> };

/** An answer that is no file: its status, its words where they can be read, and its `Retry-After`, which may be longer than any attempt waits. */
export type Refused = { readonly status: number; readonly said: string | null; readonly after: string | null };

/** What one attempt of a download is, and where it goes. */
export type Download = Located & {
  readonly sink: ByteSink;
  readonly http: HttpClient;
  readonly policy: SourcePolicy;
  readonly limits: Limits;
  readonly clock: Clock;
  readonly deadline_ms: number;
  readonly onBytes: OnBytes;
  /** Aborted by whoever gives up, and with an error of its own when the time is over. */
  readonly signal: AbortSignal;
  /** The error that a refusal means, where it means another than that of a server of files. */
  readonly refusalError?: ((refused: Refused) => GexlakeError) | undefined;
};

/** How far a download is, kept from one attempt to the next. */
export type Transfer = {
  received: number;
  version: FileVersion | null;
  /** Of what has come, where the server says what it has to be. */
  md5: Hash | null;
  /** Where the answer came from in the end. */
  from: URL | null;
  /** The host that was asked for what has come. */
  host: string | null;
  /** Whether the bytes are of more than one answer. */
  isJoined: boolean;
  /** Whether a partial answer turned out to be none, so that only whole ones are asked for. */
  onlyWhole: boolean;
  /** What the server asked to be left alone for before the next attempt. */
  wait_ms: number | null;
  /** Whether the last answer was a refusal by which some servers throttle, so that it may pass. */
  mayPass: boolean;
};

export function newTransfer(): Transfer {
  const begun = { received: 0, version: null, md5: null, from: null, host: null };
  return { ...begun, isJoined: false, onlyWhole: false, wait_ms: null, mayPass: false };
}

/** What is known of a transfer that is over. */
export function receiptOf({ url }: Download, { received, version, from }: Transfer): Transferred {
  const { origin, pathname } = from ?? url;
  return {
    location: `${origin}${pathname}`,
    wire_bytes: received,
    etag: version?.etag ?? null,
    last_modified: version?.lastModified ?? null,
    content_md5: version?.contentMd5 ?? null,
    content_length: version?.total ?? null,
    modified_at: null,
    archive_checksum: null,
  };
}

const redirects = new Set([301, 302, 303, 307, 308]);

/** An answer, and the address that gave it after all redirects. */
type Found = HttpAnswer & { readonly url: URL };

/**
 * One attempt: goes on where the last one stopped if the server can prove that the file is still the same, else starts
 * anew. Returns when the whole file is in the sink; throws SOURCE_CHANGED where another attempt has to start anew.
 */
export async function attemptDownload(download: Download, transfer: Transfer): Promise<void> {
  transfer.wait_ms = null;
  transfer.mayPass = false;
  const answer = await openRest(download, transfer);
  try {
    await receiveBody(download, transfer, answer);
    await mustHaveItsSum(download, transfer);
    await mustBeWhole(download, transfer, answer);
  } catch (error) {
    // What was joined and cannot be unpacked may be of two versions, whatever the server said.
    if (!transfer.isJoined || !(error instanceof GexlakeError) || !error.code.endsWith('_CORRUPT')) throw error;
    await distrust(download, transfer);
    throw changed(download);
  } finally {
    answer.discard();
  }
}

async function receiveBody(download: Download, transfer: Transfer, answer: Found): Promise<void> {
  const { limits, sink, onBytes } = download;
  const total = transfer.version?.total ?? null;
  if (total !== null && total > limits.source_bytes) throw tooLarge(download, total);
  for await (const bytes of answer.body) {
    if (transfer.received + bytes.byteLength > limits.source_bytes) throw tooLarge(download, null);
    if (total !== null && transfer.received + bytes.byteLength > total) {
      await distrust(download, transfer);
      throw longerThanSaid(download, total);
    }
    await sink.append(bytes);
    transfer.md5?.update(bytes);
    transfer.received += bytes.byteLength;
    onBytes(transfer.received, total);
    checkTime(download, transfer);
  }
  if (total !== null && total !== transfer.received) throw endedEarly(download, transfer.received, total);
}

/** What has come must have the MD5 that the server has given it, where it has. */
async function mustHaveItsSum(download: Download, transfer: Transfer): Promise<void> {
  const { md5, version } = transfer;
  if (md5 === null || version === null) return;
  const found = md5.digest('base64');
  transfer.md5 = null;
  if (found === version.contentMd5) return;
  await distrust(download, transfer);
  throw otherSum(download, version.contentMd5, found);
}

/** An answer without length and chunks ends when the connection does, cut or not; then only the bytes tell. */
async function mustBeWhole(download: Download, transfer: Transfer, answer: Found): Promise<void> {
  const isProven =
    transfer.version?.total != null || /\bchunked\s*$/i.test(answer.fields('transfer-encoding').at(-1) ?? '');
  if (isProven && !transfer.isJoined) return;
  const lacking = await download.sink.lacks();
  if (lacking === null) return;
  const { received, isJoined } = transfer;
  await distrust(download, transfer);
  throw isJoined ? changed(download) : notWhole(download, received, lacking);
}

/** Forgets what has come, and asks for no part of the file any more. */
async function distrust(download: Download, transfer: Transfer): Promise<void> {
  transfer.onlyWhole = true;
  await download.sink.reset();
  transfer.received = 0;
  await startAnew(download, transfer);
}

async function openRest(download: Download, transfer: Transfer): Promise<Found> {
  // Another host may have another version, and what joins two of them is none.
  if (transfer.host !== download.url.host) await startAnew(download, transfer);
  transfer.host = download.url.host;
  const { version } = transfer;
  const range = version === null || transfer.onlyWhole ? null : rangeHeaders(version, transfer.received);
  if (range === null) await startAnew(download, transfer);
  const answer = await follow(download, range ?? {});
  const { status } = answer;
  if (status === 200 || (status === 206 && range === null && isWhole(answer))) {
    await startWith(download, transfer, answer);
    return answer;
  }
  const total =
    status === 206 && range !== null && version !== null ? continuedTotal(answer, version, transfer.received) : null;
  if (version !== null && total !== null) {
    transfer.version = { ...version, total };
    transfer.isJoined = true;
    return answer;
  }
  if (range !== null && (status === 206 || status === 416)) {
    answer.discard();
    await distrust(download, transfer);
    throw changed(download);
  }
  const [after = null] = answer.fields('retry-after');
  transfer.wait_ms = retryAfter_ms(after, download.clock.now_ms(), download.limits);
  const said = status >= 400 ? await readRefusal(answer, download.limits) : null;
  answer.discard();
  transfer.mayPass = status === 403 && said !== null && isThrottling(said);
  throw download.refusalError?.({ status, said, after }) ?? statusError(download.url, status, said);
}

/** Takes a whole answer as what is downloaded from now on. */
async function startWith(download: Download, transfer: Transfer, answer: Found): Promise<void> {
  const { codings, unknown } = codingsOf(answer.fields('content-encoding'));
  if (unknown !== null) {
    answer.discard();
    throw unknownCoding(download.url, unknown);
  }
  await startAnew(download, transfer);
  transfer.version = versionOf(answer);
  transfer.md5 = isMd5(transfer.version.contentMd5) ? createHash('md5') : null;
  transfer.from = answer.url;
  const name = saidName(answer.fields('content-disposition'));
  try {
    await download.sink.expect({ codings, bytes_total: transfer.version.total, name });
  } catch (error) {
    // A body that nobody reads keeps its connection.
    answer.discard();
    throw error;
  }
}

async function startAnew(download: Download, transfer: Transfer): Promise<void> {
  if (transfer.received > 0) await download.sink.reset();
  transfer.received = 0;
  transfer.version = null;
  transfer.md5 = null;
  transfer.isJoined = false;
}

/** Whether a header is the base64 of 16 bytes; any other value is kept, and says nothing. */
function isMd5(text: string | null): boolean {
  return text !== null && /^[A-Za-z0-9+/]{22}==$/.test(text);
}

/** Gets the URL through its redirects, each checked like the first URL. */
async function follow(download: Download, range: Readonly<Record<string, string>>): Promise<Found> {
  const headers = {
    accept: 'application/json, application/gzip;q=0.9, */*;q=0.5',
    'accept-encoding': 'identity',
    ...range,
  };
  let url = download.url;
  for (let followed = 0; ; followed += 1) {
    const own = url.origin === download.url.origin ? download.headers : {};
    const answer = await download.http.get(url, { ...headers, ...own }, download.signal);
    if (!redirects.has(answer.status)) return { ...answer, url };
    answer.discard();
    const location = answer.fields('location')[0];
    const next = location === undefined ? null : URL.parse(location, url.href);
    if (next === null || followed >= download.limits.redirects)
      throw lostInRedirects(download, { followed, next, wantsCookies: answer.fields('set-cookie').length > 0 });
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
  if (signal.aborted) throw stopped(url, signal);
  if (clock.monotonic_ms() <= deadline_ms) return;
  throw tooSlow(url, received, limits);
}

/** Why a download was stopped: its time was over, or somebody gave up. */
export function stopped(url: URL, signal: AbortSignal): GexlakeError {
  if (signal.reason instanceof GexlakeError) return signal.reason;
  return new GexlakeError('INTERRUPTED', `the download of ${redactUrl(url.href)} was interrupted`);
}

export function tooSlow(url: URL, received: number, limits: Limits): GexlakeError {
  const message = `${redactUrl(url.href)} was not there after ${limits.download_total_ms / 1000} s (${received} bytes came)`;
  return new GexlakeError('DOWNLOAD_TOO_SLOW', message, { hint: 'Check the network, then retry the job.' });
}

type Lost = { readonly followed: number; readonly next: URL | null; readonly wantsCookies: boolean };

function lostInRedirects(download: Download, { followed, next, wantsCookies }: Lost): GexlakeError {
  const why = next === null ? 'redirects without saying where to' : `redirects more than ${followed} times`;
  const cookies = wantsCookies ? ', and sets cookies, which gexlake does not keep' : '';
  return new GexlakeError('DOWNLOAD_REFUSED', `${redactUrl(download.url.href)} ${why}${cookies}`, {
    hint: wantsCookies
      ? 'An address behind a login answers so. Download the file with the browser and import that, or ask for a signed URL.'
      : 'Ask for a new URL.',
  });
}

function changed(download: Download): GexlakeError {
  const message = `${redactUrl(download.url.href)} changed while it was being downloaded`;
  return new GexlakeError('SOURCE_CHANGED', message, { hint: 'Retry the job when the file has settled.' });
}

function endedEarly(download: Download, received: number, total: number): GexlakeError {
  const message = `${redactUrl(download.url.href)} ended at byte ${received} of ${total}`;
  return new GexlakeError('DOWNLOAD_CUT', message, { hint: 'Check the network, then retry the job.' });
}

function otherSum(download: Download, said: string | null, found: string): GexlakeError {
  const message = `${redactUrl(download.url.href)} came with the MD5 ${found}, and its server says ${said}`;
  return new GexlakeError('DOWNLOAD_DAMAGED', message, {
    hint: 'Something between the server and this machine has changed the bytes, or the server is wrong. Check proxies, then retry the job.',
  });
}

function longerThanSaid(download: Download, total: number): GexlakeError {
  const message = `${redactUrl(download.url.href)} sent more than the ${total} bytes that it said the file has`;
  return new GexlakeError('SOURCE_CHANGED', message, { hint: 'Retry the job when the file has settled.' });
}

function notWhole(download: Download, received: number, lacking: string): GexlakeError {
  const message = `${redactUrl(download.url.href)} said no length and closed the connection after ${received} bytes: ${lacking}`;
  return new GexlakeError('DOWNLOAD_CUT', message, { hint: 'Check the network, then retry the job.' });
}

function tooLarge(download: Download, total: number | null): GexlakeError {
  const size = total === null ? 'more' : `${total} bytes, more`;
  const message = `${redactUrl(download.url.href)} has ${size} than the ${download.limits.source_bytes} bytes a source may have`;
  return new GexlakeError('SOURCE_TOO_LARGE', message, {
    hint: 'A day of one ticker has 70 to 150 MB. Check the URL.',
  });
}
