import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, test as caseOf } from 'node:test';
import { gzipSync } from 'node:zlib';
import type { ImportResult, Job } from '../../src/core/job.ts';
import { makeLake, only } from '../support/gexlake.ts';
import { gzipped, name, open_s, put, record, records } from '../support/records.ts';
import { long, shareOf, test } from '../support/shares.ts';

type Broken = {
  readonly content: unknown;
  /** The file's name where the vendor's will not do. */
  readonly file?: string;
  readonly args?: readonly string[];
  readonly code: string;
  /** All of these are in the message. */
  readonly says: readonly (RegExp | string)[];
};

const sound = JSON.stringify(records(30));
const with3 = (change: (made: Record<string, unknown>) => Record<string, unknown>) =>
  records(30).map((made, at) => (at === 3 ? change(made) : made));
const byte3 = Buffer.byteLength(JSON.stringify(records(3)));
const place3 = `record 3, byte ${byte3}`;

/** Each way in which a file can be broken, with the error that it must give. */
const broken: Readonly<Record<string, Broken>> = {
  'an empty file': { content: '', code: 'INPUT_EMPTY', says: ['byte 0'] },
  'an empty array': { content: '[]', code: 'INPUT_NO_RECORDS', says: [name] },
  'an error body': { content: '{"error":"expired"}', code: 'INPUT_ERROR_BODY', says: ['expired', 'byte 0'] },
  'an HTML page': { content: '<!DOCTYPE html><html></html>', code: 'INPUT_HTML', says: ['byte 0'] },
  'a page of text': { content: 'Service unavailable', code: 'INPUT_NOT_JSON', says: ['byte 0'] },
  'an array that is cut off': {
    content: sound.slice(0, 900),
    code: 'INPUT_TRUNCATED',
    says: [/byte \d+/],
  },
  'an array that is cut off at the end of a nested array': {
    content: sound.slice(0, sound.indexOf(']', 900) + 1),
    code: 'INPUT_TRUNCATED',
    says: [/byte \d+/, /record \d+/],
  },
  'a gzip stream that is cut off': {
    content: gzipped(records(30)).subarray(0, 600),
    file: `${name}.gz`,
    code: 'GZIP_CORRUPT',
    says: ['byte 600'],
  },
  'a gzip stream with a damaged byte': {
    content: gzipped(records(30)).map((byte, at) => (at === 500 ? byte ^ 0xff : byte)),
    file: `${name}.gz`,
    code: 'GZIP_CORRUPT',
    says: [/byte \d+/],
  },
  'a missing column': {
    content: with3((made) => ({ ...made, spot: undefined })),
    code: 'FIELD_MISSING',
    says: [place3, 'field spot'],
  },
  'a null timestamp': {
    content: with3((made) => ({ ...made, timestamp: null })),
    code: 'FIELD_NULL',
    says: [place3, 'field timestamp'],
  },
  'a timestamp of the wrong type': {
    content: with3((made) => ({ ...made, timestamp: '2025-10-22' })),
    code: 'FIELD_TYPE',
    says: [place3, 'field timestamp', '"2025-10-22"'],
  },
  milliseconds: {
    content: with3((made) => ({ ...made, timestamp: (open_s + 3) * 1000 })),
    code: 'TIMESTAMP_MILLISECONDS',
    says: [place3, 'field timestamp', String((open_s + 3) * 1000)],
  },
  'the year 1970': {
    content: with3((made) => ({ ...made, timestamp: 3 })),
    code: 'TIMESTAMP_OUT_OF_RANGE',
    says: [place3, 'field timestamp', '1970-01-01'],
  },
  'the wrong ticker': {
    content: with3((made) => ({ ...made, ticker: 'NDX' })),
    code: 'TICKER_MISMATCH',
    says: [place3, '"NDX"', 'SPX'],
  },
  'a record that is no object': {
    content: records(30).map((made, at) => (at === 3 ? 'words' : made)),
    code: 'RECORD_NOT_OBJECT',
    says: [place3],
  },
  'broken JSON inside': {
    content: sound.replace('"spot":6700.75', '"spot":6700,75'),
    code: 'JSON_INVALID',
    says: ['record 3', /byte \d+/],
  },
  'records of another day': {
    content: [...records(8), ...records(2, 86_400)],
    code: 'TOO_MANY_SET_ASIDE',
    says: ['2 of 10 records', 'other_session', 'record 8'],
  },
  'a gzip bomb': {
    content: gzipSync(Buffer.concat([Buffer.from('[{"a":"'), Buffer.alloc(4 * 1024 ** 2, 'a')])),
    file: `${name}.gz`,
    code: 'GZIP_TOO_LARGE',
    says: ['200 times'],
  },
  'a file that is too large': { content: `[${' '.repeat(2_000_001)}`, code: 'SOURCE_TOO_LARGE', says: ['2000002'] },
  'a ticker that leaves the folder, by flag': {
    content: sound,
    args: ['--ticker', '../../x'],
    code: 'TICKER_INVALID',
    says: ['../../x'],
  },
  'a ticker that leaves the folder, by name': {
    content: sound,
    file: '2025-10-22_.._.._x_classic_gex_zero.json',
    code: 'TICKER_INVALID',
    says: ['.._.._x'],
  },
  'a name that says nothing': {
    content: sound,
    file: 'download.json',
    code: 'SOURCE_UNIDENTIFIED',
    says: ['download'],
  },
  'a hidden name': {
    content: sound,
    file: '.profile',
    args: ['--ticker', 'SPX', '--endpoint', 'gex_zero'],
    code: 'SOURCE_NAME_UNSAFE',
    says: ['.profile'],
  },
  'an endpoint that is none': {
    content: sound,
    args: ['--endpoint', 'vibes'],
    code: 'ENDPOINT_UNKNOWN',
    says: ['vibes'],
  },
  'a date that is none': {
    content: sound,
    args: ['--date', '2025-02-30'],
    code: 'SESSION_DATE_INVALID',
    says: ['2025-02-30'],
  },
};

