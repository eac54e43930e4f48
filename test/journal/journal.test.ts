import assert from 'node:assert/strict';
import { mkdir, appendFile, readFile, readdir, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { Journal, noHash, type RowChange } from '../../src/journal/journal.ts';
import { draft, makeRoot } from './made.ts';

async function seqsOf(journal: Journal, from = 0): Promise<number[]> {
  return Array.fromAsync(journal.entries(from), ({ entry }) => entry.seq);
}

const countTo = (count: number) => Array.from({ length: count }, (_, at) => at);

suite('a journal', () => {
  test('has nothing where there is none, and reading makes none', async (context) => {
    const root = await makeRoot(context);
    const journal = new Journal(root);
    assert.deepEqual([(await journal.position()).size, (await journal.position()).head], [0, noHash]);
    assert.deepEqual(await seqsOf(journal), []);
    await assert.rejects(readdir(root), { code: 'ENOENT' });
  });

  test('begins where a crash in the middle of its first step has left a part of a file', async (context) => {
    const root = await makeRoot(context);
    await mkdir(root, { recursive: true });
    await writeFile(join(root, '.0199.part'), '');
    const journal = new Journal(root);
    assert.equal(await journal.isThere(), false);
    await journal.append(draft(1));
    assert.equal((await journal.position()).size, 1);
  });

  test('gives its entries in order, over many bundles, from anywhere, to other readers, too', async (context) => {
    const root = await makeRoot(context);
    const journal = new Journal(root);
    for (const at of countTo(600)) await journal.append(draft(at));
    const other = new Journal(root);
    assert.deepEqual(await seqsOf(other), countTo(600));
    assert.deepEqual(await seqsOf(other, 255), countTo(600).slice(255));
    assert.deepEqual(await seqsOf(other, 512), countTo(600).slice(512));
    assert.deepEqual(await readdir(join(root, 'tile', 'entries')), ['000', '001']);
    // An append by somebody else is seen.
    await other.append(draft(600));
    assert.equal((await journal.position()).size, 601);
    assert.equal(await journal.headAt(601), (await journal.position()).head);
    assert.equal(await journal.headAt(602), null);
  });

  test('has times that only rise, whatever the clock does', async (context) => {
    const journal = new Journal(await makeRoot(context));
    const times = ['2026-01-05T10:00:00.000Z', '2026-01-05T09:00:00.000Z', '2026-01-05T10:00:00.005Z'];
    for (const committed_at of times) await journal.append(draft(1, { committed_at }));
    const found = await Array.fromAsync(journal.entries(), ({ entry }) => entry.committed_at);
    assert.deepEqual(found, ['2026-01-05T10:00:00.000Z', '2026-01-05T10:00:00.001Z', '2026-01-05T10:00:00.005Z']);
  });

  test('keeps rows that are too many for an entry in a file, and compares them with its sum', async (context) => {
    const root = await makeRoot(context);
    const journal = new Journal(root);
    const rows: RowChange[] = countTo(5_000).map((at) => ({ table: 'import_jobs', row: { id: `job ${at}` } }));
    await journal.append(draft(0, { rows }));
    const [first] = await Array.fromAsync(new Journal(root).entries());
    assert.ok(first !== undefined && !Array.isArray(first.entry.rows));
    assert.deepEqual(await Array.fromAsync(journal.changes(first.entry)), rows);
    const [name = ''] = await readdir(join(root, 'payload'));
    const path = join(root, 'payload', name);
    await writeFile(path, (await readFile(path, 'utf8')).replace('job 77"', 'job 78"'));
    await assert.rejects(Array.fromAsync(journal.changes(first.entry)), { code: 'JOURNAL_DAMAGED' });
  });

  test('cuts what a crash has left of an entry, at every length of it', async (context) => {
    const root = await makeRoot(context);
    const first = await new Journal(root).append(draft(0));
    const path = join(root, 'tail', '000000000000');
    const one = await readFile(path);
    await new Journal(root).append(draft(1));
    const two = await readFile(path);
    for (let length = one.byteLength; length < two.byteLength; length += 7) {
      await writeFile(path, two.subarray(0, length));
      const journal = new Journal(root);
      assert.equal((await journal.position()).size, 1, `cut at ${length}`);
      assert.equal((await journal.position()).head, first.head);
      await journal.append(draft(2));
      assert.deepEqual(await seqsOf(new Journal(root)), [0, 1], `cut at ${length}`);
      await truncate(path, one.byteLength);
    }
  });

  test('takes what a disk has behind its end for what it is', async (context) => {
    const root = await makeRoot(context);
    await new Journal(root).append(draft(0));
    const path = join(root, 'tail', '000000000000');
    await appendFile(path, Buffer.concat([Buffer.from([0, 30]), Buffer.alloc(3_000, 7)]));
    const journal = new Journal(root);
    assert.equal((await journal.position()).size, 1);
    await journal.append(draft(1));
    assert.deepEqual(await seqsOf(new Journal(root)), [0, 1]);
  });

  test('says where it is damaged, wherever a bit of it is turned', async (context) => {
    const root = await makeRoot(context);
    const journal = new Journal(root);
    for (const at of countTo(300)) await journal.append(draft(at));
    for (const [path, at] of [
      ['tile/entries/000', 5_000],
      ['tail/000000000256', 50],
    ] as const) {
      const whole = await readFile(join(root, path));
      const turned = Buffer.from(whole);
      turned[at] = (turned[at] ?? 0) ^ 1;
      await writeFile(join(root, path), turned);
      await assert.rejects(seqsOf(new Journal(root)), { code: 'JOURNAL_DAMAGED' });
      await writeFile(join(root, path), whole);
    }
    assert.equal((await seqsOf(new Journal(root))).length, 300);
  });
});
