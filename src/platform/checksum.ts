import { createHash } from 'node:crypto';
import { openToRead, readInto } from './files.ts';

const block_bytes = 1024 ** 2;

/** SHA-256 of a file's bytes, in hexadecimal. Reads the next block while it hashes this one. */
export async function hashFile(path: string): Promise<string> {
  const file = await openToRead(path);
  try {
    const hash = createHash('sha256');
    const blocks = [Buffer.allocUnsafe(block_bytes), Buffer.allocUnsafe(block_bytes)] as const;
    const read = (count: number) =>
      readInto(file, blocks[count % 2 === 0 ? 0 : 1], 0, block_bytes, count * block_bytes);
    let length = await read(0);
    for (let count = 0; length > 0; count += 1) {
      const next = read(count + 1);
      hash.update(blocks[count % 2 === 0 ? 0 : 1].subarray(0, length));
      length = await next;
    }
    return hash.digest('hex');
  } finally {
    await file.close();
  }
}
