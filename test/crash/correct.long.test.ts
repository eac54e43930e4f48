import { after, suite, test } from 'node:test';
import { timeout, trialsOf } from './steps.ts';

suite('crash safety: correct', () => {
  const { trials, cleanUp } = trialsOf('correct');
  after(cleanUp);
  for (const [title, trial] of trials) test(title, timeout, trial);
});
