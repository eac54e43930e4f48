import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ImportResult } from '../../src/core/job.ts';
import { editLog } from './duckdb.ts';
import type { Lake } from './gexlake.ts';

/** Brings log and folder to where a job stands between its links and its commit, with the files of another job as its own. */
export async function pretendToHaveLinked(lake: Lake, jobId: string, like: ImportResult): Promise<void> {
  const ending = `_${jobId}.parquet`;
  for (const path of like.parquet_files) {
    await copyFile(join(lake.folder, path), join(lake.folder, path.replace('.parquet', ending)));
  }
  await editLog(
    join(lake.folder, 'gex_history.db'),
    `INSERT INTO parquet_files SELECT * REPLACE ('${jobId}' AS job_id, replace(path, '.parquet', '${ending}') AS path,
       'publishing' AS state) FROM parquet_files WHERE job_id = '${like.job_id}'`,
  );
}
