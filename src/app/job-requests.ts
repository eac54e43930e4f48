import { identifySource, stagedFileName } from '../core/names.ts';
import type { JobRequest } from '../joblog/joblog.ts';
import type { ImportRequest } from '../pipeline/pipeline.ts';
import { allowSource, type SourcePolicy } from '../source/source.ts';

/** Checks all about a source that can be checked without opening it. */
export function toJobRequest(request: ImportRequest, policy: SourcePolicy, actor: string): JobRequest {
  allowSource(request.source, policy);
  stagedFileName(request.source);
  const { ticker, endpoint, sessionDate } = identifySource(request.source, request);
  const { source: url, publish, change } = request;
  const changes = {
    kind: change?.kind ?? 'import',
    reason: change?.reason ?? null,
    correctsJobId: change?.kind === 'correction' ? change.correctsJobId : null,
  } as const;
  return { url, ticker, endpoint: endpoint.name, sessionDate, actor, publish, ...changes };
}
