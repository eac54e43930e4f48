import type { Readable } from 'node:stream';

/** Silence is counted in this many parts, so that a process that was stopped or starved takes that for one of them. */
const parts = 10;

/**
 * The bytes of a stream whose sender may be silent for so long at most. Then the stream is closed, and what `silent` makes of the bytes
 * that have come so far is thrown. Time in which nobody asks for bytes does not count.
 */
export async function* whileHeard(
  stream: Readable,
  silence_ms: number,
  silent: (heard_bytes: number) => Error,
): AsyncGenerator<Uint8Array, void, void> {
  let heard_bytes = 0;
  let waited = 0;
  let isAsked = true;
  const watch = setInterval(
    () => {
      if (isAsked && ++waited === parts) stream.destroy(silent(heard_bytes));
    },
    Math.ceil(silence_ms / parts),
  );
  try {
    for await (const block of stream as AsyncIterable<Uint8Array>) {
      heard_bytes += block.byteLength;
      isAsked = false;
      yield block;
      isAsked = true;
      waited = 0;
    }
  } finally {
    clearInterval(watch);
  }
}
