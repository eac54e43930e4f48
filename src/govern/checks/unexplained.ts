import { basename, dirname, join } from 'node:path';
import type { DataFolder } from '../../core/data-folder.ts';
import { isJobId } from '../../core/ids.ts';
import type { Job } from '../../core/job.ts';
import { isStray } from '../../core/strays.ts';
import { hashFile } from '../../platform/checksum.ts';
import { exists, listFiles } from '../../platform/files.ts';
import { isPartName } from '../../platform/without-links.ts';
import { contentOfPacked } from '../../staging/staging.ts';
import type { LogFacts } from './facts.ts';
import { quarantinePath } from './kept.ts';
import { noteOf, problem, type Note, type Problem } from './problem.ts';

/** The folders whose every file some job must explain. */
const keptFolders = ['parquet', 'source', 'archive', 'quarantine'] as const;

/** Files that no job explains, by what they are. */
export type Unexplained = {
  readonly files: readonly string[];
  /** Packed sources that a pass of retention has linked into the archive and not noted in the log, for it was killed. */
  readonly pruned: readonly string[];
  /** What other programs leave, and copies that a killed process of ours has left; nobody reads either. */
  readonly strays: readonly string[];
};

export async function unexplainedFiles({ root }: DataFolder, facts: LogFacts): Promise<Unexplained> {
  const explained = explainedPaths(facts);
  const [files, pruned, strays]: [string[], string[], string[]] = [[], [], []];
  for (const path of await listKept(root)) {
    if (explained.has(path) || (await isExplained(root, path, facts))) continue;
    if (isLeftByOthers(path)) strays.push(path);
    else if (await isPruned(root, path, facts)) pruned.push(path);
    else files.push(path);
  }
  return { files, pruned, strays };
}

/** The files of the kept folders, relative to the data folder. */
export async function listKept(root: string): Promise<string[]> {
  const found: string[] = [];
  for (const folder of keptFolders)
    found.push(...(await listFiles(join(root, folder))).map((name) => `${folder}/${name}`));
  return found;
}

/** Whether nothing that a job could have made has such a name. */
export function isLeftByOthers(path: string): boolean {
  return isStray(path) || isPartName(basename(path));
}

export function unexplained(path: string): Problem {
  return problem('FILE_UNEXPLAINED', { path }, `${path} is there, and no job explains it`);
}

/** What is worth a note: all strays in one, however many there are. */
export function notesOn({ pruned, strays }: Unexplained): Note[] {
  const [first, ...others] = strays;
  const more = others.length === 0 ? '' : ` and ${others.length} more`;
  const what = `${first}${more}: left by other programs, or by a process that was killed`;
  const left = pruned.map((path) => noteOf('PRUNE_LEFT', { path }, `${path} was packed by a pass that was killed`));
  return first === undefined ? left : [...left, noteOf('STRAY_FILE', { path: first }, what)];
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

/** Whether a packed source belongs to a job that still has it staged, and is not noted yet: the next pass takes it as its own. */
async function isPruned(root: string, path: string, { jobs, archived }: LogFacts): Promise<boolean> {
  if (!path.startsWith('archive/gex/') || !path.endsWith('.zst')) return false;
  const candidates = [...jobs.values()].filter(({ job }) => isDue(job, path) && !archived.has(job.id));
  for (const { job } of candidates) {
    if (!(await exists(join(root, job.staged_path ?? '')))) continue;
    const content = await contentOfPacked(join(root, path)).catch(() => null);
    if (content?.checksum === job.checksum) return true;
  }
  return false;
}

function isDue({ staged_path, status }: Job, path: string): boolean {
  return status === 'completed' && staged_path !== null && basename(path) === `${basename(staged_path)}.zst`;
}
