import { createHash } from 'node:crypto';
import { openToRead, readInto, type FileHandle } from '../platform/files.ts';
import { openPart, syncFile, writeAll } from '../platform/work-files.ts';

const block_bytes = 1024 ** 2;

type Copied = { readonly size_bytes: number; readonly checksum: string };

/** Copies a file into a new one that is durable; gives its size and SHA-256. */
export async function copyFile(from: FileHandle, to: string): Promise<Copied> {
  const hash = createHash('sha256');
  const block = Buffer.allocUnsafe(block_bytes);
  const copy = await openPart('backup:copy', to);
  try {
    let size_bytes = 0;
    for (;;) {
      const length = await readInto(from, block, 0, block_bytes, size_bytes);
      if (length === 0) break;
      hash.update(block.subarray(0, length));
      await writeAll('backup:write', copy, to, block.subarray(0, length));
      size_bytes += length;
    }
    await syncFile('backup:sync', copy, to);
    return { size_bytes, checksum: hash.digest('hex') };
  } finally {
    await copy.close();
  }
}

/** The same, of a file that nobody has open for it. */
export async function copyFrom(path: string, to: string): Promise<Copied> {
  const from = await openToRead(path);
  try {
    return await copyFile(from, to);
  } finally {
    await from.close();
  }
}