const lake = await makeLake({ after });
// Something is published already, which none of the failures may touch.
await lake.import([await put(join(lake.desk, 'sound'), name, records(30, 1000))]);

const tried = shareOf(4, broken);
const limits = JSON.stringify({ source_bytes: 2_000_000, gzip_ratio_free_bytes: 1_000_000 });
const env = { GEXLAKE_LIMITS: limits };

/** Imports all sources that need no flags of their own in one go, the others one by one. */
async function importAll(): Promise<Map<string, ImportResult>> {
  const found = new Map<string, ImportResult>();
  const together: [string, string][] = [];
  for (const [way, { content, file = name, args }] of Object.entries(tried)) {
    const path = await put(join(lake.desk, way.replaceAll(' ', '-')), file, content);
    if (args === undefined) together.push([way, path]);
    else found.set(way, only(await lake.import([path, ...args], { env })));
  }
  const results = await lake.import(
    together.map(([, path]) => path),
    { env },
  );
  for (const [at, [way]] of together.entries()) if (results[at] !== undefined) found.set(way, results[at]);
  return found;
}

const before = await lake.tree('parquet');
const results = await importAll();
const jobs = new Map((await lake.jobs(['--limit', '100'])).map((job): [string, Job] => [job.id, job]));

/** What is wrong about the request itself is told before there is a job. */
const beforeAnyJob = new Set<string>([
  'SOURCE_UNIDENTIFIED',
  'SOURCE_NAME_UNSAFE',
  'TICKER_INVALID',
  'ENDPOINT_UNKNOWN',
  'SESSION_DATE_INVALID',
  'SOURCE_FORMAT',
]);

for (const [way, { code, says }] of Object.entries(tried)) {
  caseOf(`${way} fails with ${code}, and ${beforeAnyJob.has(code) ? 'leaves no job' : 'the job says why'}`, () => {
    const result = results.get(way);
    assert.equal(result?.error?.code, code, result?.error?.message);
    assert.equal(result.status, 'failed');
    const { message, hint } = result.error;
    for (const part of says) assert.match(message, typeof part === 'string' ? literal(part) : part);
    assert.notEqual(hint, null, 'no advice');
    if (beforeAnyJob.has(code)) {
      assert.equal(result.job_id, null);
      return;
    }
    const job = jobs.get(result.job_id);
    assert.equal(job?.status, 'failed');
    assert.equal(job.last_error, `${code}: ${message}`);
    assert.equal(job.records_processed, null);
  });
}

test('messages about the content name the file', () => {
  const aboutContent = [...results].filter(
    ([way]) => broken[way]?.args === undefined && broken[way]?.file === undefined,
  );
  assert.ok(aboutContent.length > 3);
  for (const [way, { error }] of aboutContent) assert.match(error?.message ?? '', literal(name), way);
});

test('every way has a code of its own, but for the variants of one', () => {
  assert.equal(new Set(Object.values(broken).map(({ code }) => code)).size, 23);
});

test('nothing of all that is published, and no private file is left', async () => {
  assert.deepEqual(await lake.tree('parquet'), before);
  assert.deepEqual(await lake.files('.work'), []);
});

long('the exit code is 1 where all failed and 4 where some did', async () => {
  const empty = await put(join(lake.desk, 'exit'), name, '');
  const fine = await put(join(lake.desk, 'fine'), name, records(30, 2000));
  const failed = await lake.run(['import', empty]);
  assert.equal(failed.exitCode, 1);
  assert.match(failed.stderr, /\[INPUT_EMPTY\]/);
  assert.match(failed.stdout, /failed/);
  assert.equal((await lake.run(['import', empty, fine])).exitCode, 4);
});

test('a number that is no number fails nothing but its record', async () => {
  const text = JSON.stringify(records(30, 3000)).replace('"spot":6723', '"spot":NaN');
  const path = await put(join(lake.desk, 'nan'), name, text.includes('NaN') ? text : JSON.stringify([record(0)]));
  const result = only(await lake.import([path]));
  assert.equal(result.status, 'completed');
  assert.equal(result.records_quarantined, 1);
  assert.equal(result.records_processed, 29);
});

function literal(words: string): RegExp {
  return new RegExp(words.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`));
}
