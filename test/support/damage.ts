import { chmod, copyFile, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Ways to damage one file that leave its mode as it was. */
export type Damage = 'flip' | 'truncate' | 'delete' | 'chmod' | 'touch';

const acts: Readonly<Record<Damage, (path: string) => Promise<void>>> = {
  flip: (path) => rewrite(path, (bytes) => flipped(bytes, Math.floor(bytes.byteLength / 2))),
  truncate: (path) => rewrite(path, (bytes) => bytes.subarray(0, bytes.byteLength - 7)),
  delete: (path) => rm(path),
  chmod: (path) => chmod(path, 0o644),
  touch: (path) => utimes(path, new Date(0), new Date(0)),
};

/** Changes one bit of a file at a certain place. */
export async function flipAt(folder: string, path: string, at: number): Promise<void> {
  await rewrite(join(folder, path), (bytes) => flipped(bytes, at));
}

function flipped(bytes: Buffer, at: number): Buffer {
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  return bytes;
}

export async function damage(folder: string, path: string, how: Damage): Promise<void> {
  await acts[how](join(folder, path));
}

/** Lets two files change places. */
export async function swap(folder: string, one: string, other: string): Promise<void> {
  const [left, right] = [join(folder, one), join(folder, other)];
  await rename(left, `${left}.swap`);
  await rename(right, left);
  await rename(`${left}.swap`, right);
}

/** Puts a copy of a file under another name. */
export async function add(folder: string, path: string, as: string): Promise<void> {
  await copyFile(join(folder, path), join(folder, as));
}

/** Writes in place, so that the file stays the same one with other bytes. */
async function rewrite(path: string, change: (bytes: Buffer) => Uint8Array): Promise<void> {
  const { mode } = await stat(path);
  await chmod(path, 0o644);
  await writeFile(path, change(await readFile(path)));
  await chmod(path, mode);
}
