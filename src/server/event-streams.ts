import type { App } from '../app/app.ts';
import { GexlakeError } from '../core/errors.ts';
import type { FetchState } from '../core/fetch-state.ts';
import type { Job, JobEvent, Progress } from '../core/job.ts';
import type { Limits } from '../core/limits.ts';
import type { JobMirror } from './job-mirror.ts';
import { toShownEvent, toShownJob } from './job-view.ts';

const heartbeat_ms = 15_000;
/** At most four times a second for each job. */
const progressPause_ms = 250;
/** Most events that a client may have missed and still gets one by one; beyond that it starts from a snapshot. */
const mostMissed = 1_000;
/** Bytes that a client may leave unread before it is let go; it resumes where it was. */
const unreadLimit_bytes = 1024 ** 2;
/** Newest jobs in a snapshot, beside those that wait or run. */
const snapshotJobs = 50;
const snapshotOpenJobs = 200;

/** Says that the log is another one: what a client knows of jobs does not hold, and what follows is a snapshot. */
const replaced = 'event: replaced\ndata: {}\n\n';

/** The sending half of a client's connection. */
export type Sink = {
  readonly write: (text: string) => void;
  readonly unread_bytes: () => number;
  readonly end: () => void;
};

type Stream = { readonly sink: Sink; last: number };

/**
 * Everybody who follows what happens (server-sent events). An event's id is its number in the log, so that a client can go on
 * where it was, even when the service has been started anew in between.
 */
export class EventStreams {
  readonly #app: App;
  readonly #mirror: JobMirror;
  readonly #limits: Pick<Limits, 'event_clients' | 'event_clients_each'>;
  /** How many streams each client has, those that are just being opened among them. */
  readonly #byClient = new Map<string, number>();
  readonly #streams = new Set<Stream>();
  readonly #progressed_ms = new Map<string, number>();
  #fetching: { readonly state: FetchState['state']; readonly told_ms: number } | null = null;
  readonly #heartbeat: NodeJS.Timeout;
  /** Numbers up to this one were given out for another log than the present one, since this process runs; and how many logs it has seen. */
  #lastBefore = 0;
  #logs = 1;
  #isClosed = false;

