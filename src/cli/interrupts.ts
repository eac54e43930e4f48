import type { Interrupts } from '../app/app.ts';
import { say } from './output.ts';

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Ctrl-C (or SIGTERM, or a terminal that is closed) once finishes what runs and takes nothing new; twice ends what runs, which is safe too: its job fails as
 * interrupted and can be retried.
 */
export function listenForInterrupts(message = 'finishing the running import; interrupt again to end it now'): {
  readonly interrupts: Interrupts;
  readonly stop: () => void;
} {
  const finish = new AbortController();
  const abort = new AbortController();
  const onSignal = () => {
    if (!finish.signal.aborted) {
      say(message);
      finish.abort();
    } else abort.abort();
  };
  for (const signal of signals) process.on(signal, onSignal);
  const stop = () => {
    for (const signal of signals) process.off(signal, onSignal);
  };
  return { interrupts: { finish: finish.signal, abort: abort.signal }, stop };
}
