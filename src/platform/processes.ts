import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';

/** Names this process so that another one can tell whether it still lives: `host:pid:start`, start in kernel ticks or ms. */
export function ownIdentity(): string {
  return `${hostname()}:${process.pid}:${statOf(process.pid)?.start ?? Math.round(performance.timeOrigin)}`;
}

/** Whether the process of an identity is gone. False where that cannot be known, as for one on another machine. */
export function isGone(identity: string): boolean {
  const match = /^(.+):(\d+):(\d+)$/.exec(identity);
  if (match === null || match[1] !== hostname()) return false;
  const pid = Number(match[2]);
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
  const stat = statOf(pid);
  // A process that has ended and that its parent has not asked about yet still has an entry.
  return stat !== null && (stat.start !== match[3] || stat.state === 'Z' || stat.state === 'X');
}

/** A process's state and its start in clock ticks since boot, as Linux tells it; null where it is gone or not to be seen. */
function statOf(pid: number): { readonly state: string; readonly start: string } | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return { state: fields[0] ?? '', start: fields[19] ?? '' };
  } catch {
    return null;
  }
}

/** The command line of a process, shortened and without query strings' secrets; null where it cannot be seen. */
export function commandOf(pid: number): string | null {
  try {
    const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').filter(Boolean);
    return (
      words
        .map((word) => word.replace(/\?.*$/s, '?…'))
        .join(' ')
        .slice(0, 160) || null
    );
  } catch {
    return null;
  }
}
