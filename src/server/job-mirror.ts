import { unlessDefect } from '../core/defects.ts';
import type { App, Changes, JobDetails } from '../app/app.ts';
import { toGexlakeError, type GexlakeError } from '../core/errors.ts';
import { jobStatuses, type Job, type JobEvent, type JobKind, type JobStatus } from '../core/job.ts';

/** How often the log's file is looked at. Only when it has changed is it opened, and not more often than the next number says. */
const lookPause_ms = 100;
const readPause_ms = 250;

/** After this long it is opened although its file looks the same. */
const longestPause_ms = 30_000;

export type JobFilter = {
  readonly status?: JobStatus | undefined;
  readonly kind?: JobKind | undefined;
  readonly ticker?: string | undefined;
  readonly endpoint?: string | undefined;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
};

/** Most jobs whose details are kept; those of others are read from the log. */
const detailsKept = 2_000;

/** A place between two jobs of the list. */
export type Place = { readonly created_at: string; readonly id: string };

/** Hears the jobs that have changed and what happened to them, oldest event first. */
export type ChangeListener = (jobs: readonly Job[], events: readonly JobEvent[]) => void;

/**
 * The jobs of the log, in memory. The log has one lock for all processes and opening it takes 15 ms: a hundred clients that read
 * lists would keep importers from it. So they read here; the log's file is looked at ten times a second and opened only when
 * somebody has written it, four times a second at most. A job takes about 1 kB.
 */
export class JobMirror {
  readonly #app: App;
  readonly #jobs = new Map<string, Job>();
  /** In the order of the log: by time, then id. */
  #order: Job[] = [];
  /** All about the jobs that were asked about or have changed last, the latest at the end. The feed keeps them right. */
  readonly #details = new Map<string, JobDetails>();
  readonly #counts = new Map<JobStatus, number>(jobStatuses.map((status) => [status, 0]));
  readonly #listeners = new Set<ChangeListener>();
  /** Hear when the log has become another one, and all is known anew. */
  readonly #onReplaced = new Set<(lastBefore: number) => void>();
  #last = 0;
  #mark = '';
  #updated_at = '';
  #signature = '';
  /** The file that was read last. */
  #file = '';
  #read_ms = 0;
  #refreshing: Promise<void> | null = null;
  #problem: GexlakeError | null = null;
  #timer: NodeJS.Timeout | null = null;
  #isStopped = false;

  constructor(app: App) {
    this.#app = app;
  }

  /** Reads the whole log once, and follows it from there on. */
  async start(): Promise<void> {
    await this.refresh();
    if (this.#problem !== null) throw this.#problem;
    this.#lookLater();
  }

  #lookLater(): void {
    if (this.#isStopped) return;
    this.#timer = setTimeout(() => void this.#lookAndRefresh().then(() => this.#lookLater()), lookPause_ms);
  }

  stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#isStopped = true;
    this.#listeners.clear();
    this.#onReplaced.clear();
  }

  /** Why the log could not be read the last time; null where it could. */
  get problem(): GexlakeError | null {
    return this.#problem;
  }

  /** The number of the newest event that is known. */
  get last(): number {
    return this.#last;
  }

  get counts(): ReadonlyMap<JobStatus, number> {
    return this.#counts;
  }

  job(id: string): Job | undefined {
    return this.#jobs.get(id);
  }

  details(id: string): JobDetails | undefined {
    return this.#details.get(id);
  }

  /** The newest jobs that match, newest first, older than a place where one is given. */
  list(filter: JobFilter, before: Place | null, limit: number): Job[] {
    const found: Job[] = [];
    const start = before === null ? this.#order.length : this.#indexOf(before);
    for (let at = start - 1; at >= 0 && found.length < limit; at--) {
      const job = this.#order[at];
      if (job !== undefined && matches(job, filter)) found.push(job);
    }
    return found;
  }

