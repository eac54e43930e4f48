import type { Question, Reply } from './ask.ts';
import { told, withoutKey } from './ask.ts';
import type { Asking } from './options.ts';
import { refused } from './refused.ts';

/** All tickers that there is history of, by their kinds. */
export type Tickers = {
  readonly stocks: readonly string[];
  readonly indexes: readonly string[];
  readonly futures: readonly string[];
};

/** The link in an answer: `{"url":"…"}`, or where it leads on to. */
export function linkIn(reply: Reply, question: Question, options: Asking): URL {
  const text = 'location' in reply ? reply.location : objectIn(reply, question, options)['url'];
  const url = typeof text === 'string' ? URL.parse(text, options.settings.url) : null;
  if (url === null) throw odd('it has no link', question, options);
  return url;
}

export function objectIn(reply: Reply, question: Question, options: Asking): Readonly<Record<string, unknown>> {
  const value = valueIn(reply, question, options);
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw odd('it is no object', question, options);
  // An object that JSON.parse made has string keys only.
  return value as Readonly<Record<string, unknown>>;
}

export function textsIn(value: unknown, question: Question, options: Asking): readonly string[] {
  if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value;
  throw odd('it is no list of words', question, options);
}

export function valueIn(reply: Reply, question: Question, options: Asking): unknown {
  if ('value' in reply) return reply.value;
  throw odd(`it leads on to ${new URL(reply.location, options.settings.url).host}`, question, options);
}

function odd(said: string, question: Question, options: Asking) {
  return refused({ status: 200, said: withoutKey(said, options) }, told(question, options, null));
}
