import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry, type HistogramConfiguration } from 'prom-client';
import type { App } from '../app/app.ts';
import { unlessDefect } from '../core/defects.ts';
import { errorRules } from '../core/errors.ts';
import type { FetchOverview } from '../core/fetch-state.ts';
import { jobStatuses, type ImportResult, type Progress } from '../core/job.ts';
import { vendorAnswers, type VendorAnswer } from '../core/vendor-answer.ts';
import type { JobMirror } from './job-mirror.ts';

const seconds = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1_800];
const waits = [0.005, 0.025, 0.1, 0.5, 1, 5, 20];

/** What the service counts, in the form of Prometheus. Every label has few values: endpoints, outcomes, states, error codes. */
export class Metrics {
  readonly #figures = new Registry();
  readonly #started_ms = new Map<string, number>();
  /** Bytes of the download that is under way, by its job. */
  readonly #downloaded = new Map<string, number>();
  readonly #records = this.#counter('gex_import_records_total', 'Records of imports, by what became of them', [
    'endpoint',
    'outcome',
  ]);
  readonly #failures = this.#counter('gex_import_failures_total', 'Imports that failed, by error code', ['code']);
  readonly #downloads = this.#counter('gex_download_bytes_total', 'Bytes downloaded, as they were transferred', []);
  readonly #answers = this.#counter(
    'gex_vendor_calls_total',
    'Files and bundles that GEXBot was asked for, by its answer',
    ['answer'],
  );
  readonly #duration = this.#histogram({
    name: 'gex_import_duration_seconds',
    help: 'Seconds of an import, by how it ended',
    buckets: seconds,
    labelNames: ['status'],
  });
  readonly #lockWait = this.#histogram({
    name: 'gex_lock_wait_seconds',
    help: 'Seconds of waiting for a database that was in use',
    buckets: waits,
  });

  constructor(app: App, mirror: JobMirror) {
    const registers = [this.#figures];
    collectDefaultMetrics({ register: this.#figures });
    for (const code of Object.keys(errorRules)) if (/^(?:DOWNLOAD|INPUT)_/.test(code)) this.#failures.inc({ code }, 0);
    for (const answer of vendorAnswers) this.#answers.inc({ answer }, 0);
    const add = ({ read, ...figure }: GaugeFigure) =>
      new Gauge({
        ...figure,
        registers,
        async collect() {
          await read(this);
        },
      });
    [...gaugesOf(app, mirror, this.#started_ms), ...fetchGauges(app)].forEach(add);
  }

  /** The text that Prometheus reads, and its content type. */
  async render(): Promise<{ readonly text: string; readonly type: string }> {
    return { text: await this.#figures.metrics(), type: this.#figures.contentType };
  }

  onJob(jobId: string): void {
    this.#started_ms.set(jobId, performance.now());
  }

  onProgress({ job_id, step, bytes }: Progress): void {
    if (step !== 'download') return;
    const known = this.#downloaded.get(job_id) ?? 0;
    // A download that starts anew counts again from nothing.
    this.#downloads.inc(bytes >= known ? bytes - known : bytes);
    this.#downloaded.set(job_id, bytes);
  }

  onResult(result: ImportResult): void {
    const started_ms = this.#started_ms.get(result.job_id) ?? performance.now();
    this.#started_ms.delete(result.job_id);
    this.#downloaded.delete(result.job_id);
    this.#duration.observe({ status: result.status }, (performance.now() - started_ms) / 1000);
    if (result.error !== null) this.#failures.inc({ code: result.error.code });
    const endpoint = result.endpoint ?? 'unknown';
    this.#records.inc({ endpoint, outcome: 'processed' }, result.records_processed);
    this.#records.inc({ endpoint, outcome: 'duplicate' }, result.records_duplicate);
    this.#records.inc({ endpoint, outcome: 'quarantined' }, result.records_quarantined);
  }

  onAnswer(answer: VendorAnswer): void {
    this.#answers.inc({ answer });
  }

  onLockWait(waited_ms: number): void {
    this.#lockWait.observe(waited_ms / 1000);
  }

  #counter<L extends string>(name: string, help: string, labelNames: readonly L[]): Counter<L> {
    return new Counter({ name, help, labelNames, registers: [this.#figures] });
  }

  #histogram<L extends string>(figure: HistogramConfiguration<L>): Histogram<L> {
    return new Histogram({ ...figure, registers: [this.#figures] });
  }
}

/** A gauge, which is asked for its value when the figures are read. */
type GaugeFigure = {
  readonly name: string;
  readonly help: string;
  readonly labelNames?: readonly string[];
  readonly read: (gauge: Gauge) => void | Promise<void>;
};

function gaugesOf(app: App, mirror: JobMirror, running: ReadonlyMap<string, unknown>): readonly GaugeFigure[] {
  return [
    { name: 'gex_import_in_progress', help: 'Imports that run', read: (gauge) => gauge.set(running.size) },
    {
      name: 'gex_disk_free_bytes',
      help: 'Free bytes on the disk of the data folder',
      read: async (gauge) => gauge.set((await app.diskState()).free_bytes),
    },
    {
      name: 'gex_last_import_timestamp_seconds',
      help: 'When the last import was completed, in Unix time',
      read: (gauge) => gauge.set(unixTime(mirror.lastCompleted() ?? '1970-01-01')),
    },
    {
      name: 'gex_last_import_timestamp',
      help: 'When the last import of a ticker was completed, in Unix time',
      labelNames: ['ticker'],
      read: (gauge) => {
        for (const [ticker, finished_at] of mirror.lastCompletedByTicker())
          gauge.set({ ticker }, unixTime(finished_at));
      },
    },
    {
      name: 'gex_jobs',
      help: 'Jobs of the log, by state',
      labelNames: ['status'],
      read: (gauge) => {
        for (const status of jobStatuses) gauge.set({ status }, mirror.counts.get(status) ?? 0);
      },
    },
  ];
}

/** For so long what is missing is taken as it was found: looking takes a reading of the log. */
const overviewKept_ms = 60_000;

/** What is missing of what is subscribed to. Without a subscription these have no value. */
function fetchGauges(app: App): readonly GaugeFigure[] {
  let known: { readonly at_ms: number; readonly found: Promise<FetchOverview | null> } | null = null;
  const look = () => {
    if (known === null || performance.now() - known.at_ms > overviewKept_ms)
      known = { at_ms: performance.now(), found: app.fetchOverview().catch(unlessDefect(null)) };
    return known.found;
  };
  return [
    {
      name: 'gex_source_days_left',
      help: 'Days until GEXBot has the first missing session no more',
      labelNames: [],
      read: async (gauge) => {
        const days_left = (await look())?.days_left ?? null;
        gauge.reset();
        if (days_left === null) gauge.remove();
        else gauge.set(days_left);
      },
    },
    {
      name: 'gex_sessions_missing',
      help: 'Sessions that are subscribed to and can be had, and are not here',
      labelNames: ['ticker', 'endpoint'],
      read: async (gauge) => {
        gauge.reset();
        for (const { ticker, endpoint, missing } of (await look())?.pairs ?? [])
          gauge.set({ ticker, endpoint }, missing);
      },
    },
  ];
}

function unixTime(iso: string): number {
  return Date.parse(iso) / 1000;
}
