import { openToRead, readInto, sizeOf } from '../platform/files.ts';

/** Bytes at the end of a Parquet file in which its metadata is looked for. */
const footer_bytes = 1024 ** 2;

/** The checksums of the sources that a Parquet file says it is made of; null where it is none of gexlake's. */
export async function namedSources(path: string): Promise<readonly string[] | null> {
  const size_bytes = await sizeOf(path);
  const end = Buffer.alloc(Math.min(size_bytes, footer_bytes));
  const file = await openToRead(path);
  try {
    await readInto(file, end, 0, end.byteLength, size_bytes - end.byteLength);
  } finally {
    await file.close();
  }
  // Behind the key come a few bytes with the length of the value.
  const named = /gexlake\.source_checksum[^]{1,8}?([0-9a-f]{64}(?:,[0-9a-f]{64})*)/.exec(end.toString('latin1'))?.[1];
  return named?.split(',') ?? null;
}
