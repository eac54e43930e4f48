import { placeOf } from '../core/canonical-path.ts';
import type { ParquetFile } from '../core/job.ts';
import type { StoredPath } from '../core/stored-path.ts';
import type { KeptSource } from '../joblog/joblog.ts';
import type { Expected, FileStore } from '../store/store.ts';

/** Why the source of a completed job may not be moved: a file that it has published is not as the log says. Null where it may. */
export async function whyParquetFails(
  store: FileStore,
  published: readonly ParquetFile[],
  purged: ReadonlySet<string>,
): Promise<string | null> {
  if (published.length === 0) return 'stays as it is: its job has published no file';
  for (const file of published.filter((one) => !purged.has(placeOf(one)))) {
    const path = file.state === 'superseded' ? file.archive_path : file.path;
    if (path === null || file.state === 'publishing') return `stays as it is: ${file.path} is not committed`;
    const wrong = await whyDiffers(store, path, file);
    if (wrong !== null) return `stays as it is: its file ${path} ${wrong}`;
  }
  return null;
}

/** Why a staged source may not be moved as it is. */
export async function whySourceFails(store: FileStore, { staged_path, checksum }: KeptSource): Promise<string | null> {
  return whyDiffers(store, staged_path, { size_bytes: null, checksum });
}

async function whyDiffers(store: FileStore, path: StoredPath, expected: Expected): Promise<string | null> {
  const found = await store.matches(path, expected);
  switch (found.kind) {
    case 'same':
      return null;
    case 'absent':
      return 'is missing';
    case 'other size':
      return `has ${found.size_bytes} bytes, logged are ${expected.size_bytes}`;
    case 'other bytes':
      return `has SHA-256 ${found.checksum}, logged is ${expected.checksum}`;
  }
}
