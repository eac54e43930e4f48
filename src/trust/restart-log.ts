import { makeSnapshot } from '../backup/backup.ts';
import { GexlakeError } from '../core/errors.ts';
import { asidePath, keptFolders } from '../core/kept-places.ts';
import { makePlan, type Plan, type PlannedAction } from '../core/plan.ts';
import type { StoredPath } from '../core/stored-path.ts';
import { noHash } from '../journal/journal.ts';
import { runPlan, type Ask, type GovernContext, type PlanReport } from '../maintenance/maintenance.ts';
import { exists, sizeOf } from '../platform/files.ts';
import { sizeOfFolder } from '../platform/listing.ts';

export type RestartAction = PlannedAction & { readonly action: 'snapshot' | 'keep aside' | 'begin' };

export type RestartReport = PlanReport<RestartAction> & {
  /** The path of the snapshot that was made before, relative to the data folder. */
  readonly snapshot: string | null;
  /** Where what is left of the journal before is kept. */
  readonly aside: string | null;
  readonly notes: readonly string[];
};

/** What is known of a journal, however damaged it is. */
type Known = { readonly head: string; readonly size: number; readonly lacks: number };

const ofJournal = new Set<string>(['JOURNAL_DAMAGED', 'LOG_ROLLED_BACK', 'LOG_FORKED']);

/** What `act` gives; `instead` where the journal is not what it should be. */
async function unlessJournal<T>(act: () => Promise<T>, instead: T): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (error instanceof GexlakeError && ofJournal.has(error.code)) return instead;
    throw error;
  }
}

/**
 * The way out where a journal is lost or damaged: saves the databases, keeps what is left of the journal aside, and begins a new one with
 * all rows of the log, whose first entry names the last root that is known of the one before. What only that one proved is not claimed any more.
 * @throws DATABASE_DAMAGED where there is no log to begin one from
 */
export async function restartLog(context: GovernContext, ask: Ask, reason: string): Promise<RestartReport> {
  const { folder, store, log } = context;
  const known = await whatIsKnown(context);
  const isThere = await exists(folder.journal);
  const aside = await freeAside(context, known);
  const plan = await planRestart(context, aside);
  let snapshot: string | null = null;
  const report = await runPlan(plan, ask, async () => {
    snapshot =
      (await makeSnapshot(context, 'before the journal was begun anew', { lenient: true, withJournal: false }))?.path ??
      null;
    await log.whole.restart({
      reason,
      actor: context.actor,
      putAside: async () => {
        // A crash right here leaves a log whose journal is gone: the next command that writes begins one.
        if (isThere) await store.move(keptFolders.journal, aside, { purpose: 'restore' });
      },
    });
  });
  return {
    ...report,
    snapshot,
    aside: isThere ? aside : null,
    notes: notesOf(known),
  };
}

async function planRestart({ folder }: GovernContext, aside: StoredPath): Promise<Plan<RestartAction>> {
  if (!(await exists(folder.history)))
    throw new GexlakeError('DATABASE_DAMAGED', `${folder.history} is not there, so no journal can be begun from it`, {
      details: { path: folder.history },
      hint: 'Restore a snapshot, which has a journal with it (`gexlake restore`), or make the log from the files: `gexlake restore --rebuild-log`.',
    });
  const bytes = await sizeOf(folder.history);
  const actions: RestartAction[] = [
    {
      action: 'snapshot',
      path: 'gex_history.db',
      bytes,
      reversible: true,
      reason: 'saved before, without the journal',
    },
  ];
  if (await exists(folder.journal)) {
    const why = `kept as ${aside}; old proofs and checkpoints are of this one`;
    actions.push({
      action: 'keep aside',
      path: keptFolders.journal,
      bytes: await sizeOfFolder(folder.journal),
      reversible: true,
      reason: why,
    });
  }
  const why = 'with all rows of the log as it is; nothing is claimed any more of how they came there';
  actions.push({ action: 'begin', path: keptFolders.journal, bytes, reversible: false, reason: why });
  return makePlan(actions);
}

async function whatIsKnown({ log }: GovernContext): Promise<Known> {
  const applied = await log.whole.applied();
  const end = await unlessJournal(() => log.whole.journal.position(), { size: 0, head: noHash });
  const { size, head } = applied ?? end;
  return { size, head, lacks: Math.max(0, end.size - size) };
}

/** A name that says how far the journal went, so that a plan keeps it. */
async function freeAside({ store }: GovernContext, { size, head }: Known): Promise<StoredPath> {
  for (let count = 1; ; count++) {
    const path = asidePath(`log-${size}-${head.slice(0, 12)}${count === 1 ? '' : `-${count}`}`);
    if ((await store.stat(path)) === null) return path;
  }
}

function notesOf({ lacks }: Known): string[] {
  const notes = [
    'edits of the log from before the new journal are not seen any more, and proofs that old entries are in it are of the one that is kept aside',
  ];
  if (lacks > 0)
    notes.push(
      `the journal has ${lacks} entries that the log may lack: what can be read of them is brought into it first, the rest is kept aside only`,
    );
  return notes;
}
