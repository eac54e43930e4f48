import type { ToldEvent } from '../core/job-events.ts';

/** Who acts: the owner string of a process and the name that events carry. */
export type Holder = { readonly owner: string; readonly actor: string };

/** Something that belongs into a job's story: with its data where its event has some, else in words alone. */
export type JobNote = ToldEvent | { readonly event: string; readonly detail: string | null; readonly data?: undefined };
