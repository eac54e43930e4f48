import { readFileSync, realpathSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

/** The file system that a path lies on, as the kernel tells it. */
export type Mount = {
  readonly point: string;
  /** `ext4`, `exfat`, `cifs`, `9p`, … */
  readonly type: string;
  /** What is mounted: a device, a share, a folder of Windows. */
  readonly source: string;
  readonly readOnly: boolean;
};

/** The mount of a path, or of the nearest folder above it that is there; null where the system does not tell. */
export function mountOf(path: string): Mount | null {
  const place = nearest(resolve(path));
  let found: Mount | null = null;
  for (const mount of allMounts()) {
    const isAbove = place === mount.point || place.startsWith(mount.point === '/' ? '/' : `${mount.point}/`);
    // Of two mounts at one place the later one is seen.
    if (isAbove && mount.point.length >= (found?.point.length ?? 0)) found = mount;
  }
  return found;
}

/** A mount in words: `exfat, mounted at /mnt/usb (/dev/sdb1)`. */
export function describeMount({ point, type, source, readOnly }: Mount): string {
  return `${type}${readOnly ? ', read-only' : ''}, mounted at ${point} (${source})`;
}

function nearest(path: string): string {
  for (let at = path; ; at = dirname(at)) {
    try {
      return realpathSync(at);
    } catch {
      if (at === dirname(at)) return at;
    }
  }
}

/** `36 35 98:0 /root /point rw,noatime shared:1 - ext4 /dev/sda1 rw,errors=continue`: see proc_pid_mountinfo(5). */
function allMounts(): Mount[] {
  let text: string;
  try {
    text = readFileSync('/proc/self/mountinfo', 'utf8');
  } catch {
    return [];
  }
  return text.split('\n').flatMap((line) => {
    const [place, system] = line.split(' - ');
    const [, , , , point, options] = place?.split(' ') ?? [];
    const [type, source, superOptions] = system?.split(' ') ?? [];
    if (point === undefined || type === undefined) return [];
    const all = [...(options?.split(',') ?? []), ...(superOptions?.split(',') ?? [])];
    // WSL mounts Windows disks by 9p and says in the options what that is for.
    const name = all.some((option) => option.startsWith('aname=drvfs')) ? 'drvfs by 9p' : type;
    return [{ point: unescaped(point), type: name, source: unescaped(source ?? ''), readOnly: all.includes('ro') }];
  });
}

/** Blanks and the like are octal in there. */
function unescaped(text: string): string {
  return text.replaceAll(/\\([0-7]{3})/g, (_, digits: string) => String.fromCodePoint(Number.parseInt(digits, 8)));
}
