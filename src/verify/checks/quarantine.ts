import type { Job } from '../../core/job.ts';
import type { LogSnapshot } from '../../joblog/joblog.ts';
import { readText } from '../../platform/files.ts';
import { factsOfLog } from './facts.ts';
import { quarantineOf, type KeptFile } from './expected-files.ts';
import { checkBytes, of } from './look.ts';
import type { Problem } from '../../core/problem.ts';

/** A quarantine file has one JSON object for each record that was set aside, in the order of the source. */
export async function checkQuarantine(fullPath: string, file: KeptFile): Promise<Problem[]> {
  const text = (await readText(fullPath)) ?? '';
  const lines = text.split('\n');
  if (lines.pop() !== '') return [of(file, 'QUARANTINE_CONTENT', 'ends in the middle of a line')];
  if (lines.length !== file.records) {
    return [of(file, 'QUARANTINE_CONTENT', `has ${lines.length} records, logged are ${file.records}`)];
  }
  const wrong = lines.findIndex((line) => !isRecord(line));
  return wrong === -1 ? [] : [of(file, 'QUARANTINE_CONTENT', `has no record that was set aside in line ${wrong + 1}`)];
}

function isRecord(line: string): boolean {
  try {
    const { record, byte, reason, source } = JSON.parse(line) as Readonly<Record<string, unknown>>;
    return (
      Number.isInteger(record) && Number.isInteger(byte) && typeof reason === 'string' && typeof source === 'string'
    );
  } catch {
    return false;
  }
}

/** Whether a file that was made again is what a job has set aside, as the log knows it. */
export function setAsideOf(log: LogSnapshot, job: Job): (path: string) => Promise<boolean> {
  const [facts] = factsOfLog({ ...log, jobs: [job] }, () => false).jobs.values();
  const file = facts === undefined ? undefined : quarantineOf(facts)[0];
  return async (path) => {
    if (file === undefined) return false;
    return [...(await checkBytes(path, file)), ...(await checkQuarantine(path, file))].length === 0;
  };
}