  /** When the last import was completed. */
  lastCompleted(): string | null {
    let last: string | null = null;
    for (const { status, finished_at } of this.#order)
      if (status === 'completed' && finished_at !== null && (last === null || finished_at > last)) last = finished_at;
    return last;
  }

  /** When the last import of each ticker was completed. */
  lastCompletedByTicker(): ReadonlyMap<string, string> {
    const last = new Map<string, string>();
    for (const { status, ticker, finished_at } of this.#order) {
      if (status !== 'completed' || ticker === null || finished_at === null) continue;
      if (finished_at > (last.get(ticker) ?? '')) last.set(ticker, finished_at);
    }
    return last;
  }

  /** Gives what takes the listener away again. */
  listen(listener: ChangeListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Calls back when another log has taken the place of this one, with the number of the newest event that was known until then. */
  onReplaced(listener: (lastBefore: number) => void): void {
    this.#onReplaced.add(listener);
  }

  /** Takes in jobs that this process has just written, so that whoever wrote them finds them at once. */
  take(jobs: readonly Job[]): void {
    for (const job of jobs) {
      this.#put(job);
      // What is known of it is from before.
      this.#details.delete(job.id);
    }
  }

  /** Takes in all about a job, as this process has just read or written it. */
  takeDetails(details: JobDetails): void {
    const { id, updated_at } = details.job;
    this.#put(details.job);
    const known = this.#details.get(id);
    if (known !== undefined && known.job.updated_at > updated_at) return;
    this.#details.delete(id);
    this.#details.set(id, details);
    const [oldest] = this.#details.keys();
    if (this.#details.size > detailsKept && oldest !== undefined) this.#details.delete(oldest);
  }

  /** Brings the mirror up to date; at most one reading is under way. */
  async refresh(): Promise<void> {
    this.#refreshing ??= this.#read().finally(() => (this.#refreshing = null));
    return this.#refreshing;
  }

  async #lookAndRefresh(): Promise<void> {
    const signature = await this.#app.logSignature().catch(unlessDefect(''));
    const age_ms = performance.now() - this.#read_ms;
    if (age_ms < readPause_ms) return;
    const isOld = age_ms > longestPause_ms;
    if (signature !== this.#signature || isOld || this.#problem !== null) await this.refresh();
  }

  async #read(): Promise<void> {
    try {
      // Before the log is read: what is written while it is read will be seen by the next look.
      this.#signature = await this.#app.logSignature();
      const file = fileOf(this.#signature);
      const isFirst = this.#updated_at === '';
      const isSameFile = file === this.#file;
      const position = { last: this.#last, mark: this.#mark, updated_at: this.#updated_at };
      const changes = await this.#app.changesSince(isFirst || !isSameFile ? null : position);
      if (!isFirst && (changes.isAnother || !isSameFile)) this.#replace(changes);
      else this.#apply(changes);
      this.#file = file;
      this.#problem = null;
    } catch (error) {
      this.#problem = toGexlakeError(error);
    }
    this.#read_ms = performance.now();
  }

  /** Another log has taken this one's place, from a backup or made again: nothing of what was known holds. */
  #replace(changes: Changes): void {
    const lastBefore = this.#last;
    this.#forget();
    this.#apply(changes);
    for (const tell of this.#onReplaced) tell(lastBefore);
    for (const listener of this.#listeners) listener([], []);
  }

  #apply({ jobs, events, details, last, mark }: Changes): void {
    for (const job of jobs) this.#put(job);
    for (const one of details) this.takeDetails(one);
    this.#last = last;
    this.#mark = mark;
    if (this.#updated_at === '') this.#updated_at = new Date(0).toISOString();
    const changed = new Set(events.map((event) => event.job_id));
    const told = jobs.filter((job) => changed.has(job.id));
    if (events.length > 0) for (const listener of this.#listeners) listener(told, events);
  }

  #forget(): void {
    this.#jobs.clear();
    this.#details.clear();
    this.#order = [];
    for (const status of jobStatuses) this.#counts.set(status, 0);
    this.#updated_at = '';
  }

  #put(job: Job): void {
    const known = this.#jobs.get(job.id);
    if (known !== undefined && known.updated_at > job.updated_at) return;
    if (job.updated_at > this.#updated_at) this.#updated_at = job.updated_at;
    const at = this.#indexOf(job);
    if (known === undefined) this.#order.splice(at, 0, job);
    else this.#order[at] = job;
    this.#jobs.set(job.id, job);
    if (known !== undefined) this.#count(known.status, -1);
    this.#count(job.status, 1);
  }

  #count(status: JobStatus, change: number): void {
    this.#counts.set(status, (this.#counts.get(status) ?? 0) + change);
  }

  /** The index of a place, or where a job with it belongs. */
  #indexOf(place: Place): number {
    let [low, high] = [0, this.#order.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      const job = this.#order[middle];
      if (job !== undefined && isBefore(job, place)) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** The log's file itself in its signature: by its inode, which writing does not change and putting another in its place does. */
function fileOf(signature: string): string {
  return signature.split(':', 1)[0] ?? '';
}

function isBefore(left: Place, right: Place): boolean {
  return left.created_at === right.created_at ? left.id < right.id : left.created_at < right.created_at;
}

function matches(job: Job, { status, kind, ticker, endpoint, from, to }: JobFilter): boolean {
  if (status !== undefined && job.status !== status) return false;
  if (kind !== undefined && job.kind !== kind) return false;
  if (ticker !== undefined && job.ticker !== ticker) return false;
  if (endpoint !== undefined && job.endpoint !== endpoint) return false;
  if (from === undefined && to === undefined) return true;
  if (job.session_date === null) return false;
  return (from === undefined || job.session_date >= from) && (to === undefined || job.session_date <= to);
}
