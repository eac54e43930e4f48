import assert from 'node:assert/strict';
import { whileTelling } from '../../src/app/keep-telling.ts';
import { GexlakeError } from '../../src/core/errors.ts';
import { test } from '../support/shares.ts';

test('people are told beside the work, and what fails there is no matter of the work', async () => {
  const [looked, warned] = [Promise.withResolvers<void>(), [] as string[]];
  const tell = async () => {
    looked.resolve();
    throw new GexlakeError('LOCK_BUSY', 'the log is busy');
  };
  const onWarning = (message: string) => void warned.push(message);
  const done = await whileTelling({ tell, onWarning, after_ms: 0 }, async () => {
    await looked.promise;
    return 'done';
  });
  assert.equal(done, 'done');
  assert.deepEqual(warned, ['nobody could be told anything: the log is busy']);
});

test('who cannot be reached is a warning, and after the work nobody is told any more', async () => {
  const warned: string[] = [];
  const error = new GexlakeError('NOTICE_UNDELIVERED', 'ntfy at ntfy.sh could not be told: it answered 500');
  const looked = Promise.withResolvers<void>();
  let looks = 0;
  const tell = async () => {
    looks++;
    looked.resolve();
    return [{ target: 'ntfy at ntfy.sh', matter: 'disk_low', state: 'raised' as const, error }];
  };
  await whileTelling({ tell, onWarning: (message) => void warned.push(message), after_ms: 0 }, () => looked.promise);
  assert.deepEqual([warned, looks], [[error.message], 1]);
  await whileTelling({ tell, onWarning: () => undefined, after_ms: 60_000 }, () => Promise.resolve());
  assert.equal(looks, 1);
});
