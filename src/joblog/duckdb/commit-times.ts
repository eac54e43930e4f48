import type { Migration } from '../../db/db.ts';

/*
 * The layout in which a file says since when and until when it counts. Up to it, that stood in the events of the job that made it and
 * of the one that replaced it. The order of events is what happened; where the clock went back between two of the same ticker and
 * endpoint, the later one gets the time of the earlier. What a rebuild found counts from then on. And a log says when it was restored.
 */

/** When the job of an id was committed: an expression that gives null where no event says so. */
function commitOf(jobId: string): string {
  return `(SELECT max(ended.at) FROM (
    SELECT job.id, max(event.occurred_at) OVER (PARTITION BY job.ticker, job.endpoint ORDER BY event.number) AS at
    FROM job_events AS event JOIN import_jobs AS job ON job.id = event.job_id
    WHERE event.event IN ('completed', 'rebuilt')
  ) AS ended WHERE ended.id = ${jobId})`;
}

const committed = `CASE WHEN state <> 'publishing' THEN ${commitOf('parquet_files.job_id')} END`;
const superseded = `CASE WHEN state = 'superseded' THEN ${commitOf('parquet_files.superseded_by')} END`;

export const commitTimes: Migration = {
  version: 7,
  name: 'since when and until when a file counts, and when the log was restored',
  statements: [
    `CREATE TABLE restorations (
      restored_at TIMESTAMP NOT NULL,
      saved_at TIMESTAMP NOT NULL,
      snapshot VARCHAR NOT NULL,
      actor VARCHAR NOT NULL
    )`,
  ],
  adds: [
    { table: 'parquet_files', column: 'committed_at', type: 'TIMESTAMP', value: committed },
    { table: 'parquet_files', column: 'superseded_at', type: 'TIMESTAMP', value: superseded },
  ],
};
