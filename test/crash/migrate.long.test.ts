import { after, suite, test } from 'node:test';
import { timeout, trialsOf } from './steps.ts';

suite('crash safety: migrate', () => {
  const { trials, cleanUp } = trialsOf('migrate');
  after(cleanUp);
  for (const [title, trial] of trials) test(title, timeout, trial);
});
