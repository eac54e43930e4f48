import { createHash } from 'node:crypto';
import { setImmediate as turn } from 'node:timers/promises';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { vendorFileName, type Endpoint } from '../core/names.ts';
import { generateSample } from '../sample/sample.ts';
import type { Faults, Subject } from './faults.ts';
import { sessionLength_s } from './schedule.ts';

/** How large the made-up sessions are, and what their bytes are like. */
export type SampleSize = {
  readonly records: number;
  readonly strikes: number;
  /** The seconds of the session, from its open, over which the records are spread; shorter on half days. */
  readonly span_s: number;
  /** Stale first records and duplicates, as real files have. */
  readonly flaws: boolean;
  /** `plain`: JSON as `.json`. `gzip`: gzip as `.json.gz`. `misnamed`: JSON as `.json.gz`. `mixed`: one of these for each file. */
  readonly form: 'plain' | 'gzip' | 'misnamed' | 'mixed';
};

/** A session's file in one of its versions. */
export type WantedFile = {
  readonly ticker: string;
  readonly endpoint: Endpoint;
  readonly date: string;
  /** 0 as it first came out; each higher one is the same session told differently. */
  readonly version: number;
};

export type MadeFile = {
  readonly name: string;
  readonly body: Uint8Array;
  /** Base64 of the body's MD5. */
  readonly md5: string;
  readonly etag: string;
  readonly contentType: string;
};

export type SampleFiles = {
  /** The name of a file without making it. */
  readonly nameOf: (wanted: WantedFile) => string;
  readonly make: (wanted: WantedFile) => Promise<MadeFile>;
  /** As it lies in a bundle: its name ends in `.json.gz` whatever it holds. */
  readonly member: (wanted: WantedFile) => Promise<MadeFile>;
  /** Its JSON. */
  readonly json: (wanted: WantedFile) => Promise<Uint8Array>;
};

type Form = Exclude<SampleSize['form'], 'mixed'>;

const forms: readonly Form[] = ['gzip', 'misnamed', 'plain'];
/** How many seeds lie between a session and its next version, so that no two sessions become the same. */
const versionStride = 1_000_003;

export function createSampleFiles(options: {
  readonly seed: number;
  readonly size: SampleSize;
  readonly faults: Faults;
  readonly cache_bytes: number;
}): SampleFiles {
  const { seed, size, faults } = options;
  const cache = createCache(options.cache_bytes);
  const formOf = (wanted: WantedFile) => {
    if (size.form !== 'mixed') return size.form;
    return forms[Math.floor(faults.draw('form', subjectOf(wanted)) * forms.length)] ?? 'gzip';
  };
  const json = (wanted: WantedFile) => generate(wanted, seed + wanted.version * versionStride, size);
  const inForm = async (wanted: WantedFile, form: Form): Promise<MadeFile> => {
    const name = `${vendorFileName(wanted.ticker, wanted.endpoint, wanted.date)}${form === 'plain' ? '' : '.gz'}`;
    return cache(`${name} ${form} ${wanted.version}`, async () => {
      const plain = await json(wanted);
      return describe(name, form === 'gzip' ? await promisify(gzip)(plain) : plain, form);
    });
  };
  return {
    nameOf: (wanted) =>
      `${vendorFileName(wanted.ticker, wanted.endpoint, wanted.date)}${formOf(wanted) === 'plain' ? '' : '.gz'}`,
    make: (wanted) => inForm(wanted, formOf(wanted)),
    member: (wanted) => inForm(wanted, formOf(wanted) === 'misnamed' ? 'misnamed' : 'gzip'),
    json,
  };
}

export function subjectOf({ ticker, endpoint, date }: Omit<WantedFile, 'version'>): Subject {
  return { ticker, category: endpoint.name, date };
}

async function generate(wanted: WantedFile, seed: number, size: SampleSize): Promise<Uint8Array> {
  const span_s = Math.min(size.span_s, sessionLength_s(wanted.date));
  const chunks: Uint8Array[] = [];
  for (const chunk of generateSample({
    ticker: wanted.ticker,
    endpoint: wanted.endpoint.name,
    sessionDate: wanted.date,
    seed: seed % 4_294_967_296,
    records: Math.min(size.records, span_s),
    strikes: size.strikes,
    span_s,
    flaws: size.flaws,
  })) {
    chunks.push(chunk);
    // A large session takes seconds: other calls are answered meanwhile.
    await turn();
  }
  return Buffer.concat(chunks);
}

function describe(name: string, body: Uint8Array, form: Form): MadeFile {
  const md5 = createHash('md5').update(body).digest('base64');
  const etag = `"0x${createHash('sha256').update(`${name} ${md5}`).digest('hex').slice(0, 15).toUpperCase()}"`;
  return { name, body, md5, etag, contentType: form === 'plain' ? 'application/json' : 'application/gzip' };
}

/** Keeps what was made, the latest used of it, up to so many bytes; what is asked for twice at once is made once. */
function createCache(limit_bytes: number): (name: string, make: () => Promise<MadeFile>) => Promise<MadeFile> {
  const kept = new Map<string, { readonly file: Promise<MadeFile>; size_bytes: number }>();
  const trim = () => {
    let total = [...kept.values()].reduce((sum, { size_bytes }) => sum + size_bytes, 0);
    for (const [name, { size_bytes }] of kept) {
      if (total <= limit_bytes) return;
      kept.delete(name);
      total -= size_bytes;
    }
  };
  return async (name, make) => {
    const known = kept.get(name);
    const entry = known ?? { file: make(), size_bytes: 0 };
    kept.delete(name);
    kept.set(name, entry);
    const file = await entry.file;
    entry.size_bytes = file.body.byteLength;
    if (known === undefined) trim();
    return file;
  };
}
