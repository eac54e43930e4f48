/**
 * Where a source's bytes go. The bytes given to `append` must stay untouched until the append after it has resolved, so that
 * they can still be written while the next ones arrive. `reset` forgets all that came before: the source starts anew.
 */
export type ByteSink = {
  readonly append: (bytes: Uint8Array) => Promise<void>;
  readonly reset: () => Promise<void>;
};

/** How many bytes have been transferred, of how many where that is known. */
export type OnBytes = (bytes: number, bytes_total: number | null) => void;
