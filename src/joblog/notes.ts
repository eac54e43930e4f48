/** Who acts: the owner string of a process and the name that events carry. */
export type Holder = { readonly owner: string; readonly actor: string };

/** Something that was noticed on the way and belongs into the job's story. */
export type JobNote = { readonly event: string; readonly detail: string };
