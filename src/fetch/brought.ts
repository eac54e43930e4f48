import type { Job } from '../core/job.ts';
import type { VendorAnswer } from '../core/vendor-answer.ts';
import type { VendorBundle, VendorFile } from '../core/vendor-source.ts';
import { callOf, type Outcome } from './answers.ts';
import type { FetchContext } from './context.ts';

/** What has become of an item: what the vendor said, the jobs that import what came, and when it is asked for again. */
export type Brought = {
  readonly answer: VendorAnswer;
  readonly detail: string | null;
  readonly jobs: readonly Job[];
  /** Bytes that were downloaded. */
  readonly bytes: number;
  readonly ask_again_at: string | null;
};

/** Writes down what the vendor has said of a source. */
export async function noted(
  { log }: FetchContext,
  source: VendorFile | VendorBundle,
  outcome: Outcome,
  jobs: readonly Job[] = [],
): Promise<Brought> {
  const call = callOf(source, outcome);
  await log.vendor.noteCalls([call]);
  const { answer, detail, ask_again_at, wire_bytes } = call;
  return { answer, detail, jobs, bytes: wire_bytes ?? 0, ask_again_at };
}
