/*
 * The door of the room with what looking after a data folder needs everywhere: its context, plans that are printed or done, the trash, the disk.
 */

export { clockDoubt, mustTellAges } from './clock.ts';
export type { GovernContext } from './context.ts';
export { beginOn, keepsModes, modelessNote } from './disk-notes.ts';
export { examine, type DoctorReport } from './doctor.ts';
export { Lookout, type Sighting } from './lookout.ts';
export { namedSources } from './named-sources.ts';
export { openModes, tighten, type TightenAction } from './open-modes.ts';
export { withPlanningFolder, withPrivateFolder } from './private-folder.ts';
export { runPlan, type Ask, type PlanReport } from './run-plan.ts';
export { bringIntoTrash, emptyTrash, isTrashDue, keepInTrash, listTrash, moveToTrash } from './trash.ts';
