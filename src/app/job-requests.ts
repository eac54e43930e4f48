import { stagedFileName } from '../core/names.ts';
import type { JobRequest } from '../joblog/joblog.ts';
import { toJobRequest, type ImportRequest } from '../pipeline/pipeline.ts';
import { allowSource, type SourcePolicy } from '../source/source.ts';

/** Checks all about a request that can be checked without opening its source. */
export function checkedJobRequest(request: ImportRequest, policy: SourcePolicy, actor: string): JobRequest {
  allowSource(request.source, policy);
  stagedFileName(request.source);
  const { job, problem } = toJobRequest(request, actor);
  if (problem !== null) throw problem;
  return job;
}
