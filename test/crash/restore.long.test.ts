import { after, suite, test } from 'node:test';
import { timeout, trialsOf } from './steps.ts';

suite('crash safety: restore', () => {
  const { trials, cleanUp } = trialsOf('restore');
  after(cleanUp);
  for (const [title, trial] of trials) test(title, timeout, trial);
});
