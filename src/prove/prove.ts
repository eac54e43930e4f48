import { join } from 'node:path';
import { placeOf } from '../core/canonical-path.ts';
import { GexlakeError } from '../core/errors.ts';
import type { ParquetFile } from '../core/job.ts';
import { inMemory, withDatabase, type Database } from '../db/db.ts';
import type { LogSnapshot } from '../joblog/joblog.ts';
import { withPlanningFolder, type GovernContext } from '../maintenance/maintenance.ts';
import { makeFolder } from '../platform/folders.ts';
import { remove } from '../platform/work-files.ts';
import { proveFile, type Proof, type ProofResult } from './prove-file.ts';

export { checkProof, type CheckReport } from './check-proof.ts';
export type { Proof, ProofResult } from './prove-file.ts';
export type { NumberReport } from './judge-number.ts';
export { proveNumber, type NumberRequest } from './prove-number.ts';
export { proveQuery, type AskedQuery, type QueryProof } from './prove-query.ts';
export { writeProof } from './write-proof.ts';

/** What was proved: the proofs, file by file, and how many of each result. `ok` says that nothing was contradicted. */
export type ProveReport = {
  readonly ok: boolean;
  readonly results: Readonly<Record<ProofResult, number>>;
  readonly proofs: readonly Proof[];
};

/**
 * Makes published files again from what their jobs made them from, in a private folder, and says of each whether that gives its bytes or
 * its rows. All live and superseded files where no paths are given. Changes nothing.
 * @throws PATH_INVALID for a path at which the log knows no file; NOT_PROVEN where there is no log
 */
export async function proveFiles(context: GovernContext, paths: readonly string[]): Promise<ProveReport> {
  if (!(await context.log.whole.isThere())) throw withoutLog(context);
  const log = await context.log.whole.snapshot();
  const files = filesAt(log, paths);
  const proofs = await withPlanningFolder(context, false, (privateFolder) =>
    withDatabase(inMemory, { ...context.engine, spillFolder: join(privateFolder, 'spill') }, (engine) =>
      proveAll(context, { log, files, engine, privateFolder }),
    ),
  );
  const results = { bytes: 0, content: 0, unproven: 0, contradicted: 0 };
  for (const { result } of proofs) results[result]++;
  return { ok: results.contradicted === 0, results, proofs };
}

function withoutLog({ folder }: GovernContext): GexlakeError {
  return new GexlakeError('NOT_PROVEN', `nothing can be proved: there is no job log in ${folder.root}`, {
    details: { path: folder.root },
    hint: 'Check --data-dir. If the log was lost, put it back: `gexlake restore backups/…`, or `gexlake restore --rebuild-log`.',
  });
}

type Proving = {
  readonly log: LogSnapshot;
  readonly files: readonly ParquetFile[];
  readonly engine: Database;
  readonly privateFolder: string;
};

/** What is made of a file goes before the next one: a folder with many takes no more room than one. */
async function proveAll(context: GovernContext, { log, files, engine, privateFolder }: Proving): Promise<Proof[]> {
  const proofs: Proof[] = [];
  for (const [at, file] of files.entries()) {
    context.onProgress('making files again', at, files.length);
    const folder = join(privateFolder, `file_${at}`);
    await makeFolder('load:folder', folder);
    proofs.push(await proveFile(context, { log, engine, file, privateFolder: folder }));
    await remove('clean:remove', folder);
  }
  return proofs;
}

function filesAt(log: LogSnapshot, paths: readonly string[]): ParquetFile[] {
  const known = log.files.filter(({ state }) => state !== 'publishing');
  if (paths.length === 0) return known;
  return paths.map((path) => {
    const found = known.find((file) => placeOf(file) === path) ?? known.findLast((file) => file.path === path);
    if (found !== undefined) return found;
    throw new GexlakeError('PATH_INVALID', `the job log knows no file at ${path}`, {
      details: { path },
      hint: 'Give the path of a live or superseded file, relative to the data folder, as `gexlake jobs show` prints it.',
    });
  });
}
