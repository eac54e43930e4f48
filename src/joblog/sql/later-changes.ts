import { GexlakeError } from '../../core/errors.ts';
import type { Job } from '../../core/job.ts';
import { listOf, type Sql } from './session.ts';
import { keepsRows } from './targets.ts';

/**
 * A correction or a restoration was asked for in view of what was live then. Done late, by a retry or after its process died, it must not
 * undo what was asked for after it. The order of events counts, and no clock.
 * @throws CHANGED_SINCE where a change of any of the sessions was asked for later, and has been done
 */
export async function mustNotBeOutdated(sql: Sql, job: Job, sessionDates: readonly string[]): Promise<void> {
  const later = await laterChange(sql, job, sessionDates);
  if (later === null) return;
  const sessions = sessionDates.join(', ');
  throw new GexlakeError(
    'CHANGED_SINCE',
    `job ${later}, asked for after this one, has changed ${job.ticker} ${job.endpoint} of ${sessions} already`,
    {
      details: { jobId: later },
      hint: `Nothing was changed. \`gexlake jobs show ${later}\` says what it did; if this change is still wanted, give its command again.`,
    },
  );
}

async function laterChange(sql: Sql, { id, ticker, endpoint }: Job, dates: readonly string[]): Promise<string | null> {
  const row = await sql.first(
    `WITH asked AS (SELECT job_id, min(number) AS place FROM job_events GROUP BY job_id)
     SELECT changer.id FROM import_jobs AS changer JOIN asked ON asked.job_id = changer.id
     WHERE asked.place > (SELECT place FROM asked WHERE job_id = $1)
       AND changer.status = 'completed' AND changer.kind IN ('correction', 'rewrite') AND NOT ${keepsRows('changer')}
       AND EXISTS (
         SELECT 1 FROM parquet_files AS file
         WHERE (file.job_id = changer.id OR file.superseded_by = changer.id) AND file.ticker = $2 AND file.endpoint = $3
           AND CASE
             -- A correction of one session leaves the others of a file as they were.
             WHEN changer.kind = 'correction' AND changer.session_date IS NOT NULL
             THEN CAST(changer.session_date AS VARCHAR) = ANY(string_to_array($4, ','))
             ELSE file.session_dates && CAST(string_to_array($4, ',') AS DATE[])
           END)
     ORDER BY asked.place DESC LIMIT 1`,
    [id, ticker, endpoint, listOf(dates)],
  );
  return row === null ? null : String(row['id']);
}
