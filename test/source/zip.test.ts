import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite } from 'node:test';
import { limits, type Limits } from '../../src/core/limits.ts';
import type { ErrorReport } from '../../src/core/errors.ts';
import { listMembers, readMemberInto } from '../../src/source/zip.ts';
import { gzipped, name, records } from '../support/records.ts';
import { lakeAt, type Lake } from '../support/gexlake.ts';
import { zipOf } from '../support/zip.ts';
import { long, test } from '../support/shares.ts';

const member = `SPX/classic/gex_zero/${name}.gz`;
const body = gzipped(records(30));

let folder = '';
let sound: Buffer = Buffer.alloc(0);
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gexlake-zip-'));
  sound = await zipOf({ [member]: body });
});
after(() => rm(folder, { recursive: true, force: true }));

async function archiveOf(bytes: Uint8Array): Promise<string> {
  const archive = join(folder, 'x.zip');
  await writeFile(archive, bytes);
  return archive;
}

/** All bytes of a member, or the error. */
async function read(bytes: Uint8Array, of = member, changed: Partial<Limits> = {}): Promise<Buffer | ErrorReport> {
  const archive = await archiveOf(bytes);
  const blocks: Uint8Array[] = [];
  const sink = {
    expect: async () => undefined,
    append: async (block: Uint8Array) => void blocks.push(block),
    reset: async () => undefined,
    lacks: async () => null,
  };
  const reading = { limits: { ...limits, ...changed }, onBytes: () => undefined, signal: undefined };
  try {
    await readMemberInto({ archive, member: of }, sink, reading);
    return Buffer.concat(blocks);
  } catch (error) {
    return (error as { report: () => ErrorReport }).report();
  }
}

/** The archive with the bytes at the place of `find` put in another way; each place, since names and fields are in it twice. */
function changed(find: Buffer, put: Buffer): Buffer {
  const bytes = Buffer.from(sound);
  for (let at = bytes.indexOf(find); at !== -1; at = bytes.indexOf(find, at + 1)) put.copy(bytes, at);
  return bytes;
}

suite('members of a zip archive', () => {
  test('are read as they are', async () => {
    assert.deepEqual(await read(sound), body);
    assert.deepEqual(await listMembers(await archiveOf(sound), limits), [
      { name: member, size_bytes: body.length, error: null },
    ]);
  });

  const broken: readonly [what: string, bytes: () => Buffer | Promise<Buffer>, says: RegExp, code?: string][] = [
    ['cut off', () => sound.subarray(0, -30), /is not a whole zip archive/],
    ['empty', () => Buffer.alloc(0), /is empty/],
    ['no archive', () => Buffer.from('[{"timestamp":1}]'), /is not a whole zip archive/],
    ['with a damaged byte', () => changed(body.subarray(100, 108), Buffer.alloc(8)), /CRC-32/],
    ['encrypted', () => flagged(0x01), /encrypted/],
    ['with a member that leaves its folder', () => renamed(`../../${member.slice(6)}`), /relative path/],
    ['with an absolute member', () => renamed(`/${member.slice(1)}`), /absolute path/],
    ['without that member', () => zipOf({ 'y.json': '[]' }), /has no member/, 'SOURCE_NOT_FOUND'],
  ];
  for (const [what, bytes, says, code = 'ZIP_UNREADABLE'] of broken) {
    test(`an archive that is ${what} is told to be`, async () => {
      const found = await read(await bytes());
      assert.ok('code' in found);
      assert.equal(found.code, code);
      assert.match(found.message, says);
    });
  }

  test('a name that leads out of its folder is told as made so, not as damage', async () => {
    for (const name of [`../../${member.slice(6)}`, `/${member.slice(1)}`]) {
      const found = await read(renamed(name));
      assert.ok('code' in found);
      assert.match(found.message, /has a member whose name leads out of its folder \(.*\.json\.gz"$/);
      assert.doesNotMatch(found.hint ?? '', /Download/);
      assert.match(found.hint ?? '', /unpack it yourself/);
    }
  });

  test('no more members and bytes are read than the limits allow', async () => {
    const many = await zipOf(Object.fromEntries(Array.from({ length: 12 }, (_, at) => [`${at}.json`, '[]'])));
    const found = await read(many, '1.json', { zip_members: 10 });
    assert.ok('code' in found);
    assert.match(found.message, /has 12 members, more than the 10/);
    const large = await read(sound, member, { source_bytes: 100 });
    assert.ok('code' in large);
    assert.equal(large.code, 'SOURCE_TOO_LARGE');
  });
});

/** The stored archive with the flags of its one member set, in both headers. */
function flagged(flag: number): Buffer {
  const bytes = Buffer.from(sound);
  for (const [signature, offset] of [
    ['PK\u0003\u0004', 6],
    ['PK\u0001\u0002', 8],
  ] as const) {
    const at = bytes.indexOf(signature, 0, 'latin1') + offset;
    bytes[at] = (bytes[at] ?? 0) | flag;
  }
  return bytes;
}

function renamed(to: string): Buffer {
  return changed(Buffer.from(member), Buffer.from(to));
}

suite('an archive as a source', () => {
  long('each member is a job of its own, retried from the archive, and a broken one holds up no other', async () => {
    const lake: Lake = lakeAt(join(folder, 'data'), folder);
    const state = member.replaceAll('classic', 'state');
    const archive = join(folder, 'eod_report_SPX_2025-10-22.zip');
    await writeFile(archive, await zipOf({ [member]: body, [state]: gzipped(records(5)).subarray(0, 60) }));
    type Planned = {
      plan: { action: string; path: string; reason: string }[];
      refused: { source: string; notes: unknown }[];
    };
    const { plan, refused } = await lake.json<Planned>(['import', archive, join(folder, 'nothing.json'), '--plan']);
    assert.deepEqual(
      plan.map(({ action, path, reason }) => [action, path, reason]),
      [
        ['import', `${archive}!/${member}`, 'SPX gex_zero 2025-10-22'],
        ['import', `${archive}!/${state}`, 'SPX state_gex_zero 2025-10-22'],
      ],
    );
    assert.deepEqual(
      refused.map(({ source, notes }) => [source, notes]),
      [[join(folder, 'nothing.json'), []]],
    );
    assert.deepEqual(await lake.files('.'), []);
    const results = await lake.import([archive]);
    assert.deepEqual(
      results.map(({ status, endpoint, records_processed, error }) => [
        status,
        endpoint,
        records_processed,
        error?.code,
      ]),
      [
        ['completed', 'gex_zero', 30, undefined],
        ['failed', 'state_gex_zero', 0, 'GZIP_CORRUPT'],
      ],
    );
    assert.equal(results[0]?.staged_path, `source/gexbot/${name}`);
    const [failed, completed] = await lake.jobs();
    assert.deepEqual([failed?.url, completed?.url], [`${archive}!/${state}`, `${archive}!/${member}`]);
    await writeFile(archive, await zipOf({ [member]: body, [state]: gzipped(records(5)) }));
    await lake.run(['jobs', 'retry', failed?.id ?? '']);
    const [retried] = await lake.json<{ status: string }[]>(['run']);
    assert.equal(retried?.status, 'completed');
    const again = await lake.import([archive]);
    assert.deepEqual(
      again.map(({ skipped }) => skipped),
      [true, true],
    );
  });
});
