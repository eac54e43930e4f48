import { basename, dirname, join } from 'node:path';
import type { DataFolder } from '../../core/data-folder.ts';
import { isJobId } from '../../core/ids.ts';
import { hashFile } from '../../platform/checksum.ts';
import { listFiles } from '../../platform/files.ts';
import type { LogFacts } from './facts.ts';
import { quarantinePath } from './kept.ts';
import { problem, type Problem } from './problem.ts';

/** The folders whose every file some job must explain. */
export const keptFolders = ['parquet', 'source', 'archive', 'quarantine'] as const;

/** Files that no job explains. */
export async function unexplainedFiles({ root }: DataFolder, facts: LogFacts): Promise<string[]> {
  const explained = explainedPaths(facts);
  const found: string[] = [];
  for (const folder of keptFolders) {
    for (const name of await listFiles(join(root, folder))) {
      const path = `${folder}/${name}`;
      if (!explained.has(path) && !(await isExplained(root, path, facts))) found.push(path);
    }
  }
  return found;
}

export function unexplained(path: string): Problem {
  return problem('FILE_UNEXPLAINED', { path }, `${path} is there, and no job explains it`);
}

/** Every path at which some job has, or is about to have, a file. */
function explainedPaths({ jobs, lost, files, archived }: LogFacts): Set<string> {
  const paths = new Set<string>();
  for (const { path, state, archive_path } of files) {
    if (state !== 'superseded') paths.add(path);
    if (archive_path !== null) paths.add(archive_path);
  }
  for (const { job } of jobs.values()) if (job.staged_path !== null) paths.add(job.staged_path);
  for (const { archive_path } of archived.values()) paths.add(archive_path);
  for (const id of [...jobs.keys(), ...lost]) paths.add(quarantinePath(id));
  return paths;
}

/** What is not known by its path: the source of a job that runs, in that job's own folder, or of a job whose row is gone. */
async function isExplained(root: string, path: string, { jobs, lost, sources }: LogFacts): Promise<boolean> {
  if (!path.startsWith('source/')) return false;
  const owner = basename(dirname(path));
  if (isJobId(owner) && jobs.get(owner)?.status === 'started') return true;
  if (lost.size === 0) return false;
  return sources.has(await hashFile(join(root, path)));
}
