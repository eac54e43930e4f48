import { after, suite, test } from 'node:test';
import { timeout, trialsOf } from './steps.ts';

suite('crash safety: withdraw', () => {
  const { trials, cleanUp } = trialsOf('withdraw');
  after(cleanUp);
  for (const [title, trial] of trials) test(title, timeout, trial);
});
