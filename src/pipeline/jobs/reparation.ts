import { join } from 'node:path';
import { formatRetiredPath } from '../../core/canonical-path.ts';
import { GexlakeError } from '../../core/errors.ts';
import type { ParquetFile } from '../../core/job.ts';
import { parseStoredPath } from '../../core/stored-path.ts';
import { inMemory, withDatabase } from '../../db/db.ts';
import { copyPrivate } from '../../platform/work-files.ts';
import { checkCopy } from '../../publish/publish.ts';
import type { PipelineContext } from '../context.ts';
import { Rebuilder } from '../rebuilder.ts';
import { privatePath, toPrivateFile, type PlannedRewrite, type Planning } from './rewrite-plan.ts';

/**
 * Puts a live file that is missing or damaged back, with the very bytes that the log knows: from another copy, or made again as its
 * job has made it. The file that the log had there counts as superseded by this job, and its bytes are kept as the others are.
 *
 * @throws NOT_REPAIRABLE where these bytes are nowhere and cannot be made
 */
export async function planReparation(
  { context, job, planFolder }: Planning,
  path: string,
  live: readonly ParquetFile[],
): Promise<PlannedRewrite> {
  const file = live.find((one) => one.path === path && one.state === 'live');
  if (file === undefined) {
    throw new GexlakeError('FOLDER_UNKNOWN', `no live file is known at ${path}`, {
      hint: 'Give the path of a live file as `gexlake verify` prints it.',
    });
  }
  const target = parseStoredPath(path);
  const found = await context.store.matches(target, { size_bytes: null, checksum: file.checksum });
  if (found.kind === 'same') return { plan: null, note: `${path} is as the log says` };
  const good = await goodCopy(context, file, planFolder);
  if (good === null) throw notRepairable(file);
  // Two copies, and not two names of one: what damages one of the files later leaves the other.
  const [copy, archived] = [privatePath(planFolder, job, 0), privatePath(planFolder, job, 1)];
  for (const to of [copy, archived]) await copyPrivate('load:part', good, to);
  const placed = await checkCopy(toPrivateFile(file, copy), copy);
  const replaces = found.kind === 'other bytes' ? found.checksum : null;
  const { checksum, size_bytes } = file;
  const from = { path: archived, size_bytes, checksum };
  const archivePath = formatRetiredPath(target, { why: 'superseded', by: job.id });
  const swap = {
    placements: [{ path: target, checksum, local: placed, replaces }],
    retirements: [{ path: target, checksum, archivePath, from }],
  };
  const state = replaces === null ? 'it was missing' : `it had sha256 ${replaces}`;
  const note = `${path} has sha256 ${checksum} of job ${file.job_id} again; ${state}`;
  const plan = { placed: [{ file: placed, path: target }], swap, planned: null, sessionDates: file.session_dates };
  return { plan, note };
}

async function goodCopy(context: PipelineContext, file: ParquetFile, planFolder: string): Promise<string | null> {
  const { folder, clock, limits } = context;
  const log = await context.log.whole.snapshot();
  const engineOptions = { ...context.engine, spillFolder: join(planFolder, 'spill') };
  return withDatabase(inMemory, engineOptions, (engine) =>
    new Rebuilder({ root: folder.root, log, engine, clock, limits, privateFolder: planFolder }).copyOf(file),
  );
}

function notRepairable({ path, job_id, checksum }: ParquetFile): GexlakeError {
  return new GexlakeError('NOT_REPAIRABLE', `${path} of job ${job_id} cannot be made again with sha256 ${checksum}`, {
    details: { path, jobId: job_id },
    hint: 'Put it back from a backup. Its source is missing or damaged, or it was made by another version of gexlake, Node.js or DuckDB.',
  });
}
