import { join } from 'node:path';
import { makePlan } from '../core/plan.ts';
import { inMemory, withDatabase } from '../db/db.ts';
import { Rebuilder } from '../pipeline/pipeline.ts';
import { Repairer, type FailedAction, type RunJobs } from './apply-repair.ts';
import type { Problem } from '../core/problem.ts';
import { factsOfLog } from '../verify/verify.ts';
import { unexplainedFiles } from '../verify/verify.ts';
import type { GovernContext } from '../maintenance/maintenance.ts';
import { withPlanningFolder } from '../maintenance/maintenance.ts';
import type { Reading } from '../verify/verify.ts';
import { planRepair, type RepairAction } from './repair-plan.ts';
import { runPlan, type Ask, type PlanReport } from '../maintenance/maintenance.ts';
import { readLog, verify } from '../verify/verify.ts';

export type RepairReport = PlanReport<RepairAction> & {
  /** Problems that nothing can be done about, or after a plan was done, those that are still there. */
  readonly left: readonly Problem[];
  readonly failed: readonly FailedAction[];
};

/** What is to be repaired besides: what other programs have left, and against a log that knows hardly any file. */
export type AskedRepair = Ask & { readonly strays?: boolean; readonly trustLog?: boolean };

/** How much is read before, what is asked for, and who runs the jobs. */
type Repairs = {
  readonly reading: Reading;
  readonly ask: AskedRepair;
  readonly runJobs: RunJobs;
};

/**
 * Verifies, and plans or does what can be done about the problems. What is under `parquet/` changes by recorded jobs only; what is
 * removed goes to the trash; what other programs have left does only where that is asked for. Doing it again does nothing more. Without a log, or with one that cannot be read, nothing is done.
 *
 * @throws PLAN_CHANGED, LOCK_BUSY, or what the disk says
 */
export async function repair(context: GovernContext, { reading, ask, runJobs }: Repairs): Promise<RepairReport> {
  const { problems, notes } = await verify(context, reading);
  const isLogGone = problems.some(({ code }) => code === 'LOG_DAMAGED' || code === 'LOG_MISSING');
  const log = isLogGone ? null : await readLog(context);
  if (log === null) {
    const nothing = await runPlan(makePlan<RepairAction>([]), ask, async () => undefined);
    return { ...nothing, left: problems, failed: [] };
  }
  const suspects = problems.map(({ path }) => path).filter((path) => path !== null);
  return withPlanningFolder(context, ask.apply, (privateFolder) =>
    withDatabase(inMemory, { ...context.engine, spillFolder: join(privateFolder, 'spill') }, async (engine) => {
      const { folder, clock, limits } = context;
      const rebuilder = new Rebuilder({ root: folder.root, log, engine, clock, limits, privateFolder, suspects });
      const strays =
        ask.strays === true
          ? (
              await unexplainedFiles(
                context,
                factsOfLog(log, () => false),
              )
            ).strays
          : [];
      const plan = await planRepair(
        { context, log, rebuilder },
        { problems, notes, strays, trustLog: ask.trustLog === true },
      );
      const repairer = new Repairer({ context, log, rebuilder, privateFolder, runJobs });
      const done = await runPlan(plan, ask, () => repairer.apply(plan.actions));
      const left = done.applied ? (await verify(context, reading)).problems : plan.left;
      return { ...done, left, failed: repairer.failed };
    }),
  );
}
