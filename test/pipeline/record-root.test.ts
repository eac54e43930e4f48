import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'node:test';
import { recordRootOf } from '../../src/pipeline/pipeline.ts';
import { put, records } from '../support/records.ts';
import { test } from '../support/shares.ts';

const made = records(5).map((record) => JSON.stringify(record));
const envelopes = made.map((record) => `{"recorded_at": "2025-10-22", "data": ${record} }`);

/** RFC 6962, written down as it stands there. */
function treeHash(leaves: readonly string[]): Buffer {
  if (leaves.length === 1) return sha256(Buffer.from([0]), Buffer.from(leaves[0] ?? ''));
  let half = 1;
  while (half * 2 < leaves.length) half *= 2;
  return sha256(Buffer.from([1]), treeHash(leaves.slice(0, half)), treeHash(leaves.slice(half)));
}

function sha256(...parts: readonly Buffer[]): Buffer {
  return createHash('sha256').update(Buffer.concat(parts)).digest();
}

/** How the same records can lie in a file, and what its leaves are. */
const forms: Readonly<Record<string, readonly [string, readonly string[]]>> = {
  'an array': [`[${made.join(',')}]`, made],
  'an array with white space': [`\n [ ${made.join(' ,\n  ')}\n]\n`, made],
  'an array in an object': [`{"ticker":"SPX","data":[${made.join(',')}],"more":1}`, made],
  lines: [`${made.join('\n')}\n`, made],
  envelopes: [`[${envelopes.join(', ')}]`, envelopes],
};

suite('the record root of a source', () => {
  for (const [form, [text, leaves]] of Object.entries(forms)) {
    test(`is over the bytes of its records, in ${form}`, async (context) => {
      const folder = await mkdtemp(join(tmpdir(), 'gexlake-root-'));
      context.after(() => rm(folder, { recursive: true }));
      const path = await put(folder, 'source.json', text);
      assert.deepEqual(await recordRootOf(path, 'sum'), {
        checksum: 'sum',
        record_root: treeHash(leaves).toString('hex'),
        records: 5,
        rule: '1',
      });
    });
  }
});
