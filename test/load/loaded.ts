import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { columnsOf } from '../../src/core/contract.ts';
import { GexlakeError, type ErrorCode } from '../../src/core/errors.ts';
import type { LoadedSource } from '../../src/core/journey.ts';
import { parseEndpoint } from '../../src/core/names.ts';
import { loadSource, type LoadRequest } from '../../src/load/load.ts';
import { contentHashOf } from '../parquet/content.ts';
import { readRows, type Row } from '../parquet/read.ts';
import type { Given, Kind, Outcome } from './model.ts';

export const sessionDate = '2025-10-22';
/** 2025-10-22 13:30:00Z: the open of that session. */
export const open_s = 1_761_139_800;
const now_ms = Date.parse('2025-10-23T12:00:00Z');

export const endpointOf: Record<Kind, string> = { gex: 'gex_zero', greeks: 'state_gamma_one', flat: 'orderflow' };

export const given: Given = { kind: 'gex', ticker: 'SPX', sessionDate, year: 2025 };

export type Options = Partial<Given> & {
  readonly endpoint?: string;
  readonly file?: string;
} & Pick<LoadRequest, 'alreadyLive' | 'block_bytes' | 'measures' | 'signal' | 'onProgress'>;

export type Loaded = LoadedSource & {
  readonly folder: string;
  /** The rows of all files of a dataset, in the order of the months. */
  readonly rows: (dataset: 'strikes' | 'snapshots') => Promise<Row[]>;
};

const root = await mkdtemp(join(tmpdir(), 'gexlake-load-'));
after(() => rm(root, { recursive: true }));
let serial = 0;

/** Loads a file of this content, as SPX gex_zero of 2025-10-22 unless told otherwise. */
export async function load(content: string | Uint8Array, options: Options = {}): Promise<Loaded> {
  const path = join(root, `${++serial}.json`);
  await writeFile(path, content);
  return loadFile(path, options);
}

export async function loadFile(path: string, options: Options = {}): Promise<Loaded> {
  const { kind, ticker, sessionDate: date, endpoint, file, year: _year, ...rest } = { ...given, ...options };
  const folder = join(root, `out-${++serial}`);
  await mkdir(folder);
  const loaded = await loadSource({
    path,
    name: file ?? 'source.json',
    checksum: 'c0ffee',
    expected: { ticker, endpoint: parseEndpoint(endpoint ?? endpointOf[kind]), sessionDate: date },
    folder,
    now_ms,
    ...rest,
  });
  return {
    ...loaded,
    folder,
    rows: async (dataset) => {
      const files = loaded.files.filter((written) => written.dataset === dataset);
      const rows = (await Promise.all(files.map((written) => readRows(written.path)))).flat();
      return rows.map((row) => withoutEndpoint(row, endpoint ?? endpointOf[kind]));
    },
  };
}

/** A row as the model has it: the endpoint is not the record's. */
function withoutEndpoint({ endpoint, ...row }: Row, expected: string): Row {
  assert.equal(endpoint, expected);
  return row;
}

/** The error that loading fails with. */
export async function failure(content: string | Uint8Array, options: Options = {}): Promise<GexlakeError> {
  try {
    await load(content, options);
  } catch (error) {
    assert.ok(error instanceof GexlakeError, `not a GexlakeError: ${String(error)}`);
    return error;
  }
  return assert.fail('loading did not fail');
}

/** Holds a load equal to what the model says: every count, every row, every value, with the sign of zero. */
export async function assertSame(
  content: string | Uint8Array,
  expected: Outcome | ErrorCode,
  options: Options = {},
): Promise<void> {
  if (typeof expected === 'string') {
    assert.equal((await failure(content, options)).code, expected);
    return;
  }
  const loaded = await load(content, options);
  assert.deepEqual(loaded.counts, {
    records_read: expected.read,
    records_processed: expected.processed,
    records_duplicate: expected.duplicate,
    records_quarantined: expected.quarantined.length,
  });
  const setAside = await quarantineOf(loaded);
  assert.deepEqual(
    setAside.map(({ record, reason }) => ({ record, reason })),
    expected.quarantined,
  );
  await assertContentHashes(loaded, options);
  assert.equal(loaded.strikeRows, expected.strikes.length);
  assertRows(await loaded.rows('strikes'), expected.strikes);
  assertRows((await loaded.rows('snapshots')).map(withParsedExtra), expected.snapshots);
  await rm(loaded.folder, { recursive: true });
}

/** The hash of each file's rows follows from these alone. */
export async function assertContentHashes({ files }: Loaded, options: Options = {}): Promise<void> {
  const endpoint = parseEndpoint(options.endpoint ?? endpointOf[options.kind ?? given.kind]);
  for (const { path, dataset, contentHash } of files) {
    const expected = contentHashOf(await readRows(path), columnsOf(endpoint, dataset), dataset === 'strikes');
    assert.equal(contentHash, expected, dataset);
  }
}

/** Rows equal in every value, and in the sign of zero; the order of the columns does not matter. */
export function assertRows(found: readonly Row[], expected: readonly Row[]): void {
  assert.deepStrictEqual(found.map(sorted), expected.map(sorted));
}

function sorted(row: Row): Row {
  return Object.fromEntries(Object.entries(row).toSorted(([left], [right]) => (left < right ? -1 : 1)));
}

function withParsedExtra(row: Row): Row {
  const extra = row['extra'];
  return { ...row, extra: typeof extra === 'string' ? (JSON.parse(extra) as unknown) : extra };
}

export type Quarantined = {
  readonly record: number;
  readonly byte: number;
  readonly timestamp_s: number;
  readonly reason: string;
  readonly detail: string;
  readonly source: string;
};

export async function quarantineOf(loaded: LoadedSource): Promise<Quarantined[]> {
  if (loaded.quarantinePath === null) return [];
  const lines = (await readFile(loaded.quarantinePath, 'utf8')).split('\n');
  assert.equal(lines.pop(), '', 'the last line has its end');
  return lines.map((line) => JSON.parse(line) as Quarantined);
}
