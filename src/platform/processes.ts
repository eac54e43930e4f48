import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';

/** Names this process so that another one can tell whether it still lives: `host:pid:start`, start in kernel ticks or ms. */
export function ownIdentity(): string {
  return `${hostname()}:${process.pid}:${startOf(process.pid) ?? Math.round(performance.timeOrigin)}`;
}

/** The start time of a process in clock ticks since boot, as Linux tells it; null where it is gone or not to be seen. */
function startOf(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null;
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
