import { after, suite } from 'node:test';
import { long, oneOf } from '../support/shares.ts';
import { all } from './scenario.ts';
import { timeout, trialsOf } from './steps.ts';

suite('crash safety: import', () => {
  const { trials, cleanUp } = trialsOf('import');
  after(cleanUp);
  for (const [at, [title, trial]] of trials.entries()) (all ? long : oneOf(5, at))(title, timeout, trial);
});
