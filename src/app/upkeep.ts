import { toGexlakeError } from '../core/errors.ts';
import type { ImportListener, ImportRun, Interrupts } from '../pipeline/pipeline.ts';
import type { GovernContext } from '../maintenance/maintenance.ts';
import { Pruner } from '../retention/retention.ts';
import { MassImports } from '../backup/backup.ts';

/** Work that is about to be done: how many jobs at once, and whether it goes on until it is interrupted. */
export type Work = { readonly jobs: number; readonly watch: boolean };

/**
 * Surrounds a run of imports by what the data folder needs: a snapshot before a mass import, which does not begin without one, also
 * where its jobs come while the run goes on, and
 * retention afterwards, in a run that keeps going after its results, too. Retention that fails is a warning.
 */
export async function withUpkeep(
  context: GovernContext,
  work: Work,
  listener: ImportListener,
  interrupts: Interrupts,
  run: (listener: ImportListener) => Promise<ImportRun>,
): Promise<ImportRun> {
  // Nothing can be old enough in a folder that is just being made.
  const isNew = context.staged_days > 0 && !(await context.log.whole.isThere());
  const massImports = new MassImports(context, listener.onWarning);
  try {
    await massImports.before(work.jobs, null);
  } catch (thrown) {
    return { results: [], error: toGexlakeError(thrown), interrupted: false };
  }
  const pruner = new Pruner(context, listener.onWarning, interrupts.finish);
  const onResult: ImportListener['onResult'] = (result) => {
    listener.onResult(result);
    if (work.watch) pruner.poke();
  };
  const onMany = (jobs: number, since: string | null) => massImports.before(jobs, since);
  const done = await run({ ...listener, onResult, onMany });
  if (done.results.length > 0 && !isNew) pruner.poke();
  await pruner.settled();
  return done;
}
