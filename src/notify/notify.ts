/*
 * The door of the room that tells people what they should know before it is too late: once for each matter, and once when it is over.
 * What is told, and to whom, is in the job log, so that no process tells it again.
 */

import { redactText } from '../core/redact.ts';
import { GexlakeError, toGexlakeError } from '../core/errors.ts';
import type { Clock } from '../core/clock.ts';
import type { NoticeTarget } from '../core/notices.ts';
import type { NoticeLog } from '../joblog/joblog.ts';
import { postOutside, type SourcePolicy } from '../source/source.ts';
import { bodyOf, type Told } from './forms.ts';
import { answeredKinds, mattersOf, type Facts } from './matters.ts';
import { settle, untold, type Message } from './settle.ts';
import { describeTarget, targetId } from './targets.ts';

export type { Facts } from './matters.ts';
export { describeTarget } from './targets.ts';

/** How long a receiver may take. */
const answer_ms = 10_000;
/** For how long somebody is still told of what has been so; who has not been reached by then reads it in the log. */
const tellFor_ms = 48 * 3_600_000;

export type NotifyContext = {
  readonly log: NoticeLog;
  readonly policy: SourcePolicy;
  readonly clock: Clock;
  readonly targets: readonly NoticeTarget[];
};

/** What came of telling one target one thing. */
export type Telling = {
  /** `slack at hooks.slack.com` */
  readonly target: string;
  readonly matter: string;
  readonly state: 'raised' | 'cleared';
  readonly error: GexlakeError | null;
};

/** Notes what is so now, and tells whoever has not heard of it. Never throws for what a receiver does. */
export async function notify(context: NotifyContext, facts: Facts): Promise<Telling[]> {
  const { log, clock, targets } = context;
  const matters = mattersOf(facts);
  const { raised, cleared } = settle(await log.open(), matters, answeredKinds(facts));
  if (raised.length > 0 || cleared.length > 0) await log.settle(raised, cleared);
  if (targets.length === 0) return [];
  const since = new Date(clock.now_ms() - tellFor_ms).toISOString();
  const messages = untold(await log.since(since), targets);
  return Promise.all(messages.map((message) => tell(context, message)));
}

async function tell(context: NotifyContext, { notice, state, target }: Message): Promise<Telling> {
  const { matter, kind, title, text, raised_at, cleared_at } = notice;
  const at = state === 'raised' ? raised_at : (cleared_at ?? raised_at);
  const error = await send(context, target, { matter, kind, state, title, text, at });
  if (error === null) await context.log.told(notice, { state, target: targetId(target) });
  return { target: describeTarget(target), matter, state, error };
}

/** Sends each target a message that says that it is a test. */
export async function notifyTest(context: NotifyContext): Promise<Telling[]> {
  const told: Told = {
    matter: 'test',
    kind: 'test',
    state: 'raised',
    title: 'gexlake can reach you',
    text: 'This is a test. You will be told what is about to be lost, and when that is over.',
    at: new Date(context.clock.now_ms()).toISOString(),
  };
  return Promise.all(
    context.targets.map(async (target): Promise<Telling> => {
      const error = await send(context, target, told);
      return { target: describeTarget(target), matter: told.matter, state: told.state, error };
    }),
  );
}

/** An operator has written the address out in full, so it is reached as it is written: also one of the own network. */
async function send({ policy }: NotifyContext, target: NoticeTarget, told: Told): Promise<GexlakeError | null> {
  const { body, headers } = bodyOf(target.form, {
    ...told,
    title: redactText(told.title),
    text: redactText(told.text),
  });
  const origin = URL.parse(target.url)?.origin;
  const named = origin === undefined ? policy : { ...policy, origins: [...policy.origins, origin] };
  try {
    const answer = await postOutside(
      { url: target.url, body: Buffer.from(body), headers, timeout_ms: answer_ms },
      named,
    );
    return answer.status >= 200 && answer.status < 300 ? null : refused(target, answer.status);
  } catch (error) {
    return withoutPath(toGexlakeError(error), target);
  }
}

function refused(target: NoticeTarget, status: number): GexlakeError {
  return undelivered(target, `it answered ${status}`);
}

/** Who has such an address can write there, so that not even its path may be shown. */
function withoutPath(error: GexlakeError, target: NoticeTarget): GexlakeError {
  const { pathname = '', host = '…' } = URL.parse(target.url) ?? {};
  const shown = error.message.replaceAll(/https?:\/\/\S+/gi, host);
  return undelivered(target, pathname.length > 1 ? shown.replaceAll(pathname, '/…') : shown);
}

function undelivered(target: NoticeTarget, why: string): GexlakeError {
  return new GexlakeError('NOTICE_UNDELIVERED', `${describeTarget(target)} could not be told: ${why}`, {
    hint: 'Check the address under [[notify]], and that this machine can reach it; `gexlake notify test` tries it.',
  });
}
