import { GexlakeError } from '../core/errors.ts';
import { problemRules, type Problem, type ProblemCode } from '../core/problem.ts';
import type { GovernContext } from '../maintenance/maintenance.ts';
import { checkedManifest, listSnapshots } from '../backup/backup.ts';

/** Problems of the log itself, which only a log of before puts right. What is wrong with a file never is one of them. */
const ofTheLog = new Set<ProblemCode>([
  'LOG_MISSING',
  'LOG_DAMAGED',
  'JOB_MISSING',
  'JOB_STATUS',
  'JOB_COUNTS',
  'JOB_CHECKSUM',
  'JOB_BLOCK',
  'JOB_SESSION',
  'JOB_REFERENCE',
  'JOB_ROWS',
  'FILE_NOT_LOGGED',
  'FILE_ROW',
]);

/** Lets the hints of problems of the log name the newest snapshot that is whole. */
export async function withSnapshot({ folder }: GovernContext, problems: readonly Problem[]): Promise<Problem[]> {
  if (!problems.some(({ code }) => ofTheLog.has(code))) return [...problems];
  const found = await newestWhole(folder.backups);
  if (found === null) return [...problems];
  const hint = `Restore the newest whole snapshot: \`gexlake restore backups/${found} --apply\`. It keeps the present databases aside. docs/recovery.md says how to get back what is newer.`;
  // One that says more than its code does knows better.
  const isDue = ({ code, hint: known }: Problem) => ofTheLog.has(code) && known === problemRules[code];
  return problems.map((problem) => (isDue(problem) ? { ...problem, hint } : problem));
}

async function newestWhole(backups: string): Promise<string | null> {
  for (const name of (await listSnapshots(backups)).toReversed()) {
    try {
      await checkedManifest(`${backups}/${name}`);
      return name;
    } catch (error) {
      if (!(error instanceof GexlakeError)) throw error;
    }
  }
  return null;
}
