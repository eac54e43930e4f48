import { errorRules, type GexlakeError } from '../core/errors.ts';
import { parseEndpoint } from '../core/names.ts';
import type { VendorAnswer } from '../core/vendor-answer.ts';
import { formatVendorSource, type VendorFile } from '../core/vendor-source.ts';
import { answerOf, callOf } from './answers.ts';
import type { FetchContext } from './context.ts';
import { sessionKey, type FetchFacts } from './facts.ts';
import { outlived } from './fetch-now.ts';
import { lastNight_ms, lastSessions, lookedBack } from './schedule.ts';

/** Looks at a source again, and writes down what that has shown. */
export type LookAgain = (source: string, signal: AbortSignal) => Promise<void>;

/** After these a file is asked for once more in the same night, at the time that was noted; after any other the next night. */
const passing: ReadonlySet<VendorAnswer> = new Set(['unreachable', 'throttled', 'key_refused']);

/** What the vendor may still be asked about tonight: files of the last sessions that are here, and were not asked for since it became night. */
export function askableTonight({ pairs, here, calls, now_ms }: FetchFacts, checked: ReadonlySet<string>): VendorFile[] {
  const night_ms = lastNight_ms(now_ms);
  const files = lastSessions(lookedBack, now_ms).flatMap((date) =>
    pairs
      .filter(({ ticker, endpoint }) => here.has(sessionKey(ticker, endpoint, date)))
      .map(({ ticker, endpoint }): VendorFile => ({ kind: 'hist', ticker, endpoint: parseEndpoint(endpoint), date })),
  );
  return files.filter((file) => {
    const source = formatVendorSource(file);
    const call = calls.get(source);
    if (checked.has(source)) return false;
    if (call === undefined || Date.parse(call.last_asked_at) < night_ms) return true;
    return passing.has(call.answer) && call.ask_again_at !== null && Date.parse(call.ask_again_at) <= now_ms;
  });
}

/** The file that is next looked at again tonight: one whose published rows are those of a job that had it from `/hist`. Null for none. */
export async function nextToLookAt({ log }: FetchContext, facts: FetchFacts): Promise<VendorFile | null> {
  const night = new Date(lastNight_ms(facts.now_ms)).toISOString();
  const checked = new Set((await log.rechecks.since(night)).map(({ source }) => source));
  for (const file of askableTonight(facts, checked)) {
    const block = { ticker: file.ticker, endpoint: file.endpoint.name };
    const published = await log.rechecks.publisherOf(block, [file.date]);
    if (published?.isLatest === true && published.job.url === formatVendorSource(file)) return file;
  }
  return null;
}

/**
 * Looks at a file again, and notes what the vendor has said. What had come of it before stays noted.
 * @throws what this machine has done to it
 */
export async function lookAtAgain(
  { log, clock }: FetchContext,
  { file, facts }: { readonly file: VendorFile; readonly facts: FetchFacts },
  { lookAgain, abort }: { readonly lookAgain: LookAgain; readonly abort: AbortSignal },
): Promise<VendorAnswer> {
  const source = formatVendorSource(file);
  const known = facts.calls.get(source);
  const failed = await lookAgain(source, abort).then(() => null, outlived);
  const answer = failed === null ? 'given' : saidBy(failed, abort);
  const came = { wire_bytes: known?.wire_bytes ?? null, took_ms: known?.took_ms ?? null };
  const outcome = { answer, now_ms: clock.now_ms(), calls: known?.calls ?? 0, error: failed, ...came };
  await log.vendor.noteCalls([callOf(file, outcome)]);
  return answer;
}

/** What cannot be read although it could be once is an odd answer. @throws what is no answer of the vendor's */
function saidBy(error: GexlakeError, abort: AbortSignal): VendorAnswer {
  const answer = answerOf(error) ?? (errorRules[error.code].blame === 'input' ? 'odd' : null);
  if (answer === null || abort.aborted) throw error;
  return answer;
}
