import { redactDeep, redactText } from '../core/redact.ts';
import type { Output } from './surroundings.ts';

const terminalPause_ms = 100;
const linePause_ms = 1_000;

/** How imports get on, on standard error: one line that is written over on a terminal, else JSON lines, at most one a second. */
export class StatusLine {
  readonly #stream: Output;
  #lastShown_ms = 0;
  #isOpen = false;

  constructor(stream: Output) {
    this.#stream = stream;
  }

  get isTerminal(): boolean {
    return this.#stream.isTTY === true;
  }

  /** Whether it is time to show something; what is `urgent` is shown at once. */
  isDue(now_ms: number, urgent: boolean): boolean {
    const pause_ms = this.isTerminal ? terminalPause_ms : linePause_ms;
    if (!urgent && now_ms - this.#lastShown_ms < pause_ms) return false;
    this.#lastShown_ms = now_ms;
    return true;
  }

  /** Writes over the line of before; parts that are empty are left out, and what is wider than the terminal. */
  show(parts: readonly string[]): void {
    const line = parts.filter((part) => part !== '').join('  ');
    this.#stream.write(`\r\u001B[K${line.slice(0, Math.max(20, (this.#stream.columns ?? 0) - 1))}`);
    this.#isOpen = true;
  }

  /** Says something that stays. */
  say(text: string): void {
    this.clear();
    this.#stream.write(`${text}\n`);
  }

  warn(message: string): void {
    const text = redactText(message);
    if (this.isTerminal) this.say(`warning: ${text}`);
    else this.json({ event: 'warning', message: text });
  }

  json(value: object): void {
    this.#stream.write(`${JSON.stringify(redactDeep(value))}\n`);
  }

  /** Removes the line that is being written over, before something else is said. */
  clear(): void {
    if (this.#isOpen) this.#stream.write('\r\u001B[K');
    this.#isOpen = false;
  }
}
