import { join } from 'node:path';
import type { DataFolder } from '../core/data-folder.ts';
import type { ParquetFile } from '../core/job.ts';
import type { KeptSource } from '../joblog/joblog.ts';
import { hashFile } from '../platform/checksum.ts';
import { exists, sizeOf } from '../platform/files.ts';

/** Why the source of a completed job may not be moved: a file that it has published is not as the log says. Null where it may. */
export async function whyParquetFails(folder: DataFolder, published: readonly ParquetFile[]): Promise<string | null> {
  if (published.length === 0) return 'its job has published no file';
  for (const file of published) {
    const path = file.state === 'superseded' ? file.archive_path : file.path;
    if (path === null || file.state === 'publishing') return `${file.path} is not committed`;
    const wrong = await whyDiffers(join(folder.root, path), file.size_bytes, file.checksum);
    if (wrong !== null) return `${path}, which it was published as, ${wrong}`;
  }
  return null;
}

/** Why a staged source may not be moved as it is. */
export async function whySourceFails(folder: DataFolder, source: KeptSource): Promise<string | null> {
  return whyDiffers(join(folder.root, source.staged_path), null, source.checksum);
}

async function whyDiffers(path: string, size_bytes: number | null, checksum: string): Promise<string | null> {
  if (!(await exists(path))) return 'is missing';
  const size = await sizeOf(path);
  if (size_bytes !== null && size !== size_bytes) return `has ${size} bytes, logged are ${size_bytes}`;
  const found = await hashFile(path);
  return found === checksum ? null : `has SHA-256 ${found}, logged is ${checksum}`;
}
