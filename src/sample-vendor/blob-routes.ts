import type { HttpAnswer, HttpRequest } from '../platform/http-server.ts';
import { blobError, type Answer } from './answers.ts';
import { rangeOf, type ByteRange } from './byte-range.ts';
import { subjectOf, type MadeFile } from './files.ts';
import type { Subject } from './faults.ts';
import type { PublishedFile } from './published.ts';
import { endpointOf } from './tiers.ts';
import type { Vendor } from './vendor.ts';

/** Where a file lies in the blob store. */
export function blobPath({ endpoint, ticker }: PublishedFile, name: string): string {
  return `/hist/${ticker}/${endpoint.package}/${endpoint.category}/${name}`;
}

type Struck = {
  readonly answer: Answer;
  readonly fault: string | null;
  readonly from: number;
  readonly slow?: boolean;
};

/** Answers as the blob store does, on its own host or on the one to fall back to. */
export async function answerBlob(
  vendor: Vendor,
  route: 'blob' | 'fallback',
  request: HttpRequest,
): Promise<HttpAnswer> {
  const at_ms = vendor.clock.now_ms();
  const found = locate(vendor, request.path);
  const { answer, fault, from, slow } = await decide(vendor, route, { request, found });
  const end = vendor.calls.begin({
    at_ms,
    method: request.method,
    route,
    ticker: found?.subject.ticker ?? null,
    category: found?.subject.category ?? null,
    date: found?.subject.date ?? null,
    tier: null,
    status: answer.breaks === 'before' ? 0 : answer.status,
    fault,
    from,
  });
  const links = [vendor.link, slow === true ? vendor.slowLink : null].filter((link) => link !== null);
  const isWhole = request.method === 'GET' && answer.status < 300 && fault !== 'wrong-length';
  return {
    ...answer,
    headers: { date: new Date(at_ms).toUTCString(), 'x-ms-version': '2024-11-04', ...answer.headers },
    links,
    ended: (sent_bytes, whole) => end(sent_bytes, whole && isWhole),
  };
}

type Located = { readonly subject: Subject; readonly file: PublishedFile | null };

function locate(vendor: Vendor, path: string): Located | null {
  const [, root, ticker = '', pack, category, name = ''] = path.split('/');
  const endpoint = endpointOf(pack, category);
  if (root !== 'hist' || endpoint === undefined || !vendor.tickers.includes(ticker)) return null;
  const date = name.slice(0, 10);
  const file = vendor.published.file(endpoint, ticker, date);
  const isNamed = file !== null && vendor.files.nameOf(file) === name;
  return { subject: subjectOf({ ticker, endpoint, date }), file: isNamed ? file : null };
}

async function decide(
  vendor: Vendor,
  route: 'blob' | 'fallback',
  { request, found }: { readonly request: HttpRequest; readonly found: Located | null },
): Promise<Struck> {
  const plain = (answer: Answer): Struck => ({ answer, fault: null, from: 0 });
  const { faults, signer, clock } = vendor;
  if (found !== null && route === 'blob' && faults.strikes('blob-down', found.subject)) return reset('blob-down');
  if (found !== null && faults.strikes('reset', found.subject)) return reset('reset');
  if (request.method !== 'GET' && request.method !== 'HEAD')
    return plain(blobError(405, 'UnsupportedHttpVerb', 'The resource does not support the HTTP verb.'));
  if (request.headers['authorization'] !== undefined)
    return plain(blobError(400, 'InvalidAuthenticationInfo', 'Check the value of the Authorization header.'));
  const signature = signer.check(request.path, request.query, clock.now_ms());
  if (signature !== 'good') return plain(refusal(signature));
  if (found !== null && faults.strikes('unavailable', found.subject))
    return { answer: blobError(503, 'ServerBusy', 'The server is busy.'), fault: 'unavailable', from: 0 };
  if (found === null || found.file === null)
    return plain(blobError(404, 'BlobNotFound', 'The specified blob does not exist.'));
  const served = serve(found.file, await vendor.files.make(found.file), request);
  return request.method === 'HEAD' ? served : spoil(vendor, { served, request, subject: found.subject });
}

function reset(fault: string): Struck {
  return { answer: { status: 0, headers: {}, body: Buffer.alloc(0), breaks: 'before' }, fault, from: 0 };
}

function refusal(signature: 'expired' | 'forged'): Answer {
  const why = signature === 'expired' ? 'Signature not valid in the specified time frame.' : 'Signature did not match.';
  return blobError(403, 'AuthenticationFailed', why);
}

function serve(file: PublishedFile, made: MadeFile, request: HttpRequest): Struck {
  const modified = new Date(file.modified_ms).toUTCString();
  const headers = {
    'content-type': made.contentType,
    etag: made.etag,
    'last-modified': modified,
    'accept-ranges': 'bytes',
  };
  const range = rangeOf(request.headers, made.body.byteLength, [made.etag, modified]);
  if (range === 'beyond') {
    const refused = blobError(416, 'InvalidRange', 'The range is beyond the end of the blob.');
    return { answer: refused, fault: null, from: 0 };
  }
  return {
    answer: range === null ? allOf(made, headers) : partOf(made, headers, range),
    fault: null,
    from: range?.from ?? 0,
  };
}

function allOf({ body, md5 }: MadeFile, headers: Answer['headers']): Answer {
  return { status: 200, headers: { ...headers, 'content-md5': md5, 'content-length': body.byteLength }, body };
}

/** A part has the MD5 of the whole file under another name, as Azure gives it. */
function partOf({ body, md5 }: MadeFile, headers: Answer['headers'], { from, to }: ByteRange): Answer {
  return {
    status: 206,
    headers: {
      ...headers,
      'x-ms-blob-content-md5': md5,
      'content-range': `bytes ${from}-${to}/${body.byteLength}`,
      'content-length': to + 1 - from,
    },
    body: body.subarray(from, to + 1),
  };
}

/** What befalls a body on its way. */
function spoil(
  { faults, signer }: Vendor,
  { served, request, subject }: { readonly served: Struck; readonly request: HttpRequest; readonly subject: Subject },
): Struck {
  const { answer } = served;
  if (answer.status >= 300) return served;
  const half = answer.body.byteLength >> 1;
  if (faults.strikes('expired', subject)) {
    signer.end(request.query);
    return { ...served, fault: 'expired', answer: { ...answer, breaks: half } };
  }
  if (faults.strikes('cut', subject)) return { ...served, fault: 'cut', answer: { ...answer, breaks: half } };
  if (faults.strikes('wrong-length', subject)) {
    const headers = { ...answer.headers, 'content-length': half };
    return { ...served, fault: 'wrong-length', answer: { ...answer, headers, body: answer.body.subarray(0, half) } };
  }
  return faults.strikes('slow', subject) ? { ...served, fault: 'slow', slow: true } : served;
}
