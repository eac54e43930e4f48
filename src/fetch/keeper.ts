import type { GexlakeError } from '../core/errors.ts';
import type { FetchItem } from '../core/fetch-plan.ts';
import type { FetchState } from '../core/fetch-state.ts';
import type { WantedPair } from '../core/subscription.ts';
import type { VendorAnswer } from '../core/vendor-answer.ts';
import type { Duty, VendorCall } from '../core/vendor-call.ts';
import { formatVendorSource, vendorSourceOf } from '../core/vendor-source.ts';
import { lookFor, ownIdentity } from '../platform/processes.ts';
import { askAllowance, unknownAllowance } from './allowed.ts';
import { answerOf, callOf, isOfKey } from './answers.ts';
import type { FetchContext } from './context.ts';
import { readFacts, type Allowed, type FetchFacts } from './facts.ts';
import { isDue, missingIn, outlived } from './fetch-now.ts';
import { lookAtAgain, nextToLookAt, type LookAgain } from './look-back.ts';
import { makePlan } from './plan.ts';
import { sweepDownloads } from './room.ts';
import { goRound } from './round.ts';
import { nextNight_ms, nextOut_ms } from './schedule.ts';

const second_ms = 1_000;
const minute_ms = 60 * second_ms;

/** How often a rest looks whether the log was written: a job that has failed may be tried again. */
const look_ms = 10 * minute_ms;
/** How long after another process was seen to have the duty, and after something has failed, it is tried again. */
const elsewhere_ms = 30 * second_ms;
const failed_ms = 5 * minute_ms;
/** How long what the key may have is believed. */
const allowance_ms = 6 * 60 * minute_ms;
/** Silence after which a process counts as gone that cannot be seen from here. */
const silent_ms = 60 * minute_ms;

export type KeeperOptions = {
  readonly pairs: readonly WantedPair[];
  readonly downloads: number;
  /** How the last sessions are looked at again; null: they are not. */
  readonly lookAgain: LookAgain | null;
  readonly onState: (state: FetchState) => void;
  /** Hears each answer of the vendor. */
  readonly onAnswer: (answer: VendorAnswer) => void;
  readonly onWarning: (message: string) => void;
};

/**
 * Gets what is wanted by itself, as long as nobody ends it. Of several processes the one does it that has the duty; it asks the log again
 * before every round, and what is due follows from the log and the clock alone.
 */
export class FetchKeeper {
  readonly #context: FetchContext;
  readonly #options: KeeperOptions;
  #state: FetchState;
  #allowed: { readonly allowed: Allowed; readonly at_ms: number } | null = null;
  #told = '';

  constructor(context: FetchContext, options: KeeperOptions) {
    this.#context = context;
    this.#options = options;
    const none = { next_at: null, problem: null, sessions_done: 0, sessions_total: 0, bytes: 0 };
    this.#state = { state: 'idle', since: this.#iso(context.clock.now_ms()), ...none };
  }

  get state(): FetchState {
    return this.#state;
  }

  /** `finish`: ends when no download is under way any more; `abort`: ends these, too. */
  async run(finish: AbortSignal, abort: AbortSignal): Promise<void> {
    const { log } = this.#context;
    while (!finish.aborted) {
      const until_ms = await this.#once(finish, abort).catch((thrown: unknown) => this.#failed(outlived(thrown)));
      await this.#restUntil(until_ms, finish);
    }
    await log.vendor.releaseDuty('fetch', ownIdentity()).catch(outlived);
  }

