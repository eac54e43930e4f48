import type { Clock } from '../core/clock.ts';
import type { Job } from '../core/job.ts';
import type { Limits } from '../core/limits.ts';
import { lookFor, ownIdentity, type Sight } from '../platform/processes.ts';

/** What is seen of the process that has, or last had, a job. */
export function sightOf(job: Job): Sight {
  return job.owner === null ? 'gone' : lookFor(job.owner, lastSign_ms(job));
}

function lastSign_ms({ heartbeat_at }: Job): number | null {
  return heartbeat_at === null ? null : Date.parse(heartbeat_at);
}

/** What the log has said of a job since when, by a clock that nobody sets; and whether it has changed while it was watched. */
type Watched = { readonly sign: string; readonly since_ms: number; readonly moved: boolean };

/**
 * Watches the heartbeats of processes that cannot be seen from here. A time in the log is another machine's clock, and this one's may
 * be wrong, so what counts is whether the heartbeat changes while it is watched; its age only says how long that has to be.
 */
export class Heartbeats {
  readonly #clock: Clock;
  readonly #limits: Limits;
  readonly #watched = new Map<string, Watched>();

  constructor(clock: Clock, limits: Limits) {
    this.#clock = clock;
    this.#limits = limits;
  }

  /** Why the process of a running job counts as gone; null where it lives, or nothing says that it does not yet. */
  whyGone(job: Job): string | null {
    if (job.owner === null || job.owner === ownIdentity()) return null;
    const sight = sightOf(job);
    if (sight === 'gone') return 'which is gone';
    if (sight === 'alive') return null;
    const silent_ms = this.#watch(job);
    const { heartbeat_watch_ms, heartbeat_lost_ms } = this.#limits;
    if (silent_ms < (this.#isRecent(job) ? heartbeat_lost_ms : heartbeat_watch_ms)) return null;
    return `which cannot be seen from here and has said nothing for the ${Math.floor(silent_ms / 1000)} s that it was watched`;
  }

  /** Whether the process of a running job counts as gone. */
  isAbandoned(job: Job): boolean {
    return this.whyGone(job) !== null;
  }

  /** The jobs among these that are worth waiting for: watched for some time more, their processes may turn out to be gone. */
  undecided(running: readonly Job[]): Job[] {
    return running.filter((job) => {
      if (job.owner === null || job.owner === ownIdentity() || sightOf(job) !== 'unseen') return false;
      return !this.#isRecent(job) && this.#watched.get(job.id)?.moved !== true;
    });
  }

  /** For how long the heartbeat of a job has not changed while it was watched. */
  #watch(job: Job): number {
    const now_ms = this.#clock.monotonic_ms();
    const sign = `${job.owner} ${job.attempts} ${job.heartbeat_at}`;
    const before = this.#watched.get(job.id);
    if (before?.sign === sign) return now_ms - before.since_ms;
    this.#watched.set(job.id, { sign, since_ms: now_ms, moved: before !== undefined });
    return 0;
  }

  /** Whether a job was heard of lately, as far as both clocks are right. */
  #isRecent(job: Job): boolean {
    const age_ms = this.#clock.now_ms() - Date.parse(job.heartbeat_at ?? job.updated_at);
    return Math.abs(age_ms) <= this.#limits.heartbeat_lost_ms;
  }
}
