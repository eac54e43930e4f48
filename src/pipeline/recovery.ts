import type { ErrorReport } from '../core/errors.ts';
import { exists } from '../platform/files.ts';
import { isGone } from '../platform/processes.ts';
import type { PipelineContext } from './context.ts';
import { failAbandoned } from './undo.ts';

/**
 * Fails the jobs of importers of this machine that are gone, and undoes what these had published without committing it, so
 * that their blocks are free again and the jobs can be retried.
 */
export async function recoverAbandoned(context: PipelineContext): Promise<void> {
  const { folder, log, holder } = context;
  if (!(await exists(folder.history))) return;
  const owners = new Set((await log.running()).map((job) => job.owner ?? ''));
  for (const owner of owners) {
    if (!isGone(owner)) continue;
    const error: ErrorReport = {
      code: 'IMPORTER_DIED',
      message: `the importer process ${owner} is gone and left no word`,
      hint: 'Retry the job.',
    };
    for (const job of await failAbandoned(log, folder, owner, holder, error)) {
      context.onWarning(`job ${job.id} was left by an importer that is gone; retry it: gexlake jobs retry ${job.id}`);
    }
  }
}
