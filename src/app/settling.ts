import { isDefect, unlessDefect } from '../core/defects.ts';
import { GexlakeError } from '../core/errors.ts';

/** Runs `act` once at a time; whoever asks meanwhile gets one more run behind it, together with all others who do. */
export function settling(act: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | null = null;
  let next: Promise<void> | null = null;
  const run = async (): Promise<void> => {
    next = null;
    await act().finally(() => (running = null));
  };
  return async () => {
    if (running === null) return (running = run());
    return (next ??= running.catch(unlessDefect(undefined)).then(() => (running = run())));
  };
}

/**
 * For who keeps a checkpoint by the way. One that could not be written is behind, which is none the worse; that one contradicts its
 * journal is told.
 */
export function tellContradiction(onNotice: (message: string) => void): (error: unknown) => void {
  return (error) => {
    if (isDefect(error) || !(error instanceof GexlakeError)) throw error;
    const { code, message } = error;
    if (code === 'LOG_FORKED' || code === 'LOG_ROLLED_BACK') onNotice(`${message} [${code}]; see: gexlake log verify`);
    if (code === 'LOG_KEY_INVALID') onNotice(`the checkpoint was not signed: ${message} [${code}]`);
  };
}
