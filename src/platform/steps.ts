/**
 * The labels of every durability step, in the order of one import. Each labelled call passes through {@link reach} before
 * it acts, so that a failure or a kill can be placed exactly there.
 */
export const steps = [
  'stage:folder',
  'stage:part',
  'stage:write',
  'stage:read-only',
  'stage:sync',
  'stage:link',
  'stage:sync-folder',
  'load:folder',
  'load:part',
  'load:write',
  'load:sync',
  'quarantine:folder',
  'quarantine:write',
  'quarantine:sync',
  'quarantine:link',
  'quarantine:sync-folder',
  'publish:folder',
  'publish:read-only',
  'publish:link',
  'publish:replace',
  'publish:retire',
  'publish:sync-folder',
  'publish:undo',
  'archive:folder',
  'archive:link',
  'archive:sync-folder',
  'journal:folder',
  'journal:payload',
  'journal:bundle',
  'journal:cut',
  'journal:append',
  'journal:sync-folder',
  'journal:remove',
  'journal:checkpoint',
  'key:write',
  'witness:keep',
  'log:commit',
  'log:journaled',
  'log:committed',
  'log:heal',
  'govern:folder',
  'report:folder',
  'report:write',
  'report:sync',
  'report:read-only',
  'report:link',
  'report:sync-folder',
  'govern:write',
  'repair:copy',
  'repair:read-only',
  'repair:folder',
  'repair:link',
  'repair:sync-folder',
  'trash:folder',
  'trash:move',
  'trash:sync-folder',
  'trash:remove',
  'backup:copy',
  'backup:link',
  'backup:write',
  'backup:sync',
  'backup:read-only',
  'backup:folder',
  'backup:rename',
  'backup:sync-folder',
  'pin:folder',
  'pin:write',
  'pin:link',
  'pin:sync-folder',
  'purge:remove',
  'purge:sync-folder',
  'restore:folder',
  'restore:aside',
  'restore:copy',
  'restore:sync',
  'restore:replace',
  'restore:sync-folder',
  'out:part',
  'out:write',
  'out:sync',
  'out:link',
  'out:sync-folder',
  'out:remove',
  'engine:stage',
  'engine:show',
  'clean:take',
  'clean:remove',
] as const;

export type Step = (typeof steps)[number];

type Hook = (step: Step) => void | Promise<void>;

let hook: Hook | null = null;

/** Installs what happens when a step is reached; the tests of crash safety use it. Null removes it. */
export function onStep(next: Hook | null): void {
  hook = next;
}

/** Says that the process is about to do a durability step. */
export async function reach(step: Step): Promise<void> {
  if (hook !== null) await hook(step);
}
