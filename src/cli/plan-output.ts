import type { Command } from 'commander';
import { counted } from '../core/counted.ts';
import type { PlannedAction } from '../core/plan.ts';
import { redactText } from '../core/redact.ts';
import { formatBytes, formatCount } from './format.ts';
import { say, terminalWidth, writeData, writeJson } from './output.ts';
import { renderTable } from './table.ts';

/** `--apply` alone does what the plan says now; with a plan's id it does only that very plan. */
export type ApplyOption = { readonly apply?: boolean | string };

export function addApplyOption(command: Command): Command {
  return command.option('--apply [plan]', 'do it; with the id of a printed plan, only if that is still the plan');
}

/** The id that `--apply` names; null where it names none. */
export function expectedPlan({ apply }: ApplyOption): string | null {
  return typeof apply === 'string' ? apply : null;
}

/** What `--apply` asks for. */
export function askOf(options: ApplyOption): { readonly apply: boolean; readonly expected: string | null } {
  return { apply: options.apply !== undefined, expected: expectedPlan(options) };
}

export type PlanReport = {
  readonly applied: boolean;
  readonly plan_id: string;
  readonly plan: readonly PlannedAction[];
} & Readonly<Record<string, unknown>>;

/** Prints a plan, done or not: JSON whole, or a table and how to have it done. */
export function printPlan(report: PlanReport, command: string, json: boolean): void {
  if (json) {
    writeJson(report);
    return;
  }
  const { applied, plan, plan_id } = report;
  if (!printActions(plan)) return;
  say(`${applied ? 'done' : 'planned'}: ${totalOf(plan)}, plan ${plan_id}`);
  if (!applied) say(`to do it: gexlake ${command} --apply ${plan_id}`);
}

/** Prints what a plan would do as a table; false where that is nothing. */
export function printActions(plan: readonly PlannedAction[]): boolean {
  if (plan.length === 0) {
    writeData('nothing to do');
    return false;
  }
  const rows = plan.map(({ action, path, bytes, rows: count, reversible, reason }) => [
    action,
    redactText(path),
    formatBytes(bytes),
    count == null ? '' : formatCount(count),
    reversible ? 'yes' : 'no',
    redactText(reason),
  ]);
  const titles = [
    { title: 'ACTION' },
    { title: 'PATH', shrinks: true, least: 30 },
    { title: 'SIZE', right: true },
    { title: 'ROWS', right: true },
    { title: 'REVERSIBLE' },
    { title: 'WHY', shrinks: true },
  ];
  writeData(renderTable(titles, rows, terminalWidth()));
  return true;
}

/** How many actions, on how many bytes. */
export function totalOf(plan: readonly PlannedAction[]): string {
  return `${counted(plan.length, 'action')}, ${formatBytes(plan.reduce((sum, { bytes }) => sum + bytes, 0))}`;
}
