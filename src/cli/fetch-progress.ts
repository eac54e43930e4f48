import type { Brought, FetchListener } from '../app/app.ts';
import type { FetchItem, FetchPlan } from '../core/fetch-plan.ts';
import type { ImportResult } from '../core/job.ts';
import { redactText } from '../core/redact.ts';
import { formatBytes, formatSeconds } from './format.ts';
import { StatusLine } from './status-line.ts';
import type { Output } from './surroundings.ts';

/** How far all of it is. */
type Overall = {
  readonly sessions_done: number;
  readonly sessions_total: number;
  readonly downloading: number;
  readonly bytes: number;
  readonly bytes_total: number | null;
  readonly bytes_per_second: number | null;
  readonly seconds_left: number | null;
};

/**
 * Shows how downloads and imports get on over all sessions, on standard error: one line that is written over on a terminal, else JSON lines,
 * at most one a second and one for each item and import.
 */
export class FetchDisplay implements FetchListener {
  readonly #line: StatusLine;
  readonly #started_ms = performance.now();
  readonly #coming = new Map<string, number>();
  #total = 0;
  #planned_bytes: number | null = null;
  #downloaded_bytes = 0;
  #imported = 0;
  #items_done = 0;
  #items_total = 0;

  constructor(stream: Output) {
    this.#line = new StatusLine(stream);
  }

  onPlan = ({ items, bytes }: FetchPlan): void => {
    this.#total += items.reduce((sum, { endpoints }) => sum + endpoints.length, 0);
    this.#items_total += items.length;
    this.#planned_bytes = bytes === null ? this.#planned_bytes : (this.#planned_bytes ?? 0) + bytes;
    this.#show(true);
  };

  onItem = ({ source }: FetchItem): void => {
    this.#coming.set(source, 0);
    this.#show(false);
  };

  onItemBytes = ({ source }: FetchItem, bytes: number): void => {
    this.#coming.set(source, bytes);
    this.#show(false);
  };

  onBrought = ({ source, endpoints }: FetchItem, { answer, detail, bytes, ask_again_at, jobs }: Brought): void => {
    this.#coming.delete(source);
    this.#downloaded_bytes += bytes;
    this.#items_done++;
    // What brings nothing has no import to wait for.
    this.#imported += Math.max(0, endpoints.length - jobs.length);
    if (!this.#line.isTerminal) this.#line.json({ event: 'answer', source, answer, detail, bytes, ask_again_at });
    else if (answer !== 'given')
      this.#line.say(`${source}: ${answer.replaceAll('_', ' ')}${detail === null ? '' : `, ${redactText(detail)}`}`);
    this.#show(true);
  };

  onJob = (): void => undefined;
  onProgress = (): void => this.#show(false);

  onWarning = (message: string): void => this.#line.warn(message);

  onResult = ({ job_id, status, error }: ImportResult): void => {
    this.#imported++;
    if (!this.#line.isTerminal) this.#line.json({ event: 'result', job_id, status });
    else if (error !== null) this.#line.say(`${job_id} failed: ${redactText(error.message)} [${error.code}]`);
    this.#show(true);
  };

  clear(): void {
    this.#line.clear();
  }

  #overall(): Overall {
    const seconds = (performance.now() - this.#started_ms) / 1000;
    const bytes = this.#downloaded_bytes + this.#coming.values().reduce((sum, one) => sum + one, 0);
    const rate = seconds < 0.05 || bytes === 0 ? null : bytes / seconds;
    const done = Math.min(this.#imported, this.#total);
    const share =
      this.#total === 0 ? 0 : (done + this.#items_done / Math.max(1, this.#items_total)) / (this.#total + 1);
    return {
      sessions_done: done,
      sessions_total: this.#total,
      downloading: this.#coming.size,
      bytes,
      bytes_total: this.#planned_bytes === null ? null : Math.max(bytes, this.#planned_bytes),
      bytes_per_second: rate === null ? null : Math.round(rate),
      seconds_left: share === 0 || done === 0 ? null : Math.round((seconds * (1 - share)) / share),
    };
  }

  #show(isNew: boolean): void {
    if (!this.#line.isDue(performance.now(), isNew && this.#line.isTerminal)) return;
    const overall = this.#overall();
    if (!this.#line.isTerminal) this.#line.json({ event: 'progress', ...overall });
    else this.#showLine(overall);
  }

  #showLine(overall: Overall): void {
    const { sessions_done, sessions_total, downloading, bytes, bytes_total, bytes_per_second, seconds_left } = overall;
    this.#line.show([
      `${sessions_done} of ${sessions_total} sessions`,
      downloading === 0 ? '' : `${downloading} downloading`,
      bytes_total === null ? formatBytes(bytes) : `${formatBytes(bytes)} of about ${formatBytes(bytes_total)}`,
      bytes_per_second === null ? '' : `${formatBytes(bytes_per_second)}/s`,
      seconds_left === null ? '' : `${formatSeconds(seconds_left)} left`,
    ]);
  }
}
