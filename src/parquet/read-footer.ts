import { openToRead, readInto } from '../platform/files.ts';
import { magic } from './magic.ts';

/** A footer of a large file has some kilobytes for each row group. */
const most_bytes = 16 * 1024 ** 2;
/** The footer's length, and the magic bytes behind it. */
const end_bytes = 8;

/** The footer of a Parquet file as it lies there; null where the file ends in none. @throws FILE_SYSTEM, SOURCE_… of its opening */
export async function readFooter(path: string): Promise<Buffer | null> {
  const file = await openToRead(path);
  try {
    const { size } = await file.stat();
    if (size < end_bytes) return null;
    const end = Buffer.alloc(end_bytes);
    await readInto(file, end, 0, end_bytes, size - end_bytes);
    const length = end.readUInt32LE(0);
    if (!end.subarray(4).equals(magic) || length > most_bytes || length + end_bytes > size) return null;
    const footer = Buffer.alloc(length);
    await readInto(file, footer, 0, length, size - end_bytes - length);
    return footer;
  } finally {
    await file.close();
  }
}