  constructor(app: App, mirror: JobMirror, limits: Limits) {
    this.#app = app;
    this.#mirror = mirror;
    this.#limits = limits;
    mirror.listen((jobs, events) => this.#tell(jobs, events));
    mirror.onReplaced((lastBefore) => this.#startAgain(lastBefore));
    this.#heartbeat = setInterval(() => this.#broadcast(': still here\n\n'), heartbeat_ms);
    this.#heartbeat.unref();
  }

  /** Lets a client in, or not; gives what lets it go again. @throws TOO_MANY_CLIENTS, SHUTTING_DOWN */
  enter(client: string): () => void {
    if (this.#isClosed) throw new GexlakeError('SHUTTING_DOWN', 'the service is about to stop');
    const { event_clients, event_clients_each } = this.#limits;
    const own = this.#byClient.get(client) ?? 0;
    if (own >= event_clients_each)
      throw tooMany(`this client follows the events ${own} times already`, 'event_clients_each');
    const all = this.#byClient.values().reduce((sum, count) => sum + count, 0);
    if (all >= event_clients) throw tooMany(`${all} clients follow the events already`, 'event_clients');
    this.#byClient.set(client, own + 1);
    return () => {
      const left = (this.#byClient.get(client) ?? 1) - 1;
      if (left === 0) this.#byClient.delete(client);
      else this.#byClient.set(client, left);
    };
  }

  /** Begins with a snapshot, or with what was missed since event number `after`. Gives what ends it. */
  async open(sink: Sink, after: number | null): Promise<() => void> {
    const stream: Stream = { sink, last: this.#mirror.last };
    const logs = this.#logs;
    const isOfAnother = after !== null && (after > stream.last || after <= this.#lastBefore);
    const missed = after === null || isOfAnother ? null : await this.#missed(after, stream.last);
    sink.write('retry: 2000\n\n');
    if (missed === null) sink.write((isOfAnother ? replaced : '') + this.#snapshot(stream.last));
    else for (const event of missed) sink.write(this.#toMessage(event, this.#mirror.job(event.job_id)));
    // What was noted while the missed events were read.
    while (this.#mirror.last > stream.last) {
      const newer = await this.#app.eventsAfter(stream.last, this.#mirror.last);
      for (const event of newer) sink.write(this.#toMessage(event, this.#mirror.job(event.job_id)));
      stream.last = newer.at(-1)?.number ?? this.#mirror.last;
    }
    if (logs !== this.#logs) this.#beginAgain(stream);
    if (this.#isClosed) sink.end();
    else this.#streams.add(stream);
    return () => this.#streams.delete(stream);
  }

  onProgress(progress: Progress): void {
    if (this.#streams.size === 0) return;
    const now_ms = performance.now();
    const before_ms = this.#progressed_ms.get(progress.job_id);
    if (before_ms !== undefined && now_ms - before_ms < progressPause_ms) return;
    this.#progressed_ms.set(progress.job_id, now_ms);
    this.#broadcast(`event: progress\ndata: ${JSON.stringify(progress)}\n\n`);
  }

  /** How fetching by itself gets on, at most four times a second while nothing but its figures changes. */
  onFetch(state: FetchState): void {
    const now_ms = performance.now();
    const isSame = state.state === this.#fetching?.state;
    if (isSame && now_ms - (this.#fetching?.told_ms ?? 0) < progressPause_ms) return;
    this.#fetching = { state: state.state, told_ms: now_ms };
    this.#broadcast(`event: fetch\ndata: ${JSON.stringify(state)}\n\n`);
  }

  onEnd(jobId: string): void {
    this.#progressed_ms.delete(jobId);
  }

  /** Ends all streams, and lets nobody in any more. */
  close(): void {
    this.#isClosed = true;
    clearInterval(this.#heartbeat);
    for (const { sink } of this.#streams) {
      sink.write('event: closing\ndata: {}\n\n');
      sink.end();
    }
    this.#streams.clear();
  }

  /** The events that a client has missed; null where there are too many. */
  async #missed(after: number, last: number): Promise<JobEvent[] | null> {
    return last - after > mostMissed ? null : this.#app.eventsAfter(after, last);
  }

  /** Another log has taken the place of the one that is followed: its events are counted anew. */
  #startAgain(lastBefore: number): void {
    this.#logs += 1;
    // Whoever comes back with such a number may mean either log.
    this.#lastBefore = Math.max(this.#lastBefore, lastBefore);
    for (const stream of this.#streams) this.#beginAgain(stream);
  }

  #beginAgain(stream: Stream): void {
    stream.last = this.#mirror.last;
    this.#send(stream, replaced + this.#snapshot(stream.last));
  }

  #snapshot(last: number): string {
    const open = (['started', 'pending'] as const).flatMap((status) =>
      this.#mirror.list({ status }, null, snapshotOpenJobs),
    );
    const chosen = new Map([...this.#mirror.list({}, null, snapshotJobs), ...open].map((job) => [job.id, job]));
    const jobs = [...chosen.values()].map((job) => toShownJob(job));
    const counts = Object.fromEntries(this.#mirror.counts);
    return `id: ${last}\nevent: snapshot\ndata: ${JSON.stringify({ jobs, counts })}\n\n`;
  }

  #tell(jobs: readonly Job[], events: readonly JobEvent[]): void {
    if (this.#streams.size === 0) return;
    const byId = new Map(jobs.map((job) => [job.id, job]));
    const messages = events.map((event) => ({
      number: event.number,
      text: this.#toMessage(event, byId.get(event.job_id)),
    }));
    for (const stream of this.#streams) {
      const text = messages.filter(({ number }) => number > stream.last).map((message) => message.text);
      if (text.length > 0) this.#send(stream, text.join(''));
      stream.last = Math.max(stream.last, messages.at(-1)?.number ?? 0);
    }
  }

  #toMessage(event: JobEvent, job: Job | undefined): string {
    const shown = job === undefined ? null : toShownJob(job);
    const data = { event: { number: event.number, ...toShownEvent(event) }, job: shown };
    return `id: ${event.number}\nevent: job\ndata: ${JSON.stringify(data)}\n\n`;
  }

  #broadcast(text: string): void {
    for (const stream of this.#streams) this.#send(stream, text);
  }

  /** A client that reads too slowly is let go rather than kept in memory. */
  #send(stream: Stream, text: string): void {
    stream.sink.write(text);
    if (stream.sink.unread_bytes() <= unreadLimit_bytes) return;
    this.#streams.delete(stream);
    stream.sink.end();
  }
}

function tooMany(problem: string, limit: string): GexlakeError {
  return new GexlakeError('TOO_MANY_CLIENTS', problem, { hint: `Close one of them, or raise the limit ${limit}.` });
}
