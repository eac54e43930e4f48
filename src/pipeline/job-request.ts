import { toGexlakeError, type GexlakeError } from '../core/errors.ts';
import { identifySource } from '../core/names.ts';
import { vendorParts } from '../core/vendor-form.ts';
import { settledSource } from '../core/vendor-source.ts';
import type { JobRequest } from '../joblog/joblog.ts';
import type { ImportRequest } from './importer.ts';
import { blockOfPath } from './jobs/rewrite-target.ts';

/** A source of the vendor is kept in its one form; one that cannot be read is told where its job is opened. */
function urlOf(source: string): string {
  return vendorParts(source) === null ? source : settledSource(source);
}

type Subject = Pick<JobRequest, 'ticker' | 'endpoint' | 'sessionDate'>;

/** A request as the log will have it. `problem`: why it cannot be told what it is about; its job can only fail. */
export function toJobRequest(
  request: ImportRequest,
  actor: string,
): { readonly job: JobRequest; readonly problem: GexlakeError | null } {
  const { source, publish, change, again = false } = request;
  const asked: Omit<JobRequest, keyof Subject> = {
    url: urlOf(source),
    actor,
    publish,
    kind: change?.kind ?? 'import',
    reason: change?.reason ?? null,
    correctsJobId: change?.kind === 'correction' ? change.correctsJobId : null,
    target: change?.kind === 'rewrite' ? change.target : again ? { kind: 'readmission' } : null,
  };
  try {
    return { job: { ...asked, ...subjectOf(request) }, problem: null };
  } catch (error) {
    return { job: { ...asked, ticker: null, endpoint: null, sessionDate: null }, problem: toGexlakeError(error) };
  }
}

function subjectOf(request: ImportRequest): Subject {
  const target = request.change?.kind === 'rewrite' ? request.change.target : null;
  if (target?.kind === 'purge') return { ticker: target.ticker, endpoint: target.endpoint, sessionDate: null };
  if (target !== null && target.kind !== 'withdrawal')
    return { ...blockOfPath(target.kind === 'compaction' ? target.folder : target.path), sessionDate: null };
  // A withdrawal comes with what its job is of.
  const { ticker, endpoint, sessionDate } = identifySource(request.source, request);
  return { ticker, endpoint: endpoint.name, sessionDate };
}
