import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'node:test';
import { JournalTree } from '../../src/journal/journal.ts';
import { cosignedAt_s, generateSigner, verifierOf, type Signer } from '../../src/tlog/tlog.ts';
import { Witness } from '../../src/trust/trust.ts';
import { journalOf, makeRoot } from '../journal/made.ts';
import type { Owner } from '../support/gexlake.ts';
import { long, test } from '../support/shares.ts';

const now_ms = () => 1_761_134_400_000;

async function makeWitness(owner: Owner) {
  const folder = await mkdtemp(join(tmpdir(), 'gexlake-witness-'));
  owner.after(() => rm(folder, { recursive: true, force: true }));
  const root = await makeRoot(owner);
  const tree = new JournalTree(await journalOf(root, 3));
  const signer = generateSigner((await tree.origin()) ?? '');
  const own = generateSigner('example.com/witness');
  const options = { folder, signer: own, logs: [verifierOf(signer)], now_ms };
  return { root, tree, signer, own, options, witness: new Witness(options) };
}

function request(old: number, proof: readonly Uint8Array[], checkpoint: string): string {
  return `old ${old}\n${proof.map((hash) => `${Buffer.from(hash).toString('base64')}\n`).join('')}\n${checkpoint}`;
}

async function checkpointOf(root: string, signer: Signer) {
  const kept = await new JournalTree(await journalOf(root, 0)).keep([signer]);
  assert.ok(kept !== null);
  return kept;
}

suite('a witness', () => {
  test('signs what goes on from the last checkpoint that it has signed, and remembers that', async (context) => {
    const { root, tree, signer, own, options, witness } = await makeWitness(context);
    const first = await checkpointOf(root, signer);
    const signed = await witness.add(request(0, [], first.text));
    assert.equal(signed.status, 200);
    assert.equal(cosignedAt_s(first.text, signed.body, verifierOf(own)), now_ms() / 1000);
    assert.equal(cosignedAt_s(first.text, signed.body, verifierOf(signer)), null);
    await journalOf(root, 300);
    const second = await checkpointOf(root, signer);
    assert.deepEqual(await witness.add(request(0, [], second.text)), {
      status: 409,
      type: 'text/x.tlog.size',
      body: '3\n',
    });
    const proof = await tree.proveGrowth(first, second);
    assert.equal((await witness.add(request(3, proof.slice(1), second.text))).status, 422);
    assert.equal((await witness.add(request(3, proof, second.text))).status, 200);
    // The memory is on the disk.
    const again = new Witness(options);
    assert.equal((await again.add(request(3, proof, second.text))).body, '303\n');
    assert.equal((await again.add(request(303, [], second.text))).status, 200);
    assert.equal((await again.add(request(303, [], first.text))).status, 400);
  });

  long('signs nothing of a journal with another past, of a stranger, or that is no request', async (context) => {
    const { root, signer, options, witness } = await makeWitness(context);
    const first = await checkpointOf(root, signer);
    assert.equal((await witness.add(request(0, [], first.text))).status, 200);
    const other = first.text.replace(/\n[^\n]+\n\n.*$/s, `\n${Buffer.alloc(32, 1).toString('base64')}\n`);
    assert.equal((await witness.add(request(3, [], other))).status, 403, 'not signed');
    const strange = new Witness({ ...options, logs: [] });
    assert.equal((await strange.add(request(3, [], first.text))).status, 404);
    for (const body of [
      '',
      'old 3\n',
      'old x\n\n',
      `old 03\n\n${first.text}`,
      `old 3\nno base64!\n\n${first.text}`,
      'old 3\n\nx',
    ])
      assert.equal((await witness.add(body)).status, 400, body);
  });
});
