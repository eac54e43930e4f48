import type { Job } from '../core/job.ts';
import type { PipelineContext } from './context.ts';

/** Lets the log know every few seconds that the job is alive, as long as `act` runs. */
export async function beatWhile<T>(context: PipelineContext, job: Job, act: () => Promise<T>): Promise<T> {
  let beating: Promise<void> = Promise.resolve();
  let isBeating = false;
  const beat = async () => {
    isBeating = true;
    // A beat that fails is no reason to fail the import: the commit checks the claim itself.
    await context.log.attempts.beat(job, context.holder).catch(() => undefined);
    isBeating = false;
  };
  const timer = setInterval(() => {
    // One that still waits for a busy log is as good as the next.
    if (!isBeating) beating = beat();
  }, context.limits.heartbeat_ms);
  try {
    return await act();
  } finally {
    clearInterval(timer);
    await beating;
  }
}
