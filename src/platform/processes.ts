import { createHash } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname, uptime } from 'node:os';
import { redactUrl } from '../core/redact.ts';

/*
 * Whose job is it? A pid says something only where its namespace, its boot and its machine are this process's own; elsewhere the
 * same number is somebody else. docs/recovery.md says what follows from what is seen.
 */

/** `unseen`: whether it lives cannot be known from here; only what it writes down tells. */
export type Sight = 'alive' | 'gone' | 'unseen';

/** Where a pid means something; null for what this system does not tell. */
type Place = { readonly boot: string | null; readonly namespace: string | null; readonly machine: string | null };

type Identity = {
  readonly host: string;
  readonly pid: number;
  readonly start: string;
  /** Null for identities that versions before this one have written. */
  readonly place: Place | null;
};

// Read once: a process stays who it is although its machine is renamed.
const own: Identity = {
  host: hostname(),
  pid: process.pid,
  start: statOf('self')?.start ?? String(Math.round(performance.timeOrigin)),
  place: { boot: bootId(), namespace: namespaceId(), machine: machineId() },
};

/** Whether `/proc` speaks of the same pids as this process does: a mount of another namespace does not. */
const procIsOurs = read(() => readlinkSync('/proc/self')) === String(process.pid);

/**
 * Names this process so that another one can tell whether it still lives: `host:pid:start:boot.namespace.machine`, the start in
 * kernel ticks, the rest as short digests, `-` for what the system does not tell.
 */
export function ownIdentity(): string {
  const { boot, namespace, machine } = own.place ?? {};
  return `${own.host}:${own.pid}:${own.start}:${[boot, namespace, machine].map((part) => part ?? '-').join('.')}`;
}

/** Looks for the process of an identity. `lastSign_ms`: when it was last heard of by the clock on the wall; null for never. */
export function lookFor(identity: string, lastSign_ms: number | null): Sight {
  const found = parseIdentity(identity);
  if (found === null || found.host !== own.host) return 'unseen';
  const { place } = found;
  if (place === null) return lookForOld(found, lastSign_ms);
  if (place.boot !== own.place?.boot) return isOfEarlierBoot(place, lastSign_ms) ? 'gone' : 'unseen';
  return place.namespace === own.place.namespace ? askKernel(found) : 'unseen';
}

/** An older version has not said where its pid means something. One that is seen lives; one that is not may be elsewhere. */
function lookForOld(identity: Identity, lastSign_ms: number | null): Sight {
  const sight = askKernel(identity);
  return sight === 'gone' && lastSign_ms !== null ? 'unseen' : sight;
}

/** A machine runs one boot at a time; but what was heard of since it began is no process of an earlier one. */
function isOfEarlierBoot({ boot, machine }: Place, lastSign_ms: number | null): boolean {
  if (boot === null || machine === null || machine !== own.place?.machine) return false;
  return lastSign_ms === null || lastSign_ms < Date.now() - uptime() * 1000;
}

function askKernel({ pid, start }: Identity): Sight {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return 'gone';
  }
  const stat = procIsOurs ? statOf(pid) : null;
  if (stat === null) return 'unseen';
  // A process that has ended and that its parent has not asked about yet still has an entry.
  return stat.start !== start || stat.state === 'Z' || stat.state === 'X' ? 'gone' : 'alive';
}

function parseIdentity(identity: string): Identity | null {
  const [, host, pid, start, boot, namespace, machine] =
    /^(.+):(\d+):(\d+)(?::([\w-]+)\.([\w-]+)\.([\w-]+))?$/.exec(identity) ?? [];
  if (host === undefined || pid === undefined || start === undefined) return null;
  const known = (part: string | undefined) => (part === undefined || part === '-' ? null : part);
  const place = { boot: known(boot), namespace: known(namespace), machine: known(machine) };
  return { host, pid: Number(pid), start, place: boot === undefined ? null : place };
}

function bootId(): string | null {
  return digestOf([read(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8'))]);
}

/** The time namespace belongs to it: the start of a process is told by its clock. */
function namespaceId(): string | null {
  return digestOf(['pid', 'time'].map((kind) => read(() => readlinkSync(`/proc/self/ns/${kind}`))));
}

function machineId(): string | null {
  const id = read(() => readFileSync('/etc/machine-id', 'utf8'));
  // An image of a container may have an empty one.
  return id === '' ? null : digestOf([id]);
}

/** Short, and nothing that a system wants kept to itself; null where nothing is known. */
function digestOf(parts: readonly (string | null)[]): string | null {
  if (parts.every((part) => part === null)) return null;
  return createHash('sha256').update(parts.join('\n')).digest('hex').slice(0, 8);
}

function read(act: () => string): string | null {
  try {
    return act();
  } catch {
    return null;
  }
}

/** A process's state and its start in clock ticks since boot, as Linux tells it; null where it is gone or not to be seen. */
function statOf(pid: number | 'self'): { readonly state: string; readonly start: string } | null {
  const stat = read(() => readFileSync(`/proc/${pid}/stat`, 'utf8'));
  if (stat === null) return null;
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return { state: fields[0] ?? '', start: fields[19] ?? '' };
}

/** The command line of a process, shortened and without secrets; null where it cannot be seen. */
export function commandOf(pid: number): string | null {
  const line = procIsOurs ? read(() => readFileSync(`/proc/${pid}/cmdline`, 'utf8')) : null;
  const words = line?.split('\0').filter(Boolean) ?? [];
  return words.map(redactUrl).join(' ').slice(0, 160) || null;
}
