import type { ImportListener } from '../app/app.ts';
import type { ImportResult, Progress } from '../core/job.ts';
import { redactDeep, redactText } from '../core/redact.ts';
import { formatBytes, formatCount, formatSeconds } from './format.ts';
import type { Output } from './surroundings.ts';

const terminalPause_ms = 100;
const linePause_ms = 1_000;
const stepNames = {
  download: 'downloading',
  stage: 'staging',
  load: 'loading',
  check: 'checking',
  publish: 'publishing',
} as const;

/**
 * Shows how imports get on, on standard error: one line that is written over on a terminal, else JSON lines, at most one a
 * second and one for each new step.
 */
export class ProgressDisplay implements ImportListener {
  readonly #stream: Output;
  #source = '';
  #step = '';
  #stepStarted_ms = 0;
  #lastShown_ms = 0;
  #lineOpen = false;

  /** Sizes of the sources in their order; empty where they are not known. */
  readonly #sizes_bytes: readonly (number | null)[];
  readonly #started_ms = performance.now();
  #begun = 0;

  constructor(stream: Output, sizes_bytes: readonly (number | null)[] = []) {
    this.#stream = stream;
    this.#sizes_bytes = sizes_bytes;
  }

  onJob = (jobId: string, source: string, waiting: number): void => {
    this.#source = redactText(source.slice(source.lastIndexOf('/') + 1).replace(/\?.*$/, ''));
    this.#step = '';
    this.#begun++;
    if (this.#stream.isTTY) this.#write(`${this.#source}${this.#overall(waiting)}\n`);
    else this.#json({ event: 'job', job_id: jobId, source, waiting });
  };

  onProgress = (progress: Progress): void => {
    const now_ms = performance.now();
    const pause_ms = this.#stream.isTTY ? terminalPause_ms : linePause_ms;
    const isNewStep = progress.step !== this.#step;
    if (!isNewStep && now_ms - this.#lastShown_ms < pause_ms) return;
    if (isNewStep) {
      this.#step = progress.step;
      this.#stepStarted_ms = now_ms;
    }
    this.#lastShown_ms = now_ms;
    const rates = ratesOf(progress, (now_ms - this.#stepStarted_ms) / 1000);
    if (this.#stream.isTTY) this.#showLine(progress, rates);
    else this.#json({ event: 'progress', ...progress, ...rates });
  };

  onWarning = (message: string): void => {
    const text = redactText(message);
    if (this.#stream.isTTY) this.#write(`warning: ${text}\n`);
    else this.#json({ event: 'warning', message: text });
  };

  onResult = (result: ImportResult): void => {
    this.clear();
    if (!this.#stream.isTTY) this.#json({ event: 'result', job_id: result.job_id, status: result.status });
  };

  /** How far all of it is, where there is more than one source: their number, bytes, and the time that the rest may take. */
  #overall(waiting: number): string {
    const total = this.#begun + waiting;
    if (total < 2) return '';
    const sizes = this.#sizes_bytes.length === total ? this.#sizes_bytes : [];
    const done_bytes = sumOf(sizes.slice(0, this.#begun - 1));
    const all_bytes = sumOf(sizes);
    const bytes = all_bytes === 0 ? '' : `, ${formatBytes(done_bytes)} of ${formatBytes(all_bytes)} done`;
    const elapsed_s = (performance.now() - this.#started_ms) / 1000;
    const left_s = done_bytes === 0 ? null : (elapsed_s * (all_bytes - done_bytes)) / done_bytes;
    return `  (${this.#begun} of ${total}${bytes}${left_s === null ? '' : `, ${formatSeconds(left_s)} left`})`;
  }

  /** Removes the line that is being written over, before something else is said. */
  clear(): void {
    if (this.#lineOpen) this.#stream.write('\r\u001B[K');
    this.#lineOpen = false;
  }

  #showLine(progress: Progress, rates: Rates): void {
    const percent =
      progress.bytes_total === null
        ? ''
        : `${Math.floor((100 * progress.bytes) / Math.max(1, progress.bytes_total))} %`;
    const parts = [
      stepNames[progress.step],
      percent,
      formatBytes(progress.bytes),
      progress.records > 0 ? `${formatCount(progress.records)} records` : '',
      rates.bytes_per_second === null ? '' : `${formatBytes(rates.bytes_per_second)}/s`,
      rates.seconds_left === null ? '' : `${formatSeconds(rates.seconds_left)} left`,
    ];
    const line = parts.filter((part) => part !== '').join('  ');
    this.#stream.write(`\r\u001B[K${line.slice(0, Math.max(20, (this.#stream.columns ?? 0) - 1))}`);
    this.#lineOpen = true;
  }

  #write(text: string): void {
    this.clear();
    this.#stream.write(text);
  }

  #json(value: object): void {
    this.#stream.write(`${JSON.stringify(redactDeep(value))}\n`);
  }
}

function sumOf(sizes_bytes: readonly (number | null)[]): number {
  return sizes_bytes.reduce<number>((sum, size) => sum + (size ?? 0), 0);
}

type Rates = { readonly bytes_per_second: number | null; readonly seconds_left: number | null };

function ratesOf(progress: Progress, seconds: number): Rates {
  if (seconds < 0.05 || progress.bytes === 0) return { bytes_per_second: null, seconds_left: null };
  const bytes_per_second = Math.round(progress.bytes / seconds);
  const left = progress.bytes_total === null ? null : (progress.bytes_total - progress.bytes) / bytes_per_second;
  return { bytes_per_second, seconds_left: left === null ? null : Math.round(left * 10) / 10 };
}
