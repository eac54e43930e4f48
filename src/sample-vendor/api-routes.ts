import { endpoints, type Endpoint } from '../core/names.ts';
import { isSessionDate } from '../core/session.ts';
import type { HttpAnswer, HttpRequest } from '../platform/http-server.ts';
import { errorAnswer, jsonAnswer, type Answer } from './answers.ts';
import { blobPath } from './blob-routes.ts';
import { makeBundle } from './bundle.ts';
import type { Route } from './calls.ts';
import type { FaultKind, Subject } from './faults.ts';
import { subjectOf } from './files.ts';
import { endpointOf, keyOf, masked, sortTickers, type SampleKey } from './tiers.ts';
import type { Vendor } from './vendor.ts';

/** What is asked for, as the path says it. */
type Asked =
  | { readonly route: 'whoami' }
  | { readonly route: 'tickers' }
  | { readonly route: 'categories'; readonly pack: string }
  | { readonly route: 'hist'; readonly ticker: string; readonly endpoint: Endpoint; readonly date: string }
  | { readonly route: 'eod'; readonly ticker: string }
  | { readonly route: 'unknown' };

type Data = Extract<Asked, { readonly ticker: string }>;

/** What is said, and what became of it. */
type Said = { readonly answer: Answer; readonly fault?: FaultKind; readonly tier?: string };

const rateLimit = errorAnswer(429, 'Rate limit exceeded.');
const forbidden = errorAnswer(403, 'Forbidden. User does not have access to the resource.');
const notFound = errorAnswer(404, 'Not found');

/** Answers as the vendor's API does. `blobOrigin` is where signed URLs lead. */
export async function answerApi(vendor: Vendor, blobOrigin: string, request: HttpRequest): Promise<HttpAnswer> {
  const at_ms = vendor.clock.now_ms();
  const asked = readPath(request.path);
  const { answer, fault, tier } = await answerTo(vendor, blobOrigin, { asked, request });
  const subject = 'ticker' in asked ? subjectOfCall(vendor, asked) : null;
  const end = vendor.calls.begin({
    at_ms,
    method: request.method,
    route: asked.route satisfies Route,
    ticker: subject?.ticker ?? null,
    category: subject?.category ?? null,
    date: subject?.date ?? null,
    tier: tier ?? null,
    status: answer.breaks === 'before' ? 0 : answer.status,
    fault: fault ?? null,
    from: 0,
  });
  const isWhole = answer.status === 200 && (fault === undefined || fault === 'slow');
  return {
    ...answer,
    headers: { date: new Date(at_ms).toUTCString(), ...answer.headers },
    links: [vendor.link, fault === 'slow' ? vendor.slowLink : null].filter((link) => link !== null),
    ended: (sent_bytes, whole) => end(sent_bytes, whole && isWhole),
  };
}

function readPath(path: string): Asked {
  const words = path.split('/').slice(1);
  // The lists of categories are at the API's root, too.
  const [first = '', second = '', ...rest] = words[0] === 'v2' ? words.slice(1) : words;
  if (second === 'categories' && rest.length === 0) return { route: 'categories', pack: first };
  if (words[0] !== 'v2') return { route: 'unknown' };
  if ((first === 'whoami' || first === 'tickers') && second === '') return { route: first };
  if (first !== 'hist') return { route: 'unknown' };
  if (second === 'eod' && rest.length === 1) return { route: 'eod', ticker: rest[0] ?? '' };
  const [pack, category, date = ''] = rest;
  const endpoint = endpointOf(pack, category);
  if (endpoint === undefined || rest.length !== 3 || !isSessionDate(date)) return { route: 'unknown' };
  return { route: 'hist', ticker: second, endpoint, date };
}

type Call = { readonly asked: Asked; readonly request: HttpRequest };

async function answerTo(vendor: Vendor, blobOrigin: string, { asked, request }: Call): Promise<Said> {
  if ((request.headers['user-agent'] ?? '') === '')
    return { answer: errorAnswer(400, 'User-Agent header is required') };
  if (request.method !== 'GET') return { answer: errorAnswer(405, 'Method not allowed') };
  if (asked.route === 'tickers') return { answer: jsonAnswer(200, sortTickers(vendor.tickers)) };
  if (asked.route === 'categories') return { answer: categoriesOf(asked.pack) };
  const given = keyOf(request.headers['authorization']);
  if (given === null) return { answer: errorAnswer(400, 'Authorization header is required') };
  const key = vendor.keys.find((known) => known.key === given);
  if (key === undefined) return { answer: errorAnswer(401, 'Unauthorized. User is not authenticated.') };
  if (asked.route === 'whoami') return { answer: jsonAnswer(200, whoIs(key)), tier: key.tier };
  if (asked.route === 'unknown' || !vendor.tickers.includes(asked.ticker)) return { answer: notFound, tier: key.tier };
  const refused = refuse(vendor, key, asked);
  if (refused !== null) return { ...refused, tier: key.tier };
  const said = asked.route === 'hist' ? hist(vendor, blobOrigin, { asked, request }) : await eod(vendor, key, asked);
  return { ...said, tier: key.tier };
}

