import { chmodSync, statSync } from 'node:fs';

/** What a call answers on a file system that does not know what is asked of it. WSL's mounts of Windows disks and exFAT answer EPERM. */
const unknownHere = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS']);

/** Whether a call has failed since the file system cannot do that at all, as far as its answer tells. */
export function isUnknownHere(error: unknown): boolean {
  return unknownHere.has((error as NodeJS.ErrnoException).code ?? '');
}

/**
 * Gives a file or folder of ours its rights, where the file system has any: whoever owns a file may always change them, so a refusal
 * then is the file system's. What is kept there is protected by its checksum only; `gexlake verify` says so once.
 */
export function setMode(path: string, mode: number): void {
  const { mode: now, uid } = statSync(path);
  // A folder keeps the bit by which what is made in it belongs to its group.
  const wanted = mode | (now & 0o2000);
  if ((now & 0o7777) === wanted) return;
  try {
    chmodSync(path, wanted);
  } catch (error) {
    if (!isUnknownHere(error) || uid !== process.geteuid?.()) throw error;
  }
}
