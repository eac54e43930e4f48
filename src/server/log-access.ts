import type { App, FileFilter, JobDetails, OutsideRequest, Submitted } from '../app.ts';
import type { Coverage, CoverageRequest } from '../core/coverage.ts';
import { GexlakeError } from '../core/errors.ts';
import type { Job, ParquetFile } from '../core/job.ts';
import { Batches, Shared } from './batches.ts';
import type { JobMirror } from './job-mirror.ts';

/** Most requests that one transaction answers. */
const batchMost = 200;
/** Most jobs whose details are remembered until something in the log changes. */
const detailsKept = 500;

/** What the routes ask of the log: writing through few transactions, reading through the mirror wherever that is enough. */
export class LogAccess {
  readonly #app: App;
  readonly #mirror: JobMirror;
  readonly #submissions: Batches<OutsideRequest, Submitted>;
  readonly #details: Batches<string, JobDetails>;
  readonly #known = new Map<string, { readonly version: number; readonly details: JobDetails }>();

  readonly #files = new Shared<ParquetFile[]>();
  readonly #coverage = new Shared<Coverage>();

  constructor(app: App, mirror: JobMirror) {
    this.#app = app;
    this.#mirror = mirror;
    this.#submissions = new Batches<OutsideRequest, Submitted>((requests) => app.submit(requests), batchMost);
    this.#details = new Batches<string, JobDetails>(async (ids) => {
      const unique = [...new Set(ids)];
      const found = await app.detailsOf(unique);
      return ids.map((id) => found.get(id) ?? unknown(id));
    }, batchMost);
  }

  async submit(request: OutsideRequest): Promise<Submitted> {
    const submitted = await this.#submissions.get(request);
    this.#mirror.take([submitted.job]);
    return submitted;
  }

  /** A job with its story as the log has it now. @throws JOB_NOT_FOUND */
  async details(id: string): Promise<JobDetails> {
    const { version } = this.#mirror;
    const known = this.#known.get(id);
    if (known?.version === version) return known.details;
    const details = await this.#details.get(id);
    if (this.#mirror.job(id)?.updated_at !== details.job.updated_at) this.#mirror.take([details.job]);
    this.#known.delete(id);
    this.#known.set(id, { version, details });
    const [oldest] = this.#known.keys();
    if (this.#known.size > detailsKept && oldest !== undefined) this.#known.delete(oldest);
    return details;
  }

  async files(filter: FileFilter): Promise<ParquetFile[]> {
    return this.#files.get(filter, () => this.#app.files(filter));
  }

  async coverage(request: CoverageRequest): Promise<Coverage> {
    return this.#coverage.get(request, () => this.#app.coverage(request));
  }

  async retry(id: string, actor: string): Promise<Job> {
    return this.#changed(await this.#app.retry([id], actor));
  }

  async cancel(id: string, actor: string): Promise<Job> {
    return this.#changed(await this.#app.cancel([id], actor));
  }

  #changed(jobs: readonly Job[]): Job {
    this.#mirror.take(jobs);
    const [job] = jobs;
    if (job === undefined) throw new Error('a change of one job gave none');
    return job;
  }

  /** Waits until a job is neither pending nor running, or until time is up; gives the job as it is then. */
  async ended(first: Job, wait_ms: number, stop: AbortSignal): Promise<Job> {
    const timeUp = AbortSignal.any([AbortSignal.timeout(wait_ms), stop]);
    return new Promise((resolve) => {
      const look = () => {
        const job = this.#mirror.job(first.id) ?? first;
        if (!isOver(job) && !timeUp.aborted) return;
        unlisten();
        resolve(job);
      };
      const unlisten = this.#mirror.listen(look);
      timeUp.addEventListener('abort', look, { once: true });
      look();
    });
  }
}

function unknown(id: string): GexlakeError {
  return new GexlakeError('JOB_NOT_FOUND', `no job has the id ${id}`, {
    hint: 'GET /jobs lists the jobs with their ids.',
  });
}

/** Whether nothing more will happen to a job by itself. */
export function isOver({ status }: Job): boolean {
  return status !== 'pending' && status !== 'started';
}
