import { GexlakeError } from '../core/errors.ts';
import { stagedFileName } from '../core/names.ts';
import type { JobRequest } from '../joblog/joblog.ts';
import { toJobRequest, type ImportRequest } from '../pipeline/pipeline.ts';
import { allowSource, type SourcePolicy } from '../source/source.ts';
import { keyMissing } from '../vendor/vendor.ts';

/** Who asks for a job, and what may be fetched for them; `hasKey`: whether there is a key to ask the vendor with. */
type Asker = { readonly policy: SourcePolicy; readonly actor: string; readonly hasKey: boolean };

/** Checks all about a request that can be checked without opening its source. */
export function checkedJobRequest(request: ImportRequest, { policy, actor, hasKey }: Asker): JobRequest {
  mayAsk(request.source, policy, hasKey);
  stagedFileName(request.source);
  const { job, problem } = toJobRequest(request, actor);
  if (problem !== null) throw problem;
  return job;
}

/** @throws SOURCE_NOT_ALLOWED, VENDOR_KEY_MISSING where a source may not be a job */
export function mayAsk(source: string, policy: SourcePolicy, hasKey: boolean): void {
  const allowed = allowSource(source, policy);
  if (allowed.kind !== 'vendor') return;
  if (allowed.source.kind === 'bundle')
    throw new GexlakeError('SOURCE_NOT_ALLOWED', `${source.trim()} is a bundle of files, and no file itself`, {
      hint: 'Ask for its files, gexbot:hist/<ticker>/<package>/<category>/<date>, or import it from the command line.',
    });
  if (hasKey) return;
  throw keyMissing(`${source.trim()} is asked for`);
}
