import { unlessDefect } from '../core/defects.ts';
import type { ImportResult, Job, JobKind } from '../core/job.ts';
import { vendorParts } from '../core/vendor-form.ts';
import { vendorSourceOf } from '../core/vendor-source.ts';
import { runAttempt, type Work } from './attempt.ts';
import type { PipelineContext } from './context.ts';
import { correctBlocks } from './jobs/correction.ts';
import { importSource } from './jobs/import.ts';
import { migrateFile } from './jobs/migration.ts';
import { rewriteFiles } from './jobs/rewrite.ts';
import { clearBundle } from './vendor-bytes.ts';

/** What each kind of job does; all of them within the same attempt. */
const workOf: Readonly<Record<JobKind, Work>> = {
  import: importSource,
  correction: correctBlocks,
  migration: migrateFile,
  rewrite: rewriteFiles,
};

/** Runs one attempt of a job that this process holds. A bundle stays until the last of its members has its job done. */
export async function runJob(context: PipelineContext, job: Job): Promise<ImportResult> {
  const result = await runAttempt(context, job, workOf[job.kind]);
  const source = vendorParts(job.url) === null ? null : vendorSourceOf(job.url);
  if (source?.kind === 'member') await clearBundle(context, source).catch(unlessDefect(undefined));
  return result;
}
