import { GexlakeError } from '../core/errors.ts';
import type { Job } from '../core/job.ts';
import { formatVendorSource, type VendorFile } from '../core/vendor-source.ts';
import type { JobRequest } from '../joblog/joblog.ts';
import type { FetchContext } from './context.ts';

/** Lets jobs import files that have come: the one that has failed with the same source once more, else a new one. */
export async function askForImports(
  { log, actor }: Pick<FetchContext, 'log' | 'actor'>,
  files: readonly VendorFile[],
  again: boolean,
): Promise<Job[]> {
  const open = await log.jobs.open();
  const jobs: Job[] = [];
  const fresh: JobRequest[] = [];
  for (const file of files) {
    const url = formatVendorSource(file);
    const same = open.filter((job) => job.url === url && job.kind === 'import');
    const waiting = same.find(({ status }) => status !== 'failed');
    const failed = same.at(-1);
    if (waiting !== undefined) jobs.push(waiting);
    else if (failed !== undefined && !again) jobs.push(...(await retried(log, failed, actor)));
    else fresh.push(requestOf(file, { actor, again }));
  }
  if (fresh.length > 0) jobs.push(...(await log.queue.enqueue(fresh)));
  return jobs;
}

/** Another process may have retried it meanwhile. */
async function retried({ queue }: FetchContext['log'], failed: Job, actor: string): Promise<Job[]> {
  try {
    return await queue.retry([failed.id], actor);
  } catch (error) {
    if (error instanceof GexlakeError && error.code === 'JOB_STATE') return [failed];
    throw error;
  }
}

function requestOf(
  file: VendorFile,
  { actor, again }: { readonly actor: string; readonly again: boolean },
): JobRequest {
  return {
    url: formatVendorSource(file),
    ticker: file.ticker,
    endpoint: file.endpoint.name,
    sessionDate: file.date,
    actor,
    publish: true,
    target: again ? { kind: 'readmission' } : null,
  };
}
