import { after, suite, test } from 'node:test';
import { timeout, trialsOf } from './steps.ts';

suite('crash safety: purge', () => {
  const { trials, cleanUp } = trialsOf('purge');
  after(cleanUp);
  for (const [title, trial] of trials) test(title, timeout, trial);
});