  /** Waits for a time; less long where the log has been written meanwhile, which is looked at now and then. */
  async #restUntil(until_ms: number, finish: AbortSignal): Promise<void> {
    const { clock, log } = this.#context;
    const before = await log.feed.signature();
    for (let looked_ms = clock.now_ms(); !finish.aborted && clock.now_ms() < until_ms;) {
      await clock.sleep(Math.min(second_ms, until_ms - clock.now_ms()));
      if (clock.now_ms() - looked_ms < look_ms) continue;
      if ((await log.feed.signature()) !== before) return;
      looked_ms = clock.now_ms();
    }
  }

  /** Does what is due, and gives when to look again. */
  async #once(finish: AbortSignal, abort: AbortSignal): Promise<number> {
    const { clock, log } = this.#context;
    const taking = { owner: ownIdentity(), isFree: (held: Duty, last: string | null) => this.#isFree(held, last) };
    if (!(await log.vendor.takeDuty('fetch', taking))) return this.#rest('elsewhere', clock.now_ms() + elsewhere_ms);
    const { pairs } = this.#options;
    const facts = await readFacts(log, { now_ms: clock.now_ms(), pairs, allowed: unknownAllowance });
    const paused_ms = pausedUntil_ms([...facts.calls.values()], facts.now_ms);
    if (paused_ms !== null) return this.#rest('paused', paused_ms);
    await sweepDownloads(this.#context);
    // Whoever wants nothing now need not know what he may have.
    const planned = dueIn(facts);
    const [first] = planned.due;
    if (first === undefined) return this.#lookBack(facts, planned, abort);
    const known = { ...facts, allowed: await this.#allowance(first, abort) };
    const allowed = dueIn(known);
    if (allowed.due.length === 0) return this.#lookBack(known, allowed, abort);
    return this.#round(known, allowed.due, { finish, abort });
  }

  /** Where nothing is missing that could be had now: looks at one of the last sessions again, if one is to be looked at tonight. */
  async #lookBack(facts: FetchFacts, { next_ms: due_ms }: Due, abort: AbortSignal): Promise<number> {
    const { clock } = this.#context;
    const { lookAgain, onAnswer } = this.#options;
    if (lookAgain === null) return this.#rest('idle', due_ms);
    const next_ms = Math.min(due_ms, nextNight_ms(facts.now_ms));
    const file = await nextToLookAt(this.#context, facts);
    if (file === null) return this.#rest('idle', next_ms);
    const source = formatVendorSource(file);
    const { hist } = await this.#allowance({ source, calls: facts.calls.get(source)?.calls ?? 0 }, abort);
    if (hist === false) return this.#rest('idle', next_ms);
    const answer = await lookAtAgain(this.#context, { file, facts }, { lookAgain, abort });
    onAnswer(answer);
    if (answer === 'unreachable') return this.#rest('idle', clock.now_ms() + failed_ms);
    // What is missing comes before the next one.
    return clock.now_ms();
  }

  async #round(
    facts: FetchFacts,
    due: readonly FetchItem[],
    ends: { readonly finish: AbortSignal; readonly abort: AbortSignal },
  ): Promise<number> {
    const { clock } = this.#context;
    const { downloads, onAnswer, pairs } = this.#options;
    const sessions_total = due.reduce((sum, { endpoints }) => sum + endpoints.length, 0);
    this.#become({ state: 'fetching', next_at: null, problem: null, sessions_done: 0, sessions_total, bytes: 0 });
    const options = { downloads, most_bytes: null, again: false, missingOf: missingIn(facts, { pairs, again: false }) };
    const { error, pausedUntil } = await goRound(
      this.#context,
      due,
      { ...options, ...ends },
      {
        onBegun: () => undefined,
        onBytes: () => undefined,
        onBrought: (item, brought) => {
          const { sessions_done, bytes } = this.#state;
          const done = { sessions_done: sessions_done + item.endpoints.length, bytes: bytes + brought.bytes };
          this.#become({ ...this.#state, ...done });
          onAnswer(brought.answer);
        },
      },
    );
    if (error !== null) return this.#failed(error);
    if (pausedUntil !== null) return this.#rest('paused', Date.parse(pausedUntil));
    // What has become of it decides what is due next.
    return clock.now_ms();
  }

  /** What the key may have; where nobody says, that is noted as what came of the first thing that would have been asked for. */
  async #allowance(first: Pick<FetchItem, 'source' | 'calls'>, abort: AbortSignal): Promise<Allowed> {
    const { clock, log } = this.#context;
    try {
      return await this.#knownAllowance(abort);
    } catch (thrown) {
      const error = outlived(thrown);
      const [answer, source] = [answerOf(error), vendorSourceOf(first.source)];
      if (answer !== null && source !== null && !abort.aborted)
        await log.vendor.noteCalls([callOf(source, { answer, calls: first.calls, now_ms: clock.now_ms(), error })]);
      throw error;
    }
  }

  async #knownAllowance(abort: AbortSignal): Promise<Allowed> {
    const now_ms = this.#context.clock.now_ms();
    const isFresh = this.#allowed !== null && Math.abs(now_ms - this.#allowed.at_ms) < allowance_ms;
    if (this.#allowed === null || !isFresh)
      this.#allowed = { allowed: await askAllowance(this.#context.openVendor(abort)), at_ms: now_ms };
    return this.#allowed.allowed;
  }

  #isFree({ owner, since }: Duty, lastAsked: string | null): boolean {
    const last_ms = Math.max(Date.parse(since), lastAsked === null ? 0 : Date.parse(lastAsked));
    const sight = lookFor(owner, last_ms);
    return sight === 'gone' || (sight === 'unseen' && this.#context.clock.now_ms() - last_ms > silent_ms);
  }

  #rest(state: 'elsewhere' | 'paused' | 'idle', until_ms: number): number {
    const next_at = this.#iso(until_ms);
    this.#become({ ...this.#state, state, next_at: state === 'elsewhere' ? null : next_at, problem: null });
    return until_ms;
  }

  #failed({ code, message }: GexlakeError): number {
    const until_ms = this.#context.clock.now_ms() + failed_ms;
    if (code === 'INTERRUPTED') return until_ms;
    if (this.#told !== message) this.#options.onWarning(`fetching: ${message} [${code}]`);
    this.#told = message;
    this.#become({ ...this.#state, state: 'failing', next_at: this.#iso(until_ms), problem: code });
    return until_ms;
  }

  #become(next: Omit<FetchState, 'since'>): void {
    const isSame = next.state === this.#state.state;
    if (next.state === 'idle') this.#told = '';
    this.#state = { ...next, since: isSame ? this.#state.since : this.#iso(this.#context.clock.now_ms()) };
    this.#options.onState(this.#state);
  }

  #iso(at_ms: number): string {
    return new Date(at_ms).toISOString();
  }
}

/** Until when the last answer that was about the key itself lets nothing be asked; null where it does not. */
function pausedUntil_ms(calls: readonly VendorCall[], now_ms: number): number | null {
  const last = calls.reduce<VendorCall | null>(
    (newest, call) => (newest === null || call.last_asked_at > newest.last_asked_at ? call : newest),
    null,
  );
  if (last === null || !isOfKey(last.answer) || last.ask_again_at === null) return null;
  const until_ms = Date.parse(last.ask_again_at);
  return until_ms > now_ms ? until_ms : null;
}

const patiently = { from: null, to: null, again: false, isPatient: true } as const;

/** What is due now, and when there is something to do next, or to look for. */
type Due = { readonly due: readonly FetchItem[]; readonly next_ms: number };

function dueIn(facts: FetchFacts): Due {
  const { items } = makePlan(facts, patiently);
  const { now_ms } = facts;
  const next_ms = Math.min(...items.map(({ due_at }) => Date.parse(due_at)), nextOut_ms(now_ms));
  return { due: items.filter((item) => isDue(item, now_ms)), next_ms };
}
