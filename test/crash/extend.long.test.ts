import { after, suite, test } from 'node:test';
import { timeout, trialsOf } from './steps.ts';

suite('crash safety: extend', () => {
  const { trials, cleanUp } = trialsOf('extend');
  after(cleanUp);
  for (const [title, trial] of trials) test(title, timeout, trial);
});
