import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isDefect, unlessDefect } from '../../src/core/defects.ts';

/** What running something throws. */
function thrownBy(act: () => unknown): unknown {
  try {
    act();
  } catch (error) {
    return error;
  }
  return assert.fail('nothing was thrown');
}

const missing = null as unknown as { readonly part: { readonly name: string } };

test('what the language throws is a defect, what the world gives is none', () => {
  assert.equal(isDefect(thrownBy(() => missing.part.name)), true);
  assert.equal(isDefect(thrownBy(() => new Uint8Array(-1))), true);
  assert.equal(isDefect(thrownBy(() => new URL('no address'))), false);
  assert.equal(isDefect(thrownBy(() => JSON.parse('{'))), false);
  assert.equal(isDefect(new Error('Binder Error: TypeError')), false);
});

test('what may fail gives something else, but never for a defect', async () => {
  assert.equal(await Promise.reject(new Error('gone')).catch(unlessDefect(null)), null);
  const defect = Promise.resolve().then(() => missing.part.name);
  await assert.rejects(defect.catch(unlessDefect(null)), TypeError);
});
