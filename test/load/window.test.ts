import assert from 'node:assert/strict';
import { mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import fc from 'fast-check';
import { Window } from '../../src/load/window.ts';

test('a window shows the file as it is, whatever is kept, and a zero byte behind', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'gexlake-window-'));
  t.after(() => rm(folder, { recursive: true }));
  const path = join(folder, 'file');
  // No byte is zero, so that a zero byte can only be the one that the window puts there.
  const content = fc.uint8Array({ min: 1, minLength: 1, maxLength: 400, size: 'max' });
  const keeps = fc.array(fc.oneof(fc.nat(8), fc.nat(120)), { minLength: 1 });
  const property = fc.asyncProperty(
    content,
    fc.integer({ min: 1, max: 90 }),
    keeps,
    async (bytes, block_bytes, kept) => {
      await writeFile(path, bytes);
      const file = await open(path);
      try {
        await readThrough(new Window(file, block_bytes), bytes, kept);
      } finally {
        await file.close();
      }
    },
  );
  await fc.assert(property, { numRuns: 250 });
});

async function readThrough(window: Window, bytes: Uint8Array, kept: readonly number[]): Promise<void> {
  let start = 0;
  for (let turn = 0; ; turn++) {
    const keep = Math.max(start, window.end - (kept[turn % kept.length] ?? 0));
    const keptFrom = window.offset + keep;
    const moved = await window.more(keep);
    if (moved === -1) break;
    start = moved;
    assert.equal(window.offset + start, keptFrom);
    const shown = window.bytes.subarray(start, window.end);
    assert.deepEqual(shown, bytes.subarray(keptFrom, keptFrom + shown.length));
    assert.equal(window.bytes[window.end], 0);
  }
  assert.equal(window.offset + window.end, bytes.length);
  assert.equal(await window.more(window.end), -1, 'the end stays the end');
}

test('a failure to read is met where more is asked for', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'gexlake-window-'));
  t.after(() => rm(folder, { recursive: true }));
  const file = await open(folder);
  const window = new Window(file);
  await assert.rejects(window.more(0), { code: 'EISDIR' });
  await file.close();
});
