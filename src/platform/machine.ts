import { existsSync, readFileSync } from 'node:fs';
import { release } from 'node:os';

/** What gexlake runs on. */
export type Machine = {
  readonly system: string;
  readonly node: string;
  /** Windows' subsystem for Linux: disks of Windows lie under `/mnt`, and paths are Linux's. */
  readonly wsl: boolean;
  /** `docker`, `podman`, `kubernetes`, another name that the container gives itself, or null. */
  readonly container: string | null;
};

export function machine(): Machine {
  const system = `${process.platform} ${release()} ${process.arch}`;
  return { system, node: process.versions.node, wsl: isWsl(), container: containerName() };
}

function isWsl(): boolean {
  return process.platform === 'linux' && /microsoft/i.test(release());
}

function containerName(): string | null {
  if (existsSync('/.dockerenv')) return 'docker';
  if (existsSync('/run/.containerenv')) return 'podman';
  if (process.env['KUBERNETES_SERVICE_HOST'] !== undefined) return 'kubernetes';
  try {
    // systemd's convention: the first process of a container has its kind in its environment.
    return /(?:^|\0)container=([^\0]+)/.exec(readFileSync('/proc/1/environ', 'utf8'))?.[1] ?? null;
  } catch {
    return null;
  }
}
