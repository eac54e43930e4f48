import assert from 'node:assert/strict';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { suite } from 'node:test';
import { Journal, JournalTree } from '../../src/journal/journal.ts';
import {
  generateSigner,
  hashLeaf,
  openCheckpoint,
  parseCheckpoint,
  rootOf,
  verifierOf,
  verifyInclusion,
} from '../../src/tlog/tlog.ts';
import { journalOf, makeRoot } from './made.ts';
import { long, test } from '../support/shares.ts';

async function leavesOf(journal: Journal): Promise<Uint8Array[]> {
  return Array.fromAsync(journal.bytes(), hashLeaf);
}

suite("a journal's checkpoint", () => {
  test('says size and root of the entries, and follows them', async (context) => {
    const root = await makeRoot(context);
    const journal = await journalOf(root, 3);
    const tree = new JournalTree(journal);
    assert.equal(await new JournalTree(new Journal(join(root, 'none'))).keep(), null);
    const first = await tree.keep();
    const leaves = await leavesOf(journal);
    assert.deepEqual([first?.size, first?.root], [3, rootOf(leaves)]);
    assert.equal(
      first?.origin,
      `gexlake/${Buffer.from(leaves[0] ?? [])
        .toString('hex')
        .slice(0, 32)}`,
    );
    const written = await readFile(join(root, 'checkpoint'), 'utf8');
    assert.equal(written, first.text);
    await journalOf(root, 300);
    const more = await new JournalTree(new Journal(root)).keep();
    assert.deepEqual([more?.size, more?.origin], [303, first.origin]);
    assert.deepEqual(more?.root, rootOf(await leavesOf(new Journal(root))));
    const text = await readFile(join(root, 'checkpoint'), 'utf8');
    assert.equal((await tree.keep())?.text, text, 'what is at the end stays');
    await tree.check();
  });

  long('is signed by the keys that there are', async (context) => {
    const journal = await journalOf(await makeRoot(context), 2);
    const tree = new JournalTree(journal);
    await tree.keep();
    const signer = generateSigner((await tree.origin()) ?? '');
    const kept = await tree.keep([signer]);
    assert.equal(openCheckpoint(kept?.text ?? '', [verifierOf(signer)]).size, 2);
  });

  test('that contradicts the entries stays and is told; one that is cut or gone is written anew', async (context) => {
    const root = await makeRoot(context);
    const tree = new JournalTree(await journalOf(root, 5));
    const kept = await tree.keep();
    const path = join(root, 'checkpoint');
    const said = (text: string, line: number) => (kept?.text ?? '').split('\n').with(line, text).join('\n');
    const other = Buffer.alloc(32, 7).toString('base64');
    for (const [text, code] of [
      [said('gexlake/another', 0), 'LOG_FORKED'],
      [said('9', 1), 'LOG_ROLLED_BACK'],
      [said(other, 2), 'LOG_FORKED'],
    ] as const) {
      await writeFile(path, text);
      await assert.rejects(tree.check(), { code });
      await journalOf(root, 1);
      await assert.rejects(tree.keep(), { code });
      assert.equal(await readFile(path, 'utf8'), text);
    }
    for (const text of ['', 'gexlake/1']) {
      await writeFile(path, text);
      await tree.check();
      assert.equal((await tree.keep())?.origin, kept?.origin);
    }
    await rm(path);
    assert.equal((await tree.keep())?.size, 8);
  });

  long('is not in the way of damaged tiles: what they are made of counts', async (context) => {
    const root = await makeRoot(context);
    const tree = new JournalTree(await journalOf(root, 300));
    await tree.keep();
    await writeFile(join(root, 'tile/0/001.p/44'), Buffer.alloc(44 * 32));
    await journalOf(root, 1);
    const kept = await tree.keep();
    assert.deepEqual(kept?.root, rootOf(await leavesOf(new Journal(root))));
    await tree.check();
  });
});

suite('a proof that an entry is in a journal', () => {
  for (const [size, share] of [
    [1, long],
    [255, long],
    [256, long],
    [257, test],
    [700, long],
  ] as const)
    share(`of ${size} entries holds for each, before and after it grows`, async (context) => {
      const root = await makeRoot(context);
      const journal = await journalOf(root, size);
      const tree = new JournalTree(journal);
      await tree.keep();
      await journalOf(root, 3);
      for (const seq of [0, 1, 254, 255, 256, size - 1, size, size + 2].filter((at) => at <= size + 2)) {
        const proof = await tree.prove(seq);
        assert.ok(proof !== null);
        const { entry, proof: hashes, checkpoint } = proof;
        const said = parseCheckpoint(checkpoint);
        assert.ok(said.size > seq);
        assert.ok(verifyInclusion({ leaf: hashLeaf(entry), index: seq, ...said }, hashes));
      }
      assert.equal(await tree.prove(size + 3), null);
    });

  long('is not made of tiles that are damaged', async (context) => {
    const root = await makeRoot(context);
    const tree = new JournalTree(await journalOf(root, 300));
    await tree.keep();
    const tile = await readFile(join(root, 'tile/0/000'));
    tile[40] = (tile[40] ?? 0) ^ 1;
    await rm(join(root, 'tile/0/000'));
    await writeFile(join(root, 'tile/0/000'), tile);
    await assert.rejects(tree.prove(7), { code: 'JOURNAL_DAMAGED' });
  });
});
