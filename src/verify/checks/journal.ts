import { GexlakeError } from '../../core/errors.ts';
import { problem, type Problem } from '../../core/problem.ts';
import type { RowDifference, WholeLog } from '../../joblog/joblog.ts';

const codes = { changed: 'LOG_ROW_CHANGED', missing: 'LOG_ROW_MISSING', unknown: 'LOG_ROW_UNKNOWN' } as const;

const said = {
  changed: ({ columns }: RowDifference) => `is not what the journal says: ${columns.join(', ')}`,
  missing: () => 'is in the journal and no longer in the log',
  unknown: () => 'is in the log and not in the journal, or there twice',
} as const;

/** Holds every row of the log against its journal. */
export async function journalProblems(log: Pick<WholeLog, 'compare'>): Promise<Problem[]> {
  try {
    const differences = (await log.compare()) ?? [];
    return differences.map((one) => {
      const { kind, table, key, job_id: jobId } = one;
      return problem(
        codes[kind],
        { path: 'gex_history.db', jobId },
        `the row of ${table} with ${key} ${said[kind](one)}`,
      );
    });
  } catch (error) {
    if (!(error instanceof GexlakeError)) throw error;
    const { code, message } = error;
    // The rest was read from the journal meanwhile.
    if (code === 'DATABASE_DAMAGED') return [damaged(message)];
    if (code !== 'JOURNAL_DAMAGED' && code !== 'LOG_ROLLED_BACK' && code !== 'LOG_FORKED') throw error;
    return [problem(code, { path: 'log' }, message)];
  }
}

function damaged(message: string): Problem {
  const hint = 'The next command that writes makes it again from its journal, and keeps the damaged one in backups/.';
  return { ...problem('LOG_DAMAGED', { path: 'gex_history.db' }, message), hint };
}
