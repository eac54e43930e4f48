import type { App, OnGoverned } from '../app/app.ts';
import { openApp, type CommonOptions } from './command-line.ts';
import { around, type Output } from './surroundings.ts';

const terminalPause_ms = 100;
const linePause_ms = 1_000;

/** Shows on standard error how far long work is: on a terminal one line that is written over, else JSON lines, one a second. */
export class GovernProgress {
  readonly #stream: Output;
  #lastShown_ms = performance.now();
  #isLineOpen = false;

  constructor(stream: Output) {
    this.#stream = stream;
  }

  onProgress: OnGoverned = (what, done, total) => {
    const now_ms = performance.now();
    if (now_ms - this.#lastShown_ms < (this.#stream.isTTY ? terminalPause_ms : linePause_ms)) return;
    this.#lastShown_ms = now_ms;
    const percent = total === 0 ? 100 : Math.floor((100 * done) / total);
    if (this.#stream.isTTY) this.#stream.write(`\r\u001B[K${what}  ${percent} %`);
    else this.#stream.write(`${JSON.stringify({ event: 'progress', step: what, done, total })}\n`);
    this.#isLineOpen = this.#stream.isTTY === true;
  };

  /** Removes the line that is being written over, before something else is said. */
  clear(): void {
    if (this.#isLineOpen) this.#stream.write('\r\u001B[K');
    this.#isLineOpen = false;
  }
}

/** Opens the data folder for a command that does the work in this process, and shows how far it is. */
export async function watching<T>(
  options: CommonOptions,
  act: (app: App, onProgress: OnGoverned) => Promise<T>,
): Promise<T> {
  const app = await openApp(options);
  const progress = new GovernProgress(around().stderr);
  return act(app, progress.onProgress).finally(() => progress.clear());
}
