import type { VendorAnswer } from './vendor-answer.ts';
import type { VendorCall } from './vendor-call.ts';

/** Since when nothing can be fetched, and why. */
export type FetchFailing = { readonly since: string; readonly why: string };

/** For so long it may be a matter of the network, or of a pool of calls. */
const failing_ms = 3 * 3_600_000;

/** What is no answer about a file: nobody has answered, or nobody who would give it. */
const failures: ReadonlySet<VendorAnswer> = new Set(['unreachable', 'key_refused', 'odd']);

/** Whether the vendor has been asked for hours, and no call has told anything about a file; false where one has. Pure. */
export function fetchFailing(calls: readonly VendorCall[], now_ms: number): FetchFailing | false {
  const [failed, answered] = [calls.filter(isFailure), calls.filter((call) => !isFailure(call))];
  const lastAnswered = answered.reduce((last, { last_asked_at }) => (last_asked_at > last ? last_asked_at : last), '');
  const since = failed.filter(({ last_asked_at }) => last_asked_at > lastAnswered);
  const [newest] = since.toSorted((left, right) => (left.last_asked_at > right.last_asked_at ? -1 : 1));
  if (newest === undefined) return false;
  // Of what was asked for and answered before, only the last failure is known.
  const from = since.reduce((first, call) => {
    const began = call.first_asked_at > lastAnswered ? call.first_asked_at : call.last_asked_at;
    return began < first ? began : first;
  }, newest.last_asked_at);
  if (now_ms - Date.parse(from) < failing_ms) return false;
  return { since: from, why: newest.detail ?? newest.answer.replaceAll('_', ' ') };
}

function isFailure({ answer }: VendorCall): boolean {
  return failures.has(answer);
}
