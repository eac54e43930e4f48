import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Owner } from './gexlake.ts';

/** A file system of its own whose room can be set. */
export type SmallDisk = {
  readonly path: string;
  /** Leaves so much room beside what is used now; what is not given is ample. */
  readonly leave: (room: { readonly bytes?: number; readonly files?: number }) => void;
  readonly readOnly: (readOnly: boolean) => void;
};

const [mountProgram, umountProgram] = ['mount', 'umount'];
const ample = { bytes: 256 * 1024 ** 2, files: 100_000 };

/** Why this machine cannot make small disks, or false. */
export const cannotMount: string | false = whyNot();

function whyNot(): string | false {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'only root can mount a small disk';
  const path = mkdtempSync(join(tmpdir(), 'gexlake-disk-'));
  try {
    mount(['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', path]);
    execFileSync(umountProgram, [path]);
    return false;
  } catch {
    return 'this system lets nobody mount a small disk';
  } finally {
    rmSync(path, { recursive: true });
  }
}

/** Mounts a small disk in memory that goes with its owner. */
export function makeSmallDisk(owner: Owner): SmallDisk {
  const path = mkdtempSync(join(tmpdir(), 'gexlake-disk-'));
  mount(['-t', 'tmpfs', '-o', `mode=755,size=${ample.bytes},nr_inodes=${ample.files}`, 'tmpfs', path]);
  owner.after(async () => {
    execFileSync(umountProgram, ['-l', path]);
    rmSync(path, { recursive: true });
  });
  return {
    path,
    leave: ({ bytes = ample.bytes, files = ample.files }) => {
      const found = statfsSync(path);
      const size = (found.blocks - found.bfree) * found.bsize + Math.ceil(bytes);
      mount(['-o', `remount,size=${size},nr_inodes=${found.files - found.ffree + files}`, path]);
    },
    readOnly: (readOnly) => mount(['-o', `remount,${readOnly ? 'ro' : 'rw'}`, path]),
  };
}

function mount(args: readonly string[]): void {
  execFileSync(mountProgram, args, { stdio: 'pipe' });
}
