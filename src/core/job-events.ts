import type { ErrorReport } from './errors.ts';
import type { Counts, JobStatus } from './job-states.ts';

/*
 * What the events of a job say as data, beside their words for people. An event that is not named here has none.
 */

/** A source or a file by its SHA-256. */
type Sum = { readonly checksum: string };

type EventData = {
  readonly started: { readonly attempt: number; readonly owner: string };
  readonly received: Sum;
  /** The files that are about to be published. */
  readonly publishing: { readonly paths: readonly string[] };
  /** The files that are about to take their paths, and how many go to the archive for them. */
  readonly replacing: { readonly paths: readonly string[]; readonly archived: number };
  /** A path that changes: null where there was, or will be, no file. */
  readonly checksums: { readonly path: string; readonly before: string | null; readonly after: string | null };
  readonly completed: { readonly live: number; readonly superseded: number; readonly counts: Counts };
  readonly skipped: { readonly equal: string | null };
  readonly staged: { readonly table: string };
  readonly failed: { readonly error: ErrorReport };
  readonly retried: { readonly was: JobStatus };
  readonly cancelled: { readonly was: JobStatus };
  /** What has become of a job whose process was gone. */
  readonly recovered: { readonly status: 'pending' | 'completed' };
  readonly 'taken over': { readonly owner: string };
  readonly 'taken back': { readonly files: number };
  readonly quarantined: Sum & { readonly path: string };
  readonly migrated: Sum & { readonly path: string; readonly rows: number; readonly size_bytes: number };
  readonly archived: { readonly path: string };
  readonly repaired: { readonly path: string };
  /** That a purge has taken away what the job had; of the purge itself, how much that was. */
  readonly purged: { readonly by: string; readonly files: number; readonly size_bytes: number };
};

export type EventName = keyof EventData;
export type AnyEventData = EventData[EventName];

/** The data of an event of this name; null for another's, and where an older log has not got any. */
export function eventData<N extends EventName>(
  event: { readonly event: string; readonly data: AnyEventData | null },
  name: N,
): EventData[N] | null {
  // Who writes an event of a name gives it the data of that name.
  return event.event === name ? (event.data as EventData[N] | null) : null;
}

/** An event that has data, with its words. */
export type ToldEvent = {
  readonly [N in EventName]: { readonly event: N; readonly detail: string; readonly data: EventData[N] };
}[EventName];
