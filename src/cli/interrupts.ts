import type { Interrupts } from '../app.ts';
import { say } from './output.ts';

/**
 * Ctrl-C (or SIGTERM) once finishes what runs and takes nothing new; twice ends what runs, which is safe too: its job fails as
 * interrupted and can be retried.
 */
export function listenForInterrupts(): { readonly interrupts: Interrupts; readonly stop: () => void } {
  const finish = new AbortController();
  const abort = new AbortController();
  const onSignal = () => {
    if (!finish.signal.aborted) {
      say('finishing the running import; interrupt again to end it now');
      finish.abort();
    } else abort.abort();
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  const stop = () => {
    process.off('SIGINT', onSignal);
    process.off('SIGTERM', onSignal);
  };
  return { interrupts: { finish: finish.signal, abort: abort.signal }, stop };
}