function categoriesOf(pack: string): Answer {
  const found = endpoints.filter((known) => known.package === pack).map(({ category }) => category);
  return found.length === 0 ? notFound : jsonAnswer(200, found);
}

function whoIs({ key, tier, packages, eod: bundles, hist: files }: SampleKey): object {
  const entitlements = [...packages, ...(bundles ? ['eod'] : []), ...(files ? ['hist'] : [])];
  return { key: masked(key), tier, entitlements };
}

function subjectOfCall({ published }: Vendor, asked: Data): Subject {
  if (asked.route === 'hist') return subjectOf(asked);
  return { ticker: asked.ticker, category: 'eod', date: published.bundleDate(asked.ticker) ?? '' };
}

/** Why a call of data gets none: a fault, the pace, a pool, or the plan. */
function refuse(vendor: Vendor, key: SampleKey, asked: Data): Said | null {
  const { faults, pace, clock } = vendor;
  const subject = subjectOfCall(vendor, asked);
  const now_ms = clock.now_ms();
  if (faults.strikes('reset', subject)) return { answer: { ...notFound, breaks: 'before' }, fault: 'reset' };
  if (faults.strikes('unavailable', subject))
    return { answer: errorAnswer(503, 'Service unavailable'), fault: 'unavailable' };
  if (faults.strikes('denied', subject)) return { answer: forbidden, fault: 'denied' };
  if (faults.strikes('throttled', subject)) return { answer: rateLimit, fault: 'throttled' };
  if (faults.strikes('pool', subject)) {
    pace.drain(key.key, now_ms);
    return { answer: rateLimit, fault: 'pool' };
  }
  if (!pace.take(key.key, `${subject.ticker} ${subject.category}`, now_ms)) return { answer: rateLimit };
  const mayHave = asked.route === 'eod' ? key.eod : key.hist && key.packages.includes(asked.endpoint.package);
  return mayHave ? null : { answer: forbidden };
}

function hist(
  { published, files, signer, clock, faults }: Vendor,
  blobOrigin: string,
  { asked, request }: { readonly asked: Extract<Asked, { readonly route: 'hist' }>; readonly request: HttpRequest },
): Said {
  if (faults.strikes('not-found', subjectOf(asked)))
    return { answer: jsonAnswer(200, { error: 'not found' }), fault: 'not-found' };
  const file = published.file(asked.endpoint, asked.ticker, asked.date);
  if (file === null) return { answer: notFound };
  const url = `${blobOrigin}${signer.sign(blobPath(file, files.nameOf(file)), clock.now_ms())}`;
  if (request.query.has('noredirect')) return { answer: jsonAnswer(200, { url }) };
  return { answer: { status: 302, headers: { location: url, 'content-length': 0 }, body: Buffer.alloc(0) } };
}

async function eod(vendor: Vendor, key: SampleKey, { ticker }: { readonly ticker: string }): Promise<Said> {
  const { faults, published } = vendor;
  const date = published.bundleDate(ticker);
  if (date === null) return { answer: notFound };
  const subject = { ticker, category: 'eod', date };
  const flaw = (['member-missing', 'member-broken'] as const).find((kind) => faults.strikes(kind, subject)) ?? null;
  const made = await makeBundle(vendor, key, { ticker, date, flaw });
  const isCut = flaw === null && faults.strikes('cut-zip', subject);
  const body = isCut ? made.subarray(0, Math.floor(made.byteLength * 0.6)) : made;
  const fault = flaw ?? (isCut ? 'cut-zip' : (['cut', 'slow'] as const).find((kind) => faults.strikes(kind, subject)));
  const headers = {
    'content-type': 'application/zip',
    'content-length': body.byteLength,
    'content-disposition': `attachment; filename=eod_report_${ticker}_${date}.zip`,
  };
  const answer = { status: 200, headers, body, ...(fault === 'cut' ? { breaks: body.byteLength >> 1 } : {}) };
  return { answer, ...(fault === undefined ? {} : { fault }) };
}
