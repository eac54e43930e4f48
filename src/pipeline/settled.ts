import { GexlakeError } from '../core/errors.ts';
import type { ParquetFile } from '../core/job.ts';
import type { PipelineContext } from './context.ts';
import { recoverAbandoned } from './recovery.ts';

const pause_ms = 100;
/** Pauses between two looks at whether the one that is waited for still lives. */
const looksEvery = 10;

/**
 * The files that a job is compared or planned with, once no other job is between its intent and its commit there. Whoever is
 * waited for may be dead, and is recovered then.
 *
 * @throws LOCK_BUSY where another job does not finish within the time that a lock is waited for
 */
export async function settledFiles(
  context: PipelineContext,
  list: () => Promise<readonly ParquetFile[]>,
): Promise<readonly ParquetFile[]> {
  const { clock, limits } = context;
  const deadline_ms = clock.monotonic_ms() + limits.lock_wait_ms;
  for (let waited = 0; ; waited++) {
    const files = await list();
    const changing = files.find((file) => file.state === 'publishing' || file.superseded_by !== null);
    if (changing === undefined) return files;
    if (clock.monotonic_ms() > deadline_ms) throw doesNotFinish(changing);
    if (waited % looksEvery === 0) await recoverAbandoned(context);
    await clock.sleep(pause_ms);
  }
}

function doesNotFinish({ job_id, superseded_by }: ParquetFile): GexlakeError {
  const other = superseded_by ?? job_id;
  return new GexlakeError('LOCK_BUSY', `job ${other} is publishing into the same block and does not finish`, {
    details: { jobId: other },
    hint: `Look at it with \`gexlake jobs show ${other}\`; if it has failed, retry it first, then this job.`,
  });
}
