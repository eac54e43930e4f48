import { isSessionDate } from '../core/session.ts';
import { saidName } from '../source/source.ts';
import { askForAnswer } from './ask.ts';
import type { Asking } from './options.ts';

/** What an answer says of a bundle before its bytes: its name as the API gives it, the day in that name, and its bytes; null: not said. */
export type BundleHead = {
  readonly name: string | null;
  readonly date: string | null;
  readonly size_bytes: number | null;
};

/** Asks for a bundle, and takes only the head of the answer: the API knows no other way to ask which one it has. */
export async function askForHead(ticker: string, asking: Asking): Promise<BundleHead> {
  const question = { path: `/hist/eod/${ticker}`, what: `the bundle of ${ticker}`, date: null };
  return askForAnswer(question, asking, async (answer) => {
    const [length = ''] = answer.fields('content-length');
    answer.discard();
    const name = saidName(answer.fields('content-disposition'));
    return {
      name,
      date: dayIn(name),
      size_bytes: /^\d{1,15}$/.test(length) ? Number(length) : null,
    };
  });
}

/** The day in a bundle's name; null where it has none. */
export function dayIn(name: string | null): string | null {
  const day = /(\d{4}-\d{2}-\d{2})/.exec(name ?? '')?.[1];
  return day !== undefined && isSessionDate(day) ? day : null;
}
