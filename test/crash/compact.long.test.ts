import { after, suite, test } from 'node:test';
import { timeout, trialsOf } from './steps.ts';

suite('crash safety: compact', () => {
  const { trials, cleanUp } = trialsOf('compact');
  after(cleanUp);
  for (const [title, trial] of trials) test(title, timeout, trial);
});
