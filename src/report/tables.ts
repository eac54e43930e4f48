import { csvLine } from '../core/row-texts.ts';
import type { Report } from './report-facts.ts';

const columns = [
  'path',
  'dataset',
  'ticker',
  'endpoint',
  'session_dates',
  'rows',
  'size_bytes',
  'sha256',
  'content_hash',
  'contract_version',
  'job_id',
  'committed_at',
] as const;

/** The files of a report as CSV, a line for each. */
export function filesTable({ files }: Report): string {
  const lines = files.map((file) =>
    csvLine(columns.map((name) => (name === 'session_dates' ? file.session_dates.join(' ') : file[name]))),
  );
  return csvLine(columns) + lines.join('');
}
