import { after, suite, test } from 'node:test';
import { timeout, trialsOf } from './steps.ts';

suite('crash safety: import', () => {
  const { trials, cleanUp } = trialsOf('import');
  after(cleanUp);
  for (const [title, trial] of trials) test(title, timeout, trial);
});
