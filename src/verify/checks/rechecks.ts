import { join } from 'node:path';
import { GexlakeError, toGexlakeError } from '../../core/errors.ts';
import { problem, type Problem } from '../../core/problem.ts';
import type { GovernContext } from '../../maintenance/maintenance.ts';
import { hashFile } from '../../platform/checksum.ts';
import { exists } from '../../platform/files.ts';

/** More than anybody looks at again. */
const mostRechecks = 10_000;

/** Reads what rechecks keep for corrections. What is gone is none: a correction has taken it, or its days are over. */
export async function checkKeptRechecks({ log, folder, onProgress }: GovernContext): Promise<Problem[]> {
  const rechecks = (await log.rechecks.list(mostRechecks)).filter(({ kept_path }) => kept_path !== null);
  const problems: Problem[] = [];
  for (const [at, { id, kept_path: path, checksum }] of rechecks.entries()) {
    const full = join(folder.root, path ?? '');
    onProgress('reading what rechecks keep', at, rechecks.length);
    if (!(await exists(full))) continue;
    const found = await hashFile(full).catch((error: unknown) => toGexlakeError(error));
    const isRead = !(found instanceof GexlakeError);
    // Between the two looks it may have gone.
    if (found === checksum || (!isRead && !(await exists(full)))) continue;
    const what = isRead ? `has SHA-256 ${found}, logged is ${checksum ?? 'none'}` : `cannot be read: ${found.message}`;
    problems.push(problem('RECHECK_CHANGED', { path }, `${path ?? ''}, which the recheck ${id} keeps, ${what}`));
  }
  return problems;
}
