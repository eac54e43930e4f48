import { basename, dirname, join } from 'node:path';
import { GexlakeError } from '../core/errors.ts';
import { isJobId } from '../core/ids.ts';
import { inFolder, type StoredPath } from '../core/stored-path.ts';
import { hashFile } from '../platform/checksum.ts';
import { exists, factsOf, fileBlocks } from '../platform/files.ts';
import { makeFolder, removeEmpty, syncFolder } from '../platform/folders.ts';
import { listFiles } from '../platform/listing.ts';
import { makeReadOnly, remove } from '../platform/work-files.ts';
import { linkNew, moveNew, replaceFile, takeAway } from '../platform/visible-names.ts';
import type {
  Expected,
  FileStore,
  FileToPut,
  LicensedChange,
  LocalFile,
  Match,
  PutOutcome,
  StoredFacts,
} from './file-store.ts';
import { labelsOf, type Labels } from './purposes.ts';

/** The kept files of a data folder on this machine. `root` is absolute and need not be there yet. */
export function openLocalStore(root: string): FileStore {
  const at = (path: StoredPath) => join(root, path);
  return {
    put: async (files, { purpose }) => putAll(root, files, labelsOf[purpose]),
    putFolder: async (path, localFolder, { purpose }) => {
      const labels = labelsOf[purpose];
      await makeFolder(labels.folder, dirname(at(path)));
      // A crash before this leaves the private folder only, behind it all of it.
      await moveNew(labels.link, localFolder, at(path));
      await syncFolder(labels.syncFolder, dirname(at(path)));
    },
    get: async (path, local, { purpose }) => {
      // What an attempt that was killed has left under that name is a second name, too, or worth nothing.
      await remove('clean:remove', local);
      await linkNew(labelsOf[purpose].get, at(path), local);
    },
    move: async (from, to, { purpose }) => {
      const labels = labelsOf[purpose];
      await makeFolder(labels.folder, dirname(at(to)));
      // A crash before the syncs may leave it under either path, never under none.
      await moveNew(labels.link, at(from), at(to));
      await syncFolders(labels, [dirname(at(to)), dirname(at(from))]);
    },
    remove: async (paths, change) => removeAll(root, paths, change),
    stat: async (path) => toFacts(await factsOf(at(path))),
    matches: async (path, expected) => compare(at(path), expected),
    read: (path) => fileBlocks(at(path)),
    list: async (folder) => (await listFiles(at(folder))).map((name) => inFolder(folder, name)),
    engineUrl: async (path) => at(path),
  };
}

async function putAll(root: string, files: readonly FileToPut[], labels: Labels): Promise<PutOutcome[]> {
  const outcomes: PutOutcome[] = [];
  for (const file of files) outcomes.push(await putOne(join(root, file.path), file, labels));
  // A crash before this may take the visible names away again, never the private ones.
  await syncFolders(
    labels,
    files.map(({ path }) => dirname(join(root, path))),
  );
  return outcomes;
}

async function putOne(target: string, { local, when }: FileToPut, labels: Labels): Promise<PutOutcome> {
  await makeFolder(labels.folder, dirname(target));
  if (labels.readOnly !== null) await makeReadOnly(labels.readOnly, local.path);
  await mustBeWhole(local);
  if ('ifAbsent' in when) return linkUnlessSame(labels.link, local, target);
  if ('replaces' in when) {
    const found = await compare(target, { size_bytes: null, checksum: when.replaces });
    if (found.kind !== 'same' && isSame(found, local)) return 'found';
    if (found.kind !== 'same') throw changedBehindUs(target, when.replaces, found);
  }
  // A reader meets the old file or the new one, never neither.
  await replaceFile(labels.replace, local.path, target);
  return 'put';
}

/** A crash right behind the link leaves one whole file under two names. */
async function linkUnlessSame(step: Labels['link'], local: LocalFile, target: string): Promise<PutOutcome> {
  try {
    await linkNew(step, local.path, target);
    return 'put';
  } catch (error) {
    const isTaken = error instanceof GexlakeError && error.code === 'FILE_EXISTS';
    // What is no regular file, and cannot be read, is something else.
    const found = isTaken ? await compare(target, local).catch(() => null) : null;
    if (found?.kind !== 'same') throw error;
    return 'found';
  }
}

function isSame(found: Match, { checksum }: LocalFile): boolean {
  return found.kind === 'other bytes' && found.checksum === checksum;
}

/** What is about to become visible is as long as whoever wrote it says. */
async function mustBeWhole({ path, size_bytes }: LocalFile): Promise<void> {
  const facts = size_bytes === null ? null : await factsOf(path);
  // What is gone is told by the link or rename that needs it.
  if (facts === null || facts.size_bytes === size_bytes) return;
  throw new GexlakeError('FILE_SYSTEM', `${path} has ${facts.size_bytes} bytes where ${size_bytes} were written`, {
    details: { path },
    hint: 'Check the disk, and that no other program writes into the data folder, then retry the job.',
  });
}

/**
 * Each thing goes into the private folder by one rename, so that a process whose folder is gone removes nothing. A crash behind it leaves
 * it there, for whoever clears that folder.
 */
async function removeAll(
  root: string,
  paths: readonly StoredPath[],
  { purpose, workFolder }: LicensedChange,
): Promise<void> {
  const labels = labelsOf[purpose];
  const folders: string[] = [];
  for (const path of paths.map((one) => join(root, one))) {
    await takeAway(labels.remove, path, workFolder);
    const isOwn = isJobId(basename(dirname(path)));
    if (isOwn) await removeEmpty('clean:remove', dirname(path));
    folders.push(isOwn ? dirname(dirname(path)) : dirname(path));
  }
  await syncFolders(labels, folders);
}

async function syncFolders({ syncFolder: step }: Labels, folders: readonly string[]): Promise<void> {
  for (const folder of new Set(folders)) if (await exists(folder)) await syncFolder(step, folder);
}

async function compare(path: string, expected: Expected): Promise<Match> {
  const facts = await factsOf(path);
  if (facts === null) return { kind: 'absent' };
  const { size_bytes } = facts;
  if (expected.size_bytes !== null && size_bytes !== expected.size_bytes) return { kind: 'other size', size_bytes };
  const checksum = await hashFile(path);
  return checksum === expected.checksum ? { kind: 'same' } : { kind: 'other bytes', checksum };
}

function toFacts(facts: StoredFacts | null): StoredFacts | null {
  return facts === null ? null : { size_bytes: facts.size_bytes, isFile: facts.isFile, mode: facts.mode };
}

function changedBehindUs(path: string, expected: string, found: Match): GexlakeError {
  const state = found.kind === 'other bytes' ? `has SHA-256 ${found.checksum}` : 'is gone';
  return new GexlakeError('FILE_CHANGED', `${path} ${state}, but the log knows it with SHA-256 ${expected}`, {
    details: { path },
    hint: 'Published files are changed by jobs only. Find out who changed it; `gexlake jobs show <job>` names the file and its checksum.',
  });
}
