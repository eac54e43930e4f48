import type { RequestedSource } from '../app/app.ts';
import { identifySource, type SourceFlags } from '../core/names.ts';
import { makePlan, type PlannedAction } from '../core/plan.ts';
import { vendorSourceOf } from '../core/vendor-source.ts';
import { redactUrl } from '../core/redact.ts';
import { say, writeJson } from './output.ts';
import { printActions, totalOf } from './plan-output.ts';
import { toJson, toldRefused } from './results.ts';

/** Prints which jobs the sources would be, in their order, and what would be refused. Nothing is written. */
export function printImportPlan(asked: readonly RequestedSource[], flags: SourceFlags, json: boolean): void {
  const plan = makePlan(asked.filter(({ error }) => error === null).map((source) => toAction(source, flags)));
  const refused = asked.flatMap(({ source, error }) => (error === null ? [] : [toldRefused(source, error)]));
  if (json) {
    writeJson({ applied: false, plan_id: plan.id, plan: plan.actions, refused: toJson(refused) });
    return;
  }
  const isSome = printActions(plan.actions);
  for (const { source, error } of refused)
    say(`not imported: ${source ?? ''}: ${error?.message ?? ''} [${error?.code}]`);
  if (isSome) say(`planned: ${totalOf(plan.actions)}; to do it: the same command without --plan`);
}

function toAction({ source, size_bytes }: RequestedSource, flags: SourceFlags): PlannedAction {
  const asked = vendorSourceOf(source);
  if (asked?.kind === 'bundle') {
    const reason = `the bundle of ${asked.ticker} of ${asked.date}: a job for each file in it, once it is downloaded`;
    return { action: 'import', path: source, bytes: 0, reversible: true, reason };
  }
  const { ticker, endpoint, sessionDate } = identifySource(source, flags);
  const reason = `${ticker} ${endpoint.name} ${sessionDate ?? 'by the dates of its records'}`;
  return { action: 'import', path: redactUrl(source), bytes: size_bytes ?? 0, reversible: true, reason };
}
