import { basename, dirname, join } from 'node:path';
import { unlessDefect } from '../../core/defects.ts';
import { isJobId } from '../../core/ids.ts';
import type { Job, PurgedFile } from '../../core/job.ts';
import { isIn, keptFolders, quarantinePath } from '../../core/kept-places.ts';
import { isIdentified } from '../../core/names.ts';
import { isStray } from '../../core/strays.ts';
import type { StoredPath } from '../../core/stored-path.ts';
import type { FileStore } from '../../store/store.ts';
import { hashFile } from '../../platform/checksum.ts';
import { isPartName } from '../../platform/without-links.ts';
import type { EngineUrls } from '../../publish/publish.ts';
import { contentOfPacked } from '../../staging/staging.ts';
import type { LogFacts } from './facts.ts';
import { noteOf, problem, type Note, type Problem } from '../../core/problem.ts';
import { namedSources, type GovernContext } from '../../maintenance/maintenance.ts';

/** The folders whose every file some job must explain. */
const explainedFolders = [keptFolders.parquet, keptFolders.sources, keptFolders.archive, keptFolders.quarantine];

type Adoptable = { readonly path: string; readonly jobId: string };

/** Files that no job explains, by what they are. */
export type Unexplained = {
  readonly files: readonly StoredPath[];
  /** Packed sources that a pass of retention has linked into the archive and not noted in the log, for it was killed. */
  readonly pruned: readonly string[];
  /** Packed sources of jobs that have theirs nowhere else: archived since a log was saved that was put back. */
  readonly adoptable: readonly Adoptable[];
  /** What other programs leave, and copies that a killed process of ours has left; nobody reads either. */
  readonly strays: readonly StoredPath[];
  /** What a purge has committed and not removed yet. */
  readonly leaving: readonly StoredPath[];
};

export async function unexplainedFiles(
  { folder, store }: Pick<GovernContext, 'folder' | 'store'>,
  facts: LogFacts,
): Promise<Unexplained> {
  const { root } = folder;
  const explained = explainedPaths(facts);
  const [files, pruned, strays]: [StoredPath[], StoredPath[], StoredPath[]] = [[], [], []];
  const leaving: StoredPath[] = [];
  const adoptable: Adoptable[] = [];
  for (const path of await listKept(store)) {
    if (explained.has(path) || (await isExplained(root, path, facts))) continue;
    if (facts.purged.get(path)?.state === 'removing') {
      leaving.push(path);
      continue;
    }
    const job = isLeftByOthers(path) ? null : await jobOfPacked(root, path, facts);
    if (isLeftByOthers(path)) strays.push(path);
    else if (job === null) files.push(path);
    else if (job.staged_path !== null && (await store.stat(job.staged_path)) !== null) pruned.push(path);
    else adoptable.push({ path, jobId: job.id });
  }
  return { files, pruned, adoptable, strays, leaving };
}

/** The files of the kept folders, relative to the data folder. */
export async function listKept(store: Pick<FileStore, 'list'>): Promise<StoredPath[]> {
  const found: StoredPath[] = [];
  for (const folder of explainedFolders) found.push(...(await store.list(folder)));
  return found;
}

/** The files below a folder that a job could have made. */
export async function listOurs(store: FileStore, folder: StoredPath): Promise<StoredPath[]> {
  return (await store.list(folder)).filter((path) => !isLeftByOthers(path));
}

/** Whether nothing that a job could have made has such a name. */
export function isLeftByOthers(path: string): boolean {
  return isStray(path) || isPartName(basename(path));
}

/** What was purged and is there again, under its own name or another; null for what never was. */
export async function revenant(store: FileStore, path: StoredPath, { purged }: LogFacts): Promise<Problem | null> {
  if (purged.size === 0) return null;
  const at = purged.get(path) ?? (await withBytes(store, path, purged));
  if (at === null) return null;
  return problem(
    'FILE_PURGED',
    { path, jobId: at.job_id },
    `${path} was purged by job ${at.job_id}, and is there again`,
  );
}

async function withBytes(store: FileStore, path: StoredPath, purged: LogFacts['purged']): Promise<PurgedFile | null> {
  const size_bytes = (await store.stat(path))?.size_bytes;
  const alike = [...purged.values()].filter((file) => file.size_bytes === size_bytes || file.size_bytes === 0);
  for (const file of alike) {
    if (file.checksum === null) continue;
    if ((await store.matches(path, { size_bytes: null, checksum: file.checksum })).kind === 'same') return file;
  }
  return null;
}

/** A file that no job explains. One of gexlake's own is told apart from a stranger's by what it says in itself, or by its name. */
export async function unexplained(store: EngineUrls, path: StoredPath): Promise<Problem> {
  const found = problem('FILE_UNEXPLAINED', { path }, `${path} is there, and no job explains it`);
  const hint = await hintForOwn(store, path).catch(unlessDefect(null));
  return hint === null ? found : { ...found, hint };
}

