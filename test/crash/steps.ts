import assert from 'node:assert/strict';
import type { ImportRun } from '../../src/app/app.ts';
import { all, chosenSteps, scenarios } from './scenario.ts';
import { setStage, stepsIn, type Stage, type Trial } from './stage.ts';
import { count } from './tally.ts';
import { assertReadable } from './whole.ts';

const failures = ['ENOSPC', 'EIO', 'EACCES'] as const;

/** Each trial is a test of its own; in the whole version it takes minutes. */
export const timeout = { timeout: 120 * 60_000 };

export type Trials = {
  readonly trials: readonly (readonly [title: string, act: () => Promise<void>])[];
  readonly cleanUp: () => Promise<void>;
};

/**
 * Kills and fails an importer at every step of a scenario; after each, the end is that of an undisturbed run. Gives each way with
 * its title.
 */
export function trialsOf(name: keyof typeof scenarios): Trials {
  let set: Promise<Stage> | null = null;
  const cleaning: (() => Promise<void>)[] = [];
  const owner = { after: (act: () => Promise<void>) => void cleaning.push(act) };
  const cleanUp = async () => {
    for (const act of cleaning) await act();
  };
  const on = (act: (stage: Stage) => Promise<void>) => async () =>
    act(await (set ??= setStage(owner, scenarios[name])));
  const { crashes } = scenarios[name];
  const trials = [
    ['the importer and its parent are killed at any step', on((stage) => eachStep(stage, 0.85, killBothAt))],
    ['the importer alone is killed at every kind of step', on(killKinds)],
    [
      'whoever recovers is killed at any step, too',
      on(async (stage) => {
        for (const crash of all ? crashes : crashes.slice(0, 1)) await killRecovery(stage, crash);
      }),
    ],
    ['every kind of step fails once, in every way', on((stage) => failKinds(stage, name))],
    [
      'the first step fails, then the second, and so on until nothing does',
      on(async (stage) => {
        await eachStep(stage, 0.6, (each, step) => failAt(each, `${failures[step % 3]}@*#${step}`));
        if (all) await failAt(stage, `EIO@*#${stage.steps.length + 1}`);
      }),
    ],
  ] as const;
  return { trials, cleanUp };
}

async function eachStep(stage: Stage, part: number, act: (stage: Stage, step: number) => Promise<void>): Promise<void> {
  for (const step of chosenSteps(stage.steps.length, [part])) await act(stage, step);
}

async function killKinds(stage: Stage): Promise<void> {
  const firsts = [...new Set(stage.steps)].map((kind) => stage.steps.indexOf(kind) + 1);
  for (const at of chosenSteps(firsts.length, [0.7])) await killAt(stage, firsts[at - 1] ?? 1);
}

/** What every import does before it publishes is tried with the first scenario only. */
async function failKinds(stage: Stage, name: keyof typeof scenarios): Promise<void> {
  const kinds = [...new Set(stage.steps)].filter(
    (kind) => name === 'import' || !/^(?:stage|load|quarantine):/.test(kind),
  );
  const faults = kinds.flatMap((kind) => failures.map((code) => `${code}@${kind}#1`));
  for (const at of chosenSteps(faults.length, [0.5])) await failAt(stage, faults[at - 1] ?? '');
}

async function killAt(stage: Stage, step: number): Promise<void> {
  const trial = await stage.fresh();
  assertKnownErrors(await stage.act(trial, `kill@*#${step}`));
  count('kills');
  await assertReadable(trial.lake);
  await stage.finish(trial, `killed at step ${step}, ${stage.steps[step - 1]}`);
}

async function killBothAt(stage: Stage, step: number): Promise<void> {
  const trial = await stage.fresh();
  await stage.actAlone(trial, `killall@*#${step}`);
  count('kills');
  await assertReadable(trial.lake);
  await stage.finish(trial, `killed with its parent at step ${step}, ${stage.steps[step - 1]}`);
}

/** The one that takes up a crash is killed at each of its steps, alone and with its parent; the next one takes up both. */
async function killRecovery(stage: Stage, crash: string): Promise<void> {
  const crashed = await stage.fresh();
  await stage.actAlone(crashed, `killall@${crash}`);
  count('kills');
  const steps = await recoverySteps(await stage.fresh(crashed));
  for (const step of chosenSteps(steps.length, [0.5])) {
    const trial = await stage.fresh(crashed);
    if (step % 2 === 0) await trial.lake.spawn(['run'], { env: { GEXLAKE_FAULT: `killall@*#${step}` } });
    else assertKnownErrors(await stage.run(trial, `kill@*#${step}`));
    count('kills_in_recovery');
    await assertReadable(trial.lake);
    await stage.finish(trial, `${crash}, then killed in recovery at step ${step}, ${steps[step - 1]}`);
  }
}

/** What a recovering run passes before it begins the job anew; all where it completes it. */
async function recoverySteps({ lake }: Trial): Promise<string[]> {
  const steps = stepsIn((await lake.spawn(['run'], { env: { GEXLAKE_FAULT: 'trace' } })).stderr);
  const begins = steps.findIndex((step) => step === 'stage:part' || step === 'load:part');
  return begins === -1 ? steps : steps.slice(0, begins);
}

async function failAt(stage: Stage, fault: string): Promise<void> {
  const trial = await stage.fresh();
  assertKnownErrors(await stage.act(trial, fault));
  count('failures');
  await assertReadable(trial.lake);
  await stage.finish(trial, fault, true);
}

/** Whatever happens has a name. */
function assertKnownErrors({ error, results }: ImportRun): void {
  for (const code of [error?.code, ...results.map((result) => result.error?.code)])
    assert.notEqual(code, 'INTERNAL', JSON.stringify([error, results]));
}
