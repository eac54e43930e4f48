import { join } from 'node:path';
import { unlessDefect } from '../core/defects.ts';
import { GexlakeError } from '../core/errors.ts';
import type { ArchivedSource } from '../core/job.ts';
import type { StoredPath } from '../core/stored-path.ts';
import type { KeptSource, RecordRoot } from '../joblog/joblog.ts';
import type { GovernContext } from '../maintenance/maintenance.ts';
import { recordRootOf } from '../pipeline/pipeline.ts';
import { hashFile } from '../platform/checksum.ts';
import { sizeOf } from '../platform/files.ts';
import { contentOfPacked, packSource, unstage } from '../staging/staging.ts';
import type { LocalFile } from '../store/store.ts';
import { archivePathsOf } from './retention-plan.ts';

/** A source that goes to the archive, and where by the plan. */
export type Archiving = { readonly source: KeptSource; readonly target: string; readonly privateFolder: string };

/**
 * Moves a staged source into the archive: packed in a private folder, unpacked and compared, linked without replacing, written into the
 * log, and only then removed from `source/`. Killed anywhere, doing it again finishes; another process may do the same at once.
 * @throws SOURCE_CHANGED where the staged file is not what the log knows
 */
export async function archiveSource(
  context: GovernContext,
  { source, target, privateFolder }: Archiving,
): Promise<void> {
  const staged = source.staged_path;
  const { folder, store } = context;
  try {
    // A crash from here to the link leaves the private folder only, which the next command that governs clears.
    const path = join(privateFolder, `${source.job_id}.zst`);
    const { source: unpacked, packed } = await packSource(join(folder.root, staged), path);
    if (unpacked.checksum !== source.checksum) throw changed(source, unpacked.checksum);
    // What was imported can be read; should it not be, it is kept all the same.
    const root = await recordRootOf(join(folder.root, staged), source.checksum).catch(unlessDefect(null));
    const sized = { ...source, size_bytes: unpacked.size_bytes, root };
    await keepPacked(context, { source: sized, target, privateFolder }, { path, ...packed });
    // A crash right here leaves the source in both places; the next pass finds that and removes the staged one.
    await unstage(store, staged, privateFolder);
  } catch (error) {
    // Another process that archives has been faster, and it is its to say what went wrong.
    if ((await store.stat(staged)) !== null) throw error;
  }
}

/** A source with the size of its unpacked bytes, and the root over its records where that is known. */
type SizedSource = KeptSource & { readonly size_bytes: number; readonly root?: RecordRoot | null };

/** Gives the packed file its path and writes that into the log; takes the job's own folder where another source has the name. */
async function keepPacked(
  context: GovernContext,
  { source, target, privateFolder }: Archiving & { readonly source: SizedSource },
  packed: LocalFile,
): Promise<void> {
  const { store } = context;
  const [plain, own] = archivePathsOf(source);
  for (const path of target === own ? [own] : [plain, own]) {
    if (!(await putOrFind(context, packed, { path, checksum: source.checksum }))) continue;
    // A crash right here leaves a file in the archive that no row explains; the next pass finds its bytes and takes it as its own.
    const row = await noteArchived(context, source, path);
    if (row.job_id !== source.job_id) continue;
    if (row.archive_path !== path) await store.remove([path], { purpose: 'archive', workFolder: privateFolder });
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
  { job_id, staged_path, checksum, size_bytes, root = null }: SizedSource,
  archivePath: StoredPath,
): Promise<ArchivedSource> {
  const path = join(folder.root, archivePath);
  const packed = { archived_checksum: await hashFile(path), archived_size_bytes: await sizeOf(path) };
  return log.sources.recordArchived(
    { job_id, staged_path, archive_path: archivePath, checksum, size_bytes, ...packed },
    actor,
    root,
  );
}

/** Puts the packed file; true also where one that unpacks to the same is there, which a pass that was killed has left. */
async function putOrFind(
  { folder, store }: GovernContext,
  packed: LocalFile,
  { path, checksum }: { readonly path: StoredPath; readonly checksum: string },
): Promise<boolean> {
  try {
    await store.put([{ path, local: packed, when: { ifAbsent: true } }], { purpose: 'archive' });
    return true;
  } catch (error) {
    if (!(error instanceof GexlakeError && error.code === 'FILE_EXISTS')) throw error;
    const found = await contentOfPacked(join(folder.root, path)).catch(unlessDefect(null));
    return found?.checksum === checksum;
  }
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
