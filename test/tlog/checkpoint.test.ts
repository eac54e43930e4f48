import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { inspect } from 'node:util';
import fc from 'fast-check';
import type { ErrorCode } from '../../src/core/errors.ts';
import {
  checkNote,
  emptyRoot,
  formatCheckpoint,
  formatNote,
  formatSigner,
  formatVerifier,
  generateSigner,
  hashLeaf,
  openCheckpoint,
  parseCheckpoint,
  parseNote,
  parseSigner,
  parseVerifier,
  signNote,
  verifierOf,
  type Checkpoint,
  type Signer,
} from '../../src/tlog/tlog.ts';

/** The keys and the note in the documentation of golang.org/x/mod/sumdb/note. */
const known = {
  signer: 'PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz',
  verifier: 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW',
  text: "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n",
  signature:
    '— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n',
};

const origin = 'example.com/lake';
const signer: Signer = generateSigner(origin);
const other = generateSigner(origin);
const checkpoint: Checkpoint = { origin, size: 70_000, root: hashLeaf(Buffer.from('root')) };
const file = formatCheckpoint(checkpoint, [signer]);

function refused(action: () => unknown, code: ErrorCode): void {
  assert.throws(action, { code });
}

suite('keys', () => {
  test("are written and read as Go's note package has them, and sign the same", () => {
    const key = parseSigner(known.signer);
    assert.equal(formatSigner(key), known.signer);
    assert.equal(formatVerifier(verifierOf(key)), known.verifier);
    assert.equal(formatVerifier(parseVerifier(`${known.verifier}\n`)), known.verifier);
    const note = formatNote(signNote({ text: known.text, signatures: [] }, [key]));
    assert.equal(note, `${known.text}\n${known.signature}`);
    const names = checkNote(parseNote(note), [parseVerifier(known.verifier)]).map(({ name }) => name);
    assert.deepEqual(names, ['PeterNeumann']);
  });

  test('that are new come back from what was written', () => {
    const again = parseSigner(formatSigner(signer));
    assert.equal(formatCheckpoint(checkpoint, [again]), file);
    assert.notEqual(formatSigner(signer), formatSigner(other));
  });

  test('that are damaged or something else are refused, without being shown', () => {
    const secret = formatSigner(signer);
    const last = secret.slice(-12);
    for (const text of [
      secret.slice(0, -1),
      secret.replace('lake', 'lakes'),
      secret.replace(/.{4}$/, ''),
      secret.replace(/\+[0-9a-f]{8}\+/, '+00000000+'),
      secret.replace('PRIVATE', 'private'),
      formatVerifier(verifierOf(signer)),
      '',
    ])
      assert.throws(
        () => parseSigner(text),
        (error: Error & { code?: string }) => error.code === 'LOG_KEY_INVALID' && !inspect(error).includes(last),
      );
    for (const text of [secret, known.verifier.replace('c74f', 'c74e'), `${known.verifier}=`, `+${known.verifier}`])
      refused(() => parseVerifier(text), 'LOG_KEY_INVALID');
    for (const name of ['', 'a b', 'a+b', 'a\u00a0b', 'a\n', '\ud800'])
      refused(() => generateSigner(name), 'LOG_KEY_INVALID');
    assert.ok(!inspect(signer, { depth: 9 }).includes(secret.slice(-40, -4)));
  });
});

suite('checkpoints', () => {
  test('are three lines, and a signature after an empty one', () => {
    const root = Buffer.from(checkpoint.root).toString('base64');
    const [body = '', signature = ''] = file.split('\n\n');
    assert.equal(body, `example.com/lake\n70000\n${root}`);
    assert.match(signature, /^— example\.com\/lake [\w+/]+=*\n$/);
    assert.equal(
      formatCheckpoint({ origin, size: 0, root: emptyRoot }),
      `${origin}\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n`,
    );
  });

  test('are read back, signed or not, and opened by the key that signed them', () => {
    const found = openCheckpoint(file, [verifierOf(other), verifierOf(signer)]);
    assert.deepEqual({ ...found, root: Buffer.from(found.root) }, checkpoint);
    assert.deepEqual(parseCheckpoint(formatCheckpoint(checkpoint)), parseCheckpoint(file));
    const twice = formatNote(signNote(parseNote(file), [other]));
    for (const key of [signer, other]) assert.equal(openCheckpoint(twice, [verifierOf(key)]).size, 70_000);
    assert.equal(checkNote(parseNote(twice), [verifierOf(signer), verifierOf(other)]).length, 2);
  });

  test('that no trusted key has signed are refused', () => {
    refused(() => openCheckpoint(formatCheckpoint(checkpoint), [verifierOf(signer)]), 'CHECKPOINT_UNTRUSTED');
    refused(() => openCheckpoint(file, [verifierOf(other)]), 'CHECKPOINT_UNTRUSTED');
    refused(() => openCheckpoint(file, []), 'CHECKPOINT_UNTRUSTED');
    const renamed = { ...verifierOf(signer), name: 'example.com/other' };
    refused(() => openCheckpoint(file, [renamed]), 'CHECKPOINT_UNTRUSTED');
  });

  test('are refused once one character is altered, left out or put in', () => {
    const change = fc.record({
      at: fc.nat(file.length - 1),
      put: fc.constantFrom('', '0', 'A', '\n', ' ', '=', '—', '\0', '\r'),
      drop: fc.constantFrom(0, 1),
    });
    fc.assert(
      fc.property(change, ({ at, put, drop }) => {
        const altered = file.slice(0, at) + put + file.slice(at + drop);
        fc.pre(altered !== file);
        assert.throws(() => openCheckpoint(altered, [verifierOf(signer)]), {
          code: /^CHECKPOINT_(?:INVALID|UNTRUSTED)$/ as unknown as string,
        });
      }),
      { numRuns: 1000 },
    );
  });

  test('that are none are refused', () => {
    const root = Buffer.from(checkpoint.root).toString('base64');
    for (const text of [
      '',
      '\n',
      `${origin}\n7\n${root}`,
      `${origin}\n07\n${root}\n`,
      `${origin}\n-7\n${root}\n`,
      `${origin}\n9007199254740993\n${root}\n`,
      `${origin}\n7\n${root.slice(4)}\n`,
      `${origin}\n7\n${root.replace('=', '')}\n`,
      `\n7\n${root}\n`,
      `${origin}\r\n7\r\n${root}\r\n`,
      `${origin}\n7\n${root}\n\nno signature\n`,
      `${origin}\n7\n${root}\n\n`,
      `${origin}\n7\n${root}\n\n— ${origin} AAAA\n`,
      `${origin}\ufffd\n7\n${root}\n`,
      `${file}${file.slice(file.indexOf('—')).repeat(100)}`,
      `${'a'.repeat(1_000_001)}\n7\n${root}\n`,
    ])
      refused(() => parseCheckpoint(text), 'CHECKPOINT_INVALID');
    for (const name of ['', 'a\nb', 'a\0', '\ud800'])
      refused(() => formatCheckpoint({ ...checkpoint, origin: name }), 'CHECKPOINT_INVALID');
    assert.equal(parseCheckpoint(`${origin}\n7\n${root}\nan extension\n`).size, 7);
  });
});
