import { createHash } from 'node:crypto';
import { GexlakeError } from './errors.ts';

/**
 * One thing that a command would do to the data folder. `path` is relative to it. A plan can be printed, compared and tested
 * before anything is touched; doing an action looks again at what it acts on.
 */
export type PlannedAction = {
  /** A verb and, where needed, its object: `archive`, `trash`, `snapshot`, `restore`. */
  readonly action: string;
  readonly path: string;
  /** Size of what is acted on, in bytes. */
  readonly bytes: number;
  /** Rows of Parquet that are concerned; null where it is about other files. */
  readonly rows?: number | null;
  /** Whether it can be undone, and by what is said in `reason`. */
  readonly reversible: boolean;
  readonly reason: string;
};

export type Plan<A extends PlannedAction = PlannedAction> = {
  /** Twelve hexadecimal digits; equal for equal actions, so that a plan whose world has changed has another id. */
  readonly id: string;
  readonly actions: readonly A[];
};

/** Makes a plan of its actions. All that decides whether an action is still right must be part of it. */
export function makePlan<A extends PlannedAction>(actions: readonly A[]): Plan<A> {
  const id = createHash('sha256').update(JSON.stringify(actions)).digest('hex').slice(0, 12);
  return { id, actions };
}

/**
 * Refuses to do a plan that is not the one that somebody has looked at. `expected` is null where nobody asked for a certain one;
 * `look` says how the new one is printed.
 */
export function mustBePlan(plan: Plan, expected: string | null, look = 'the same command without --apply'): void {
  if (expected === null || expected === plan.id) return;
  throw new GexlakeError('PLAN_CHANGED', `the plan is now ${plan.id}, not ${expected}: what it is about has changed`, {
    hint: `Look at the new plan (${look}), then apply that.`,
  });
}
