import type { Step } from '../platform/steps.ts';

/** The labels of the durability steps of one kind of change: tests fail and kill exactly there. */
export type Labels = {
  readonly folder: Step;
  /** Null where whoever wrote the file has made it read-only. */
  readonly readOnly: Step | null;
  readonly link: Step;
  readonly replace: Step;
  readonly get: Step;
  readonly remove: Step;
  readonly syncFolder: Step;
};

/**
 * What a file is put, got or removed for. `undo` takes back what a job has published and not committed; `restore` is for databases that
 * are put back; `clean` removes what a job has no use for.
 */
export type Purpose =
  | 'stage'
  | 'publish'
  | 'undo'
  | 'archive'
  | 'quarantine'
  | 'report'
  | 'repair'
  | 'trash'
  | 'backup'
  | 'pin'
  | 'purge'
  | 'restore';

export const labelsOf: Readonly<Record<Purpose, Labels>> = {
  stage: {
    folder: 'stage:folder',
    readOnly: null,
    ...throughout('stage:link'),
    remove: 'clean:remove',
    syncFolder: 'stage:sync-folder',
  },
  publish: {
    folder: 'publish:folder',
    readOnly: 'publish:read-only',
    ...throughout('publish:link'),
    replace: 'publish:replace',
    get: 'load:part',
    remove: 'publish:retire',
    syncFolder: 'publish:sync-folder',
  },
  undo: {
    folder: 'publish:folder',
    readOnly: null,
    ...throughout('publish:undo'),
    remove: 'publish:undo',
    syncFolder: 'publish:sync-folder',
  },
  archive: {
    folder: 'archive:folder',
    readOnly: null,
    ...throughout('archive:link'),
    remove: 'clean:remove',
    syncFolder: 'archive:sync-folder',
  },
  quarantine: {
    folder: 'quarantine:folder',
    readOnly: 'quarantine:write',
    ...throughout('quarantine:link'),
    remove: 'clean:remove',
    syncFolder: 'quarantine:sync-folder',
  },
  report: {
    folder: 'report:folder',
    readOnly: 'report:read-only',
    ...throughout('report:link'),
    remove: 'clean:remove',
    syncFolder: 'report:sync-folder',
  },
  repair: {
    folder: 'repair:folder',
    readOnly: null,
    ...throughout('repair:link'),
    remove: 'clean:remove',
    syncFolder: 'repair:sync-folder',
  },
  trash: {
    folder: 'trash:folder',
    readOnly: null,
    ...throughout('trash:move'),
    remove: 'trash:remove',
    syncFolder: 'trash:sync-folder',
  },
  backup: {
    folder: 'backup:folder',
    readOnly: null,
    ...throughout('backup:rename'),
    remove: 'clean:remove',
    syncFolder: 'backup:sync-folder',
  },
  pin: {
    folder: 'pin:folder',
    readOnly: null,
    ...throughout('pin:link'),
    remove: 'clean:remove',
    syncFolder: 'pin:sync-folder',
  },
  purge: {
    folder: 'purge:remove',
    readOnly: null,
    ...throughout('purge:remove'),
    remove: 'purge:remove',
    syncFolder: 'purge:sync-folder',
  },
  restore: {
    folder: 'restore:folder',
    readOnly: null,
    ...throughout('restore:aside'),
    replace: 'restore:replace',
    remove: 'clean:remove',
    syncFolder: 'restore:sync-folder',
  },
};

function throughout(step: Step): Pick<Labels, 'link' | 'replace' | 'get'> {
  return { link: step, replace: step, get: step };
}
