import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { assertReadable, chosenSteps, scenarios, setStage, type Stage } from './scenario.ts';

/** How many steps of each kind the short version tries. */
const few: Readonly<Record<string, number>> = { kill: 1, killall: 2, ENOSPC: 1, EIO: 1, EACCES: 1 };

for (const scenario of scenarios) {
  suite(`crash safety: ${scenario.name}`, () => {
    let stage: Stage;
    const cleanUp: (() => Promise<void>)[] = [];
    before(async () => {
      stage = await setStage({ after: (fn) => void cleanUp.push(fn) }, scenario);
    });
    after(async () => {
      for (const act of cleanUp) await act();
    });

    for (const [action, count] of Object.entries(few)) {
      test(`${action} at any step, and the end is the same`, { timeout: 30 * 60_000 }, async () => {
        for (const step of chosenSteps(stage.steps, count)) {
          const lake = await stage.fresh();
          const { stderr } = await stage.act(lake, `${action}@*#${step}`);
          await assertReadable(lake);
          assert.doesNotMatch(stderr, /INTERNAL|unhandled/i, `${action} at step ${step}: ${stderr}`);
          assert.deepEqual(await stage.finish(lake), stage.undisturbed, `${action} at step ${step}`);
        }
      });
    }
  });
}
