import { hashFile } from '../platform/checksum.ts';
import { sizeOf } from '../platform/files.ts';
import type { LocalFile } from './file-store.ts';

/** A finished file of this machine's disk, as it is now, for who does not know its size and sum. */
export async function localFile(path: string): Promise<LocalFile> {
  return { path, size_bytes: await sizeOf(path), checksum: await hashFile(path) };
}
