import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { suite } from 'node:test';
import { columnsOf } from '../../src/core/contract.ts';
import { parseEndpoint } from '../../src/core/names.ts';
import { contentHashOf } from '../parquet/content.ts';
import { readMetadata, readRows } from '../parquet/read.ts';
import { appOn, workOn } from '../support/built-program.ts';
import { makeLake, only, type Lake, type Owner } from '../support/gexlake.ts';
import { open_s, put, record, sampleDay, type MadeRecord } from '../support/records.ts';
import { long } from '../support/shares.ts';

/*
 * Rows that come together in one file give the same row groups however they have come: in one import, or in several that were merged.
 */

const dates = '2025-10-22';

async function importInto(lake: Lake, endpoint: string, records: readonly unknown[], at: number): Promise<void> {
  const source = await put(lake.desk, `${at}/source.json`, records);
  const request = { source, ticker: 'SPX', endpoint, sessionDate: dates, publish: true };
  const { status, error } = only(await workOn(lake.folder, { kind: 'sources', requests: [request] }));
  assert.deepEqual([status, error], ['completed', null]);
}

/** A lake with these records, imported part by part and merged where there are several. */
async function lakeOf(owner: Owner, endpoint: string, parts: readonly (readonly unknown[])[]): Promise<Lake> {
  const lake = await makeLake(owner);
  for (const [at, records] of parts.entries()) await importInto(lake, endpoint, records, at);
  if (parts.length === 1) return lake;
  const app = await appOn(lake.folder);
  const request = await app.compaction({ path: folderOf(endpoint), reason: 'test' });
  assert.equal(only(await workOn(lake.folder, { kind: 'sources', requests: [request] })).status, 'completed');
  return lake;
}

function folderOf(endpoint: string): string {
  return `parquet/gex/2025/10/SPX/${endpoint}`;
}

/** All that stands before the page indexes and the footer. */
async function pagesOf(path: string): Promise<Uint8Array> {
  const { row_groups: groups } = await readMetadata(path);
  const last = groups.at(-1);
  const start = Number(last?.columns[0]?.meta_data?.dictionary_page_offset ?? 0);
  return (await readFile(path)).subarray(0, start + Number(last?.total_compressed_size));
}

async function hashesOf(lake: Lake): Promise<unknown> {
  const sql = `SELECT dataset, row_count, contract_version, writer, content_hash FROM parquet_files WHERE state = 'live' ORDER BY dataset`;
  return lake.query(sql);
}

type First = (records: readonly unknown[]) => readonly unknown[];

/** What comes first of the records. One after the other: no file overlaps. Every other record: both do. */
const firsts: Readonly<Record<string, First>> = {
  'every other record': (records) => records.filter((_, at) => at % 2 === 0),
  'the first half': (records) => records.slice(0, Math.ceil(records.length / 2)),
};

type SameFiles = { readonly endpoint: string; readonly records: readonly unknown[]; readonly ways?: readonly First[] };

async function assertSameFiles(
  context: Owner,
  { endpoint, records, ways = Object.values(firsts) }: SameFiles,
): Promise<void> {
  const whole = await lakeOf(context, endpoint, [records]);
  for (const firstOf of ways) {
    const merged = await lakeOf(context, endpoint, [firstOf(records), records]);
    assert.deepEqual(await hashesOf(merged), await hashesOf(whole));
    for (const dataset of endpoint === 'orderflow' ? ['snapshots'] : ['snapshots', 'strikes']) {
      const path = `${folderOf(endpoint)}/${dataset}.parquet`;
      assert.deepEqual(await pagesOf(join(merged.folder, path)), await pagesOf(join(whole.folder, path)), dataset);
    }
  }
}

suite('rewritten files', () => {
  for (const [endpoint, count] of [
    ['gex_zero', 1_500],
    ['state_vanna_one', 1_500],
    ['orderflow', 150],
  ] as const) {
    for (const [way, firstOf] of Object.entries(firsts)) {
      long(
        `${endpoint}, ${way} first: merged rows have the pages of rows that were imported together`,
        async (context) => {
          const { bytes } = sampleDay({ endpoint, records: count, flaws: false });
          const made = JSON.parse(bytes.toString()) as unknown[];
          await assertSameFiles(context, { endpoint, records: made, ways: [firstOf] });
        },
      );
    }
  }

  long('so have odd ladders, lists and fields', async (context) => {
    const ladder = [6700, -0, null, [1, 2, 3]];
    const odd: MadeRecord[] = [
      { strikes: [] },
      { strikes: [[6700, 1, 2, null], ladder, [6710, 1, 2, [1, null, 3, 4, 5]], [6715, 1, 2, []]] },
      { max_priors: [[1, 2], [3]] },
      { max_priors: null, zero_gamma: null, unknown: { a: 'é', b: [1.5, -0] } },
      {
        max_priors: [
          [6700, 2.5],
          [6705, -0],
        ],
        min_dte: -0,
      },
      { max_priors: [[]] },
    ];
    const records = Array.from({ length: 60 }, (_, at) => record(at, odd[at % 8] ?? {}));
    await assertSameFiles(context, { endpoint: 'gex_zero', records });
    const lake = await lakeOf(context, 'gex_zero', [records.slice(0, 30), records]);
    const found = (await hashesOf(lake)) as { dataset: 'strikes' | 'snapshots'; content_hash: string }[];
    for (const { dataset, content_hash } of found) {
      const rows = await readRows(join(lake.folder, folderOf('gex_zero'), `${dataset}.parquet`));
      assert.equal(
        contentHashOf(rows, columnsOf(parseEndpoint('gex_zero'), dataset), dataset === 'strikes'),
        content_hash,
      );
      assert.equal(rows[0]?.['timestamp'], open_s * 1e6);
    }
  });
});
