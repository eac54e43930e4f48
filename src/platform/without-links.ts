import { createHash } from 'node:crypto';
import { lstat, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { unlessDefect } from '../core/defects.ts';
import { copyInto } from './copying.ts';
import { exists, syncPath } from './entries.ts';
import { setMode } from './modes.ts';
import { lookFor, ownIdentity } from './processes.ts';

/*
 * Giving a file its visible name where the file system has no hard links. A whole copy is made beside the target, under a name that no
 * glob for Parquet or JSON finds, and then renamed. A rename would replace a file of that name, and Linux's way to forbid it is not at
 * hand in Node. So whoever wants a name announces it first, by that copy, then looks who else does, and then whether the name is free:
 * of two, the later one sees the earlier one's copy, or its result. Both may see each other; then both begin anew. So no program of ours
 * ever replaces a file. Another program that makes that very name between the last look and the rename would lose its file.
 */

const ending = '.gexlake-part';

/** How often one begins anew before giving up: others that want the same name are done in milliseconds, or gone. */
const rounds = 100;

/** Nothing is written so long into a copy whose process lives; this counts where that process cannot be looked up. */
const left_ms = 10 * 60_000;

let made = 0;

/** Whether a file's name is that of a copy in the making, which a kill may have left. */
export function isPartName(name: string): boolean {
  return name.startsWith('.') && name.endsWith(ending);
}

/** Gives a private file a visible name by a copy of it. Never replaces: EEXIST where the name is taken. The private name stays. */
export async function copyNew(from: string, to: string): Promise<void> {
  for (let round = 1; ; round++) {
    if (await exists(to)) throw taken();
    if (await tryOnce(from, to)) return;
    if (round === rounds) throw Object.assign(new Error('others want the same name'), { code: 'EBUSY' });
    await sleep(5 + Math.random() * 20);
  }
}

/** False where somebody else wants the name as well. */
async function tryOnce(from: string, to: string): Promise<boolean> {
  // Short, for a name may be as long as the file system allows; who makes it, since others must know whether that one lives.
  const start = `.${createHash('sha256').update(basename(to)).digest('hex').slice(0, 12)},`;
  const name = `${start}${ownIdentity().replaceAll(':', '%')},${made++}${ending}`;
  const part = join(dirname(to), name);
  try {
    // A crash from here to the rename leaves the copy under its hidden name only; `gexlake verify` notes it.
    await copyInto(from, part);
    setMode(part, (await lstat(from)).mode & 0o777);
    await syncPath(part);
    if (await isWantedToo(dirname(to), start, name)) return false;
    if (await exists(to)) throw taken();
    await rename(part, to);
    return true;
  } finally {
    await rm(part, { force: true });
  }
}

async function isWantedToo(folder: string, start: string, own: string): Promise<boolean> {
  for (const name of await readdir(folder)) {
    if (name === own || !name.startsWith(start) || !name.endsWith(ending)) continue;
    const path = join(folder, name);
    const other = await lstat(path).catch(unlessDefect(null));
    if (other === null) continue;
    const sight = lookFor((name.split(',')[1] ?? '').replaceAll('%', ':'), other.mtimeMs);
    if (sight === 'gone') await rm(path, { force: true });
    else if (sight === 'alive' || Date.now() - other.mtimeMs < left_ms) return true;
  }
  return false;
}

function taken(): Error {
  return Object.assign(new Error('taken'), { code: 'EEXIST' });
}
