import { dirname, join, posix } from 'node:path';
import { GexlakeError } from '../core/errors.ts';
import type { ArchivedSource } from '../core/job.ts';
import type { KeptSource } from '../joblog/joblog.ts';
import { hashFile } from '../platform/checksum.ts';
import { exists, linkNew, makeFolder, remove, sizeOf, syncFolder } from '../platform/files.ts';
import { contentOfPacked, packSource, removeStaged } from '../staging/staging.ts';
import type { GovernContext } from '../maintenance/maintenance.ts';

/**
 * Moves a staged source into the archive: packed in a private folder, unpacked and compared, linked without replacing, written into the
 * log, and only then removed from `source/`. Killed anywhere, doing it again finishes; another process may do the same at once.
 * @throws SOURCE_CHANGED where the staged file is not what the log knows
 */
export async function archiveSource(
  context: GovernContext,
  privateFolder: string,
  source: KeptSource,
  target: string,
): Promise<void> {
  const staged = join(context.folder.root, source.staged_path);
  try {
    // A crash from here to the link leaves the private folder only, which the next command that governs clears.
    const privatePath = join(privateFolder, `${source.job_id}.zst`);
    const packed = await packSource(staged, privatePath);
    if (packed.source.checksum !== source.checksum) throw changed(source, packed.source.checksum);
    await keepPacked(context, privatePath, { ...source, size_bytes: packed.source.size_bytes }, target);
    // A crash right here leaves the source in both places; the next pass finds that and removes the staged one.
    await removeStaged(staged);
  } catch (error) {
    // Another process that archives has been faster, and it is its to say what went wrong.
    if (await exists(staged)) throw error;
  }
}

/** A source with the size of its unpacked bytes. */
type SizedSource = KeptSource & { readonly size_bytes: number };

/** Gives the packed file its name and writes it into the log; takes the job's own folder where another source has the name. */
async function keepPacked(
  context: GovernContext,
  privatePath: string,
  source: SizedSource,
  target: string,
): Promise<void> {
  const { root } = context.folder;
  const own = posix.join(posix.dirname(target), source.job_id, posix.basename(target));
  for (const archivePath of target.includes(source.job_id) ? [target] : [target, own]) {
    const path = join(root, archivePath);
    if (!(await linkOrFind(privatePath, path, source.checksum))) continue;
    // A crash right here leaves a file in the archive that no row explains; the next pass finds its bytes and takes it as its own.
    const row = await noteArchived(context, source, archivePath);
    if (row.job_id !== source.job_id) continue;
    if (row.archive_path !== archivePath) await remove('clean:remove', path);
    return;
  }
  throw new GexlakeError(
    'FILE_EXISTS',
    `cannot archive ${source.staged_path}: ${own} is there already and holds something else`,
    {
      details: { path: own, jobId: source.job_id },
      hint: 'gexlake never replaces a file. Move the other file away, then run gexlake prune again.',
    },
  );
}

/** Writes into the log where a packed source lies; gives the row that holds. */
export async function noteArchived(
  { folder, log, actor }: GovernContext,
  { job_id, staged_path, checksum, size_bytes }: SizedSource,
  archivePath: string,
): Promise<ArchivedSource> {
  const path = join(folder.root, archivePath);
  const packed = { archived_checksum: await hashFile(path), archived_size_bytes: await sizeOf(path) };
  return log.sources.recordArchived(
    { job_id, staged_path, archive_path: archivePath, checksum, size_bytes, ...packed },
    actor,
  );
}

/** Links the packed file; true also where a file that unpacks to the same is there, which a pass that was killed has left. */
async function linkOrFind(from: string, to: string, checksum: string): Promise<boolean> {
  await makeFolder('archive:folder', dirname(to));
  try {
    await linkNew('archive:link', from, to);
  } catch (error) {
    if (!(error instanceof GexlakeError && error.code === 'FILE_EXISTS')) throw error;
    const found = await contentOfPacked(to).catch(() => null);
    if (found?.checksum !== checksum) return false;
  }
  await syncFolder('archive:sync-folder', dirname(to));
  return true;
}

function changed({ staged_path, checksum, job_id }: KeptSource, found: string): GexlakeError {
  return new GexlakeError(
    'SOURCE_CHANGED',
    `${staged_path} has changed since it was staged: its SHA-256 is ${found}, logged is ${checksum}`,
    {
      details: { path: staged_path, jobId: job_id },
      hint: 'It stays where it is. Staged sources must not be edited; `gexlake verify` says what is wrong.',
    },
  );
}
