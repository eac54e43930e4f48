import { constants } from 'node:fs';
import { copyFile, open, rm } from 'node:fs/promises';
import { isUnknownHere } from './modes.ts';

const block_bytes = 1024 ** 2;

/**
 * Copies a file into a new one, with blocks of its own where the file system does not share them. Node's copy also gives the copy its
 * original's mode and fails where there are none, so there it is done by hand. EEXIST where the name is taken.
 */
export async function copyInto(from: string, to: string): Promise<void> {
  try {
    await copyFile(from, to, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
  } catch (error) {
    if (!isUnknownHere(error)) throw error;
    // What came of it is ours: a name that was taken gives another error.
    await rm(to, { force: true });
    await copyByHand(from, to);
  }
}

async function copyByHand(from: string, to: string): Promise<void> {
  const source = await open(from, 'r');
  try {
    const target = await open(to, 'wx', 0o600);
    try {
      const block = Buffer.allocUnsafe(block_bytes);
      for (let position = 0; ;) {
        const { bytesRead } = await source.read(block, 0, block_bytes, position);
        if (bytesRead === 0) return;
        position += bytesRead;
        for (let done = 0; done < bytesRead;) done += (await target.write(block, done, bytesRead - done)).bytesWritten;
      }
    } finally {
      await target.close();
    }
  } finally {
    await source.close();
  }
}
