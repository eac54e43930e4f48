import type { Job } from '../core/job.ts';
import type { JobFilter, JobStory } from '../joblog/joblog.ts';
import type { AppContext } from './context.ts';

/** The jobs of the log, and what can be asked of them. */
export type AppJobs = {
  readonly jobs: (filter: JobFilter) => Promise<Job[]>;
  readonly job: (id: string) => Promise<JobStory>;
  /** Both change all the jobs or, where one cannot be changed, none. */
  readonly retry: (ids: readonly string[], by?: string) => Promise<Job[]>;
  readonly cancel: (ids: readonly string[], by?: string) => Promise<Job[]>;
};

export function jobs({ log, actor }: AppContext): AppJobs {
  return {
    jobs: (filter) => log.jobs.list(filter),
    job: (id) => log.jobs.story(id),
    retry: (ids, by = actor) => log.queue.retry(ids, by),
    cancel: (ids, by = actor) => log.queue.cancel(ids, by),
  };
}
