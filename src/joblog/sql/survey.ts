import { day, rowReader, text } from '../../core/columns.ts';
import { importJobs, parquetFiles } from '../../core/log-tables.ts';
import type { Survey, WithdrawnSession } from '../whole-log.ts';
import { filesWithState } from './files.ts';
import { openJobs } from './jobs.ts';
import { purgedSessions } from './purges.ts';
import type { Sql } from './session.ts';
import { isAbout } from './targets.ts';

export async function surveyLog(sql: Sql): Promise<Survey> {
  return {
    live: await filesWithState(sql, 'live'),
    publishing: await filesWithState(sql, 'publishing'),
    open: await openJobs(sql),
    withdrawn: await withdrawnSessions(sql),
    purged: await purgedSessions(sql),
  };
}

async function withdrawnSessions(sql: Sql): Promise<WithdrawnSession[]> {
  const rows = await sql.all(
    `SELECT DISTINCT file.ticker, file.endpoint, held.day AS session_date, job.id AS job_id,
       coalesce(job.reason, '') AS reason, job.finished_at
     FROM import_jobs AS job JOIN parquet_files AS file ON job.id = file.superseded_by, unnest(file.session_dates) AS held(day)
     WHERE file.state = 'superseded' AND ${isAbout('job', 'withdrawal')}
     ORDER BY job.finished_at, job.id`,
  );
  return rows.map(toWithdrawn);
}

const { ticker, endpoint } = parquetFiles.columns;
const { id } = importJobs.columns;
const toWithdrawn = rowReader({ ticker, endpoint, session_date: day(''), job_id: id, reason: text('') });