const later = 'after the present log was saved (as when an older snapshot is restored)';

/** Advice about a file that gexlake has made or received and the log does not know; null for all others. */
async function hintForOwn(store: EngineUrls, path: StoredPath): Promise<string | null> {
  if (path.endsWith('.parquet') && (await namedSources(await store.engineUrl(path))) !== null)
    return isIn(keptFolders.parquet, path)
      ? `gexlake made it ${later}, or in another data folder. \`gexlake repair\` brings it back: it imports its source from source/ or archive/ again. If that is gone, import it from where it came.`
      : `gexlake made it ${later}: it kept the file that a change replaced. \`gexlake repair\` puts it into the trash.`;
  if (isIn(keptFolders.quarantine, path) && isJobId(basename(path).replace(/\..*$/s, '')))
    return `A job set these records aside ${later}. \`gexlake repair\` imports its source again, which sets them aside again, and puts this file into the trash.`;
  const isSource = isIn(keptFolders.sources, path) || isIn(keptFolders.archivedSources, path);
  if (isSource && isIdentified(path))
    return `By its name it is a source, received ${later}. \`gexlake repair\` imports it, or puts it into the trash if the log has the same bytes.`;
  return null;
}

const adoptHint = '`gexlake prune --apply` notes it in the log: it was archived after the present log was saved.';

/** A source that the log does not know to be in the archive; and, with the same words, that it is not where the log has it. */
export function adoptions(found: readonly Adoptable[], problems: readonly Problem[]): Problem[] {
  const jobs = new Set(found.map(({ jobId }) => jobId));
  const told = problems.map((one) =>
    one.code === 'SOURCE_MISSING' && jobs.has(one.job_id ?? '') ? { ...one, hint: adoptHint } : one,
  );
  const added = found.map(({ path, jobId }): Problem => {
    const message = `${path} is the source of job ${jobId}, and the log does not know that`;
    return { ...problem('FILE_UNEXPLAINED', { path, jobId }, message), hint: adoptHint };
  });
  return [...told, ...added];
}

/** What is worth a note: all strays in one, however many there are. */
export function notesOn({ pruned, strays, leaving }: Unexplained): Note[] {
  const [first, ...others] = strays;
  const more = others.length === 0 ? '' : ` and ${others.length} more`;
  const what = `${first}${more}: left by other programs, or by a process that was killed`;
  const left = [
    ...pruned.map((path) => noteOf('PRUNE_LEFT', { path }, `${path} was packed by a pass that was killed`)),
    ...leaving.map((path) => noteOf('PURGE_LEFT', { path }, `${path} is purged and was not removed yet`)),
  ];
  return first === undefined ? left : [...left, noteOf('STRAY_FILE', { path: first }, what)];
}

/** Every path at which some job has, or is about to have, a file; not what was purged. */
function explainedPaths({ jobs, lost, files, archived, purged }: LogFacts): Set<string> {
  const paths = new Set<string>();
  for (const { path, state, archive_path } of files) {
    if (state !== 'superseded') paths.add(path);
    if (archive_path !== null) paths.add(archive_path);
  }
  for (const { job } of jobs.values()) if (job.staged_path !== null) paths.add(job.staged_path);
  for (const { archive_path } of archived.values()) paths.add(archive_path);
  for (const id of [...jobs.keys(), ...lost]) paths.add(quarantinePath(id));
  return paths.difference(purged);
}

/** What is not known by its path: the source of a job that runs, in that job's own folder, or of a job whose row is gone. */
async function isExplained(root: string, path: string, { jobs, lost, sources }: LogFacts): Promise<boolean> {
  if (!isIn(keptFolders.sources, path)) return false;
  const owner = basename(dirname(path));
  if (isJobId(owner) && jobs.get(owner)?.status === 'started') return true;
  if (lost.size === 0) return false;
  return sources.has(await hashFile(join(root, path)));
}

/** The completed job whose source a packed file in the archive is, where the log does not have it there yet: the next prune notes it. */
async function jobOfPacked(root: string, path: string, { jobs, archived, purged }: LogFacts): Promise<Job | null> {
  if (!isIn(keptFolders.archivedSources, path) || !path.endsWith('.zst')) return null;
  const candidates = [...jobs.values()].filter(
    ({ job }) => isDue(job, path) && !archived.has(job.id) && !purged.has(job.staged_path ?? ''),
  );
  for (const { job } of candidates) {
    const content = await contentOfPacked(join(root, path)).catch(unlessDefect(null));
    if (content?.checksum === job.checksum) return job;
  }
  return null;
}

function isDue({ staged_path, status }: Job, path: string): boolean {
  return status === 'completed' && staged_path !== null && basename(path) === `${basename(staged_path)}.zst`;
}
