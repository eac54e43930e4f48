import type { ImportListener } from '../app/app.ts';
import type { ImportResult, Progress } from '../core/job.ts';
import { redactText } from '../core/redact.ts';
import { formatBytes, formatCount, formatSeconds } from './format.ts';
import { StatusLine } from './status-line.ts';
import type { Output } from './surroundings.ts';

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
  readonly #line: StatusLine;
  #source = '';
  #step = '';
  #stepStarted_ms = 0;

  /** Sizes of the sources in their order; empty where they are not known. */
  readonly #sizes_bytes: readonly (number | null)[];
  readonly #started_ms = performance.now();
  #begun = 0;

  constructor(stream: Output, sizes_bytes: readonly (number | null)[] = []) {
    this.#line = new StatusLine(stream);
    this.#sizes_bytes = sizes_bytes;
  }

  onJob = (jobId: string, source: string, waiting: number): void => {
    this.#source = redactText(source.slice(source.lastIndexOf('/') + 1).replace(/\?.*$/, ''));
    this.#step = '';
    this.#begun++;
    if (this.#line.isTerminal) this.#line.say(`${this.#source}${this.#overall(waiting)}`);
    else this.#line.json({ event: 'job', job_id: jobId, source, waiting });
  };

  onProgress = (progress: Progress): void => {
    const now_ms = performance.now();
    const isNewStep = progress.step !== this.#step;
    if (!this.#line.isDue(now_ms, isNewStep)) return;
    if (isNewStep) {
      this.#step = progress.step;
      this.#stepStarted_ms = now_ms;
    }
    const rates = ratesOf(progress, (now_ms - this.#stepStarted_ms) / 1000);
    if (this.#line.isTerminal) this.#showLine(progress, rates);
    else this.#line.json({ event: 'progress', ...progress, ...rates });
  };

  onWarning = (message: string): void => this.#line.warn(message);

  onResult = (result: ImportResult): void => {
    this.clear();
    if (!this.#line.isTerminal) this.#line.json({ event: 'result', job_id: result.job_id, status: result.status });
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
    this.#line.clear();
  }

  #showLine(progress: Progress, rates: Rates): void {
    const percent =
      progress.bytes_total === null
        ? ''
        : `${Math.floor((100 * progress.bytes) / Math.max(1, progress.bytes_total))} %`;
    this.#line.show([
      stepNames[progress.step],
      percent,
      formatBytes(progress.bytes),
      progress.records > 0 ? `${formatCount(progress.records)} records` : '',
      rates.bytes_per_second === null ? '' : `${formatBytes(rates.bytes_per_second)}/s`,
      rates.seconds_left === null ? '' : `${formatSeconds(rates.seconds_left)} left`,
    ]);
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
