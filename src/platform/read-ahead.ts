import type { Readable } from 'node:stream';

/** Bytes that are held for a reader who is busy; beyond them the sender is let wait. */
const ahead_bytes = 256 * 1024;

/**
 * The bytes of a stream, taken from it as they come, from now on. A stream that fails forgets what nobody has taken from it yet; here
 * every byte that came is given before the error is thrown.
 */
export function readAhead(stream: Readable): AsyncGenerator<Uint8Array, void, void> {
  const waiting: Uint8Array[] = [];
  let waiting_bytes = 0;
  const ended: { isEnded: boolean; error: Error | null } = { isEnded: false, error: null };
  let wake = () => undefined as void;
  const end = (error: Error | null) => {
    if (!ended.isEnded) Object.assign(ended, { isEnded: true, error });
    wake();
  };
  stream.on('data', (bytes: Uint8Array) => {
    waiting.push(bytes);
    waiting_bytes += bytes.byteLength;
    if (waiting_bytes > ahead_bytes) stream.pause();
    wake();
  });
  stream.on('end', () => end(null));
  stream.on('error', end);
  stream.on('close', () => end(new Error('the stream was closed')));
  return (async function* () {
    for (;;) {
      const bytes = waiting.shift();
      if (bytes !== undefined) {
        waiting_bytes -= bytes.byteLength;
        if (waiting_bytes <= ahead_bytes && stream.isPaused()) stream.resume();
        yield bytes;
      } else if (!ended.isEnded) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      } else if (ended.error === null) return;
      else throw ended.error;
    }
  })();
}
