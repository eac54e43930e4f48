import assert from 'node:assert/strict';
import test from 'node:test';
import {
  putHundredths,
  putInteger,
  putThousandths,
  roundToHundredths,
  type TextBytes,
} from '../../src/sample/digits.ts';

const values = [0, 1, 5, 9, 10, 11, 50, 99, 100, 101, 105, 110, 500, 999, 1_000, 1_001, 1_010, 1_050, 1_100, 12_345];
const large = [99_999_999, 100_000_000, 999_999_999_999, 1_000_000_000_000, 2_000_000_000_123];

function written(put: (to: TextBytes, value: number) => void, value: number): string {
  const to: TextBytes = { bytes: new Uint8Array(32), length: 0 };
  put(to, value);
  return Buffer.from(to.bytes.subarray(0, to.length)).toString('latin1');
}

for (const value of [...values, ...large].flatMap((size) => [size, -size])) {
  test(`${value} is written as JSON writes it, as a whole, hundredths and thousandths`, () => {
    assert.equal(written(putInteger, value), JSON.stringify(value));
    assert.equal(written(putHundredths, value), JSON.stringify(value / 100));
    assert.equal(written(putThousandths, value), JSON.stringify(value / 1000));
  });
}

test('thousandths round to hundredths, halves away from zero', () => {
  assert.deepEqual([4, 5, 14, 15, -4, -5, -15].map(roundToHundredths), [0, 1, 1, 2, -0, -1, -2]);
});
