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

export function jobs({ log, actor, known, mustKnow }: AppContext): AppJobs {
  return {
    jobs: async (filter) => ((await known()) ? log.list(filter) : []),
    job: async (id) => {
      await mustKnow(id);
      return log.story(id);
    },
    retry: async (ids, by = actor) => {
      await mustKnow(ids[0]);
      return log.retry(ids, by);
    },
    cancel: async (ids, by = actor) => {
      await mustKnow(ids[0]);
      return log.cancel(ids, by);
    },
  };
}
