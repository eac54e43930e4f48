import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';

const { EINVAL, ENOTSUP, EPERM, EMLINK } = constants.errno;

/** Disks of other kinds, as calls on them answer. */
export const otherDisks = {
  'exFAT (link: EPERM)': { DISK_LINK_FAILS: EPERM },
  'SMB (link: ENOTSUP, fsync of a folder: EINVAL)': { DISK_LINK_FAILS: ENOTSUP, DISK_FOLDER_SYNC_FAILS: EINVAL },
  'a disk with few links (link: EMLINK)': { DISK_LINK_FAILS: EMLINK },
  'a Windows disk in WSL (chmod: EPERM)': { DISK_CHMOD_FAILS: EPERM },
  'a share (chmod: ENOTSUP, link: ENOTSUP)': { DISK_CHMOD_FAILS: ENOTSUP, DISK_LINK_FAILS: ENOTSUP },
  'a disk on which chmod does nothing': { DISK_CHMOD_DOES_NOTHING: 1 },
  'a disk that syncs no folders (ENOTSUP)': { DISK_FOLDER_SYNC_FAILS: ENOTSUP },
  'a disk that syncs nothing (EINVAL)': { DISK_FILE_SYNC_FAILS: EINVAL, DISK_FOLDER_SYNC_FAILS: EINVAL },
} as const;

const compiler = process.env['CC'] ?? 'cc';
const folder = mkdtempSync(join(tmpdir(), 'gexlake-other-disk-'));
const library = join(folder, 'other-disk.so');
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

/** Why this machine cannot pretend to have another disk, or false. */
export const cannotPretend: string | false = whyNot();

function whyNot(): string | false {
  if (process.platform !== 'linux') return 'only Linux lets a library stand before the system’s';
  try {
    const source = join(import.meta.dirname, 'other-disk/other-disk.c');
    execFileSync(compiler, ['-shared', '-fPIC', '-O1', '-o', library, source, '-ldl'], { stdio: 'pipe' });
    return false;
  } catch {
    return 'there is no C compiler here';
  }
}

/** The environment in which a program has such a disk. */
export function on(disk: keyof typeof otherDisks): Record<string, string> {
  const failures = Object.entries(otherDisks[disk]).map(([name, code]) => [name, String(code)]);
  return { LD_PRELOAD: library, ...(Object.fromEntries(failures) as Record<string, string>) };
}
