import { unlessDefect } from '../../core/defects.ts';
import type { ImportResult } from '../../core/job.ts';
import { acquireSource, type AcquiredSource } from '../acquire-source.ts';
import type { Attempt, SourceLeft } from '../attempt.ts';
import { withCheckEngine } from '../engine.ts';
import { holdsSecret } from '../leaked.ts';
import { endedAsEqual, keepStaged } from './endings.ts';
import { publishNew, type Publishing } from './publish-new.ts';
import { checkRecords, loadRecords, type Loaded } from './records.ts';

const plainly: Publishing = { only: null, notices: (notices) => notices, confirm: async () => [] };

/** An import: a source whose rows are published beside those of others. */
export async function importSource(attempt: Attempt): Promise<ImportResult> {
  const loaded = await loadAcquired(attempt);
  if ('ended' in loaded) return loaded.ended;
  return withCheckEngine(attempt.context, attempt.job, async (engine) => {
    const checked = await checkRecords(attempt, engine, loaded);
    return attempt.job.publish ? publishNew(attempt, { engine, checked }, plainly) : keepStaged(attempt, checked);
  });
}

/** Acquires and loads the source of a job; `ended` where another has brought its bytes. */
export async function loadAcquired(attempt: Attempt): Promise<Loaded | { readonly ended: ImportResult }> {
  const source = await acquireSource(attempt.context, attempt.job, attempt.workFolder);
  if (source.kind === 'equal') return { ended: endedAsEqual(attempt.job, source) };
  attempt.trail.leaveSource = async ({ code }) =>
    // Whoever has taken the job over needs its source.
    code !== 'JOB_TAKEN_OVER' && (await discardLeaked(source)) ? nothingKept : staged(source);
  return loadRecords(attempt, source);
}

const nothingKept: SourceLeft = { stagedPath: null, keepsSource: false };

async function staged(source: AcquiredSource): Promise<SourceLeft> {
  // Staging that has failed is what the attempt fails with.
  return { stagedPath: await source.staged.catch(unlessDefect(null)), keepsSource: true };
}

/** Removes the staged copy of what is no data but holds a secret, such as the answer with a signed URL; true where it did. */
async function discardLeaked(source: AcquiredSource): Promise<boolean> {
  if (!(await holdsSecret(source.path))) return false;
  const unstaged = source.unstage().then(() => true);
  // One that cannot be removed stays staged, and the log says where.
  return unstaged.catch(unlessDefect(false));
}
