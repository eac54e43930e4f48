import { mustBePlan, type Plan, type PlannedAction } from '../core/plan.ts';

/** What a user asks of a command with a plan: to print it, to do it, or to do it only if it is the plan of this id. */
export type Ask = { readonly apply: boolean; readonly expected: string | null };

/** A plan, done or not, as `--json` prints it. */
export type PlanReport<A extends PlannedAction> = {
  readonly applied: boolean;
  readonly plan_id: string;
  readonly plan: readonly A[];
};

/** Does a plan where that is asked for. @throws PLAN_CHANGED, or what doing it throws */
export async function runPlan<A extends PlannedAction>(
  plan: Plan<A>,
  { apply, expected }: Ask,
  act: () => Promise<void>,
): Promise<PlanReport<A>> {
  mustBePlan(plan, expected);
  if (apply) await act();
  return { applied: apply, plan_id: plan.id, plan: plan.actions };
}
