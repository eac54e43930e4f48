import { dirname } from 'node:path';
import { GexlakeError } from '../core/errors.ts';
import { freeBytes } from '../platform/files.ts';

/** @throws DISK_FULL where a source of so many bytes (null: unknown) cannot be kept at a path */
export async function mustFit(name: string, path: string, bytes_total: number | null): Promise<void> {
  const free_bytes = bytes_total === null ? 0 : await freeBytes(dirname(path));
  // Some file systems say that nothing is free whatever is.
  if (bytes_total === null || free_bytes === 0 || bytes_total <= free_bytes) return;
  throw new GexlakeError('DISK_FULL', `${name} has ${bytes_total} bytes, and the disk has ${free_bytes} free`, {
    details: { path },
    hint: 'Free space on the disk of the data folder, then retry the job.',
  });
}
