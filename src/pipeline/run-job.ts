import type { ImportResult, Job, JobKind } from '../core/job.ts';
import { runAttempt, type Work } from './attempt.ts';
import type { PipelineContext } from './context.ts';
import { correctBlocks } from './jobs/correction.ts';
import { importSource } from './jobs/import.ts';
import { migrateFile } from './jobs/migration.ts';
import { rewriteFiles } from './jobs/rewrite.ts';

/** What each kind of job does; all of them within the same attempt. */
const workOf: Readonly<Record<JobKind, Work>> = {
  import: importSource,
  correction: correctBlocks,
  migration: migrateFile,
  rewrite: rewriteFiles,
};

/** Runs one attempt of a job that this process holds. */
export async function runJob(context: PipelineContext, job: Job): Promise<ImportResult> {
  return runAttempt(context, job, workOf[job.kind]);
}
