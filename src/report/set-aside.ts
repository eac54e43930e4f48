import { join } from 'node:path';
import type { Job } from '../core/job.ts';
import { quarantinePath } from '../core/kept-places.ts';
import { toText } from '../core/row-texts.ts';
import { jsonLines, type Database } from '../db/db.ts';
import type { GovernContext } from '../maintenance/maintenance.ts';
import type { SetAside } from './report-facts.ts';

/** The records that jobs have set aside, by reason; without reasons where the file is gone. */
export async function setAsideBy(
  { folder, store }: GovernContext,
  { jobs, engine }: { readonly jobs: readonly Job[]; readonly engine: Database },
): Promise<SetAside[]> {
  const found: SetAside[] = [];
  for (const job of jobs.filter(({ records_quarantined }) => (records_quarantined ?? 0) > 0)) {
    const path = quarantinePath(job.id);
    const reasons = (await store.stat(path)) === null ? {} : await countReasons(engine, join(folder.root, path));
    const { id: job_id, ticker, endpoint, session_date } = job;
    found.push({ job_id, path, ticker, endpoint, session_date, records: job.records_quarantined ?? 0, reasons });
  }
  return found;
}

async function countReasons(engine: Database, path: string): Promise<Record<string, number>> {
  const rows = await engine.all(
    `SELECT reason, count(*) AS records FROM ${jsonLines(path, { reason: 'VARCHAR' })} GROUP BY reason ORDER BY reason`,
  );
  return Object.fromEntries(rows.map((row) => [toText(row['reason']), Number(row['records'])]));
}
