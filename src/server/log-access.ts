import type { App, FileFilter, JobDetails, OutsideRequest } from '../app/app.ts';
import type { AsOfBasis } from '../core/as-of.ts';
import type { Coverage, CoverageRequest } from '../core/coverage.ts';
import { GexlakeError } from '../core/errors.ts';
import type { Job, ParquetFile } from '../core/job.ts';
import type { QualityReport, QualityRequest } from '../core/quality-report.ts';
import { Batches, Shared } from './batches.ts';
import type { JobMirror } from './job-mirror.ts';

/** Most requests that one transaction answers. */
const batchMost = 200;

/** What the routes ask of the log: writing through few transactions, reading through the mirror wherever that is enough. */
export class LogAccess {
  readonly #app: App;
  readonly #mirror: JobMirror;
  readonly #submissions: Batches<OutsideRequest, JobDetails>;
  readonly #details: Batches<string, JobDetails>;

  readonly #files = new Shared<ParquetFile[]>();
  readonly #coverage = new Shared<Coverage>();
  readonly #quality = new Shared<QualityReport>();

  constructor(app: App, mirror: JobMirror) {
    this.#app = app;
    this.#mirror = mirror;
    this.#submissions = new Batches<OutsideRequest, JobDetails>((requests) => app.submit(requests), batchMost);
    this.#details = new Batches<string, JobDetails>(async (ids) => {
      const unique = [...new Set(ids)];
      const found = await app.detailsOf(unique);
      return ids.map((id) => found.get(id) ?? unknown(id));
    }, batchMost);
  }

  async submit(request: OutsideRequest): Promise<JobDetails> {
    const submitted = await this.#submissions.get(request);
    this.#mirror.takeDetails(submitted);
    return submitted;
  }

  /** A job with its story; read from the log where the mirror does not have it. @throws JOB_NOT_FOUND */
  async details(id: string): Promise<JobDetails> {
    const known = this.#mirror.details(id);
    if (known !== undefined) return known;
    const details = await this.#details.get(id);
    this.#mirror.takeDetails(details);
    return details;
  }

  async files(filter: FileFilter): Promise<ParquetFile[]> {
    return this.#files.get(filter, () => this.#app.files(filter));
  }

  async basisAt(at: string): Promise<AsOfBasis> {
    return this.#app.basisAt(at);
  }

  async coverage(request: CoverageRequest): Promise<Coverage> {
    return this.#coverage.get(request, () => this.#app.coverage(request));
  }

  async quality(request: QualityRequest): Promise<QualityReport> {
    return this.#quality.get(request, () => this.#app.quality(request));
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
