import type { Job } from '../core/job.ts';
import type { PipelineContext } from './context.ts';

/** Lets the log know every few seconds that the job is alive, as long as `act` runs. */
export async function beatWhile<T>(context: PipelineContext, job: Job, act: () => Promise<T>): Promise<T> {
  let beating: Promise<void> | null = null;
  const beat = async () => {
    // A beat that fails is no reason to fail the import: the commit checks the claim itself.
    await context.log.beat(job, context.holder).catch(() => undefined);
    beating = null;
  };
  const timer = setInterval(() => {
    // One that waits for a busy log is as good as the next.
    beating ??= beat();
  }, context.limits.heartbeat_ms);
  try {
    return await act();
  } finally {
    clearInterval(timer);
    if (beating !== null) await beating;
  }
}
