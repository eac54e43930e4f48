import { join } from 'node:path';
import { makePlan, type PlannedAction } from '../core/plan.ts';
import type { DataFolder } from '../core/data-folder.ts';
import { keptFolders } from '../core/kept-places.ts';
import { exists, factsOf, modeOf } from '../platform/files.ts';
import { listFiles, listFolders } from '../platform/listing.ts';
import { giveMode } from '../platform/work-files.ts';
import { noteOf, type Note } from '../core/problem.ts';
import type { GovernContext } from './context.ts';
import { runPlan, type Ask, type PlanReport } from './run-plan.ts';

/** Where databases and copies of them lie. */
const names = ['gex_history.db', 'gex_data.db'].flatMap((name) => [name, `${name}.wal`]);

/** Something of the data folder that more people may use than the settings say. */
type Open = { readonly path: string; readonly mode: number; readonly wanted: number };

export type TightenAction = PlannedAction & { readonly action: 'tighten' };

/** The databases, their copies in `backups/`, the journals and the data folder itself, where they are open to more than they should be. */
async function findOpen({ folder, log_mode }: GovernContext): Promise<Open[]> {
  const copies = (await listFiles(folder.backups)).filter((path) => /(?:^|\/)gex_\w+\.db(?:\.wal)?$/.test(path));
  const found: Open[] = [];
  for (const path of [...names, ...copies.map((copy) => `${keptFolders.backups}/${copy}`)]) {
    const facts = await factsOf(join(folder.root, path));
    if (facts === null || !facts.isFile) continue;
    const wanted = facts.mode & log_mode;
    if (wanted !== facts.mode) found.push({ path, mode: facts.mode, wanted });
  }
  for (const path of await journalFolders(folder)) {
    const mode = await modeOf(join(folder.root, path));
    if ((mode & 0o077) !== 0) found.push({ path, mode, wanted: mode & 0o700 });
  }
  const mode = (await exists(folder.root)) ? await modeOf(folder.root) : 0;
  if ((mode & 0o007) !== 0) found.push({ path: '.', mode, wanted: mode & ~0o007 });
  return found;
}

/** The folders of the journal and of its copies, which are for nobody but their owner. */
async function journalFolders({ root, backups }: DataFolder): Promise<string[]> {
  const snapshots = (await listFolders(backups)).map((name) => `${keptFolders.backups}/${name}/${keptFolders.journal}`);
  const found: string[] = [];
  for (const path of [keptFolders.journal, ...snapshots]) if (await exists(join(root, path))) found.push(path);
  return found;
}

/** A note where something is open, one for all of it. */
export async function openModes(context: GovernContext): Promise<Note[]> {
  const open = await findOpen(context);
  const [first] = open;
  if (first === undefined) return [];
  const more = open.length === 1 ? '' : ` and ${open.length - 1} more`;
  const what = `${first.path === '.' ? 'the data folder' : first.path} (${octal(first.mode)})${more}`;
  const allowed = `log_mode allows ${octal(context.log_mode)}, the journal nobody but its owner, and the data folder nobody but its group`;
  return [noteOf('MODES_OPEN', { path: first.path }, `open to more users than they should be: ${what}; ${allowed}`)];
}

/** Plans or does what takes rights away that are too many. No right is ever added. */
export async function tighten(context: GovernContext, ask: Ask): Promise<PlanReport<TightenAction>> {
  const open = await findOpen(context);
  const actions = open.map(({ path, mode, wanted }): TightenAction => {
    const reason = `has mode ${octal(mode)}, gets ${octal(wanted)}`;
    return { action: 'tighten', path, bytes: 0, reversible: true, reason };
  });
  return runPlan(makePlan(actions), ask, async () => {
    for (const { path, wanted } of open) await giveMode('govern:write', join(context.folder.root, path), wanted);
  });
}

function octal(mode: number): string {
  return mode.toString(8).padStart(4, '0');
}
