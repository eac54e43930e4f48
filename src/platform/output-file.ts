import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { finished } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { fileError } from './files.ts';
import { giveToUser } from './new-files.ts';

/**
 * Writes chunks into a file of the user's, or to standard output for `-`, as gzip where asked. For files that people ask
 * for by name; what gexlake keeps goes through files.ts. A file that could not be finished is removed again.
 */
export async function writeOutputFile(path: string, chunks: Iterable<Uint8Array>, gzip: boolean): Promise<void> {
  const rest = chunks[Symbol.iterator]();
  // Before there is a file: whatever is wrong with what was asked for comes up here.
  const first = rest.next();
  const file = path === '-' ? process.stdout : createWriteStream(path, { flags: 'wx' });
  const entry = gzip ? createGzip({ level: 6 }) : file;
  if (gzip) entry.pipe(file);
  const done = path === '-' ? Promise.resolve() : finished(file);
  // A failure is met at the end, or by the write that it stops.
  done.catch(() => undefined);
  try {
    for (let next = first; next.done !== true; next = rest.next()) {
      if (!entry.write(next.value)) await Promise.race([once(entry, 'drain'), done]);
    }
    if (entry !== process.stdout) {
      entry.end();
      if (path === '-') await once(entry, 'end');
    }
    await done;
    if (path !== '-') giveToUser(path);
  } catch (error) {
    const failure = error as NodeJS.ErrnoException;
    if (path !== '-' && failure.code !== 'EEXIST') await rm(path, { force: true });
    throw fileError('write', path, failure);
  }
}

/** The gzip form of chunks, whole in memory: for a demonstration, not for what may be large. */
export async function gzipAll(chunks: Iterable<Uint8Array>): Promise<Uint8Array> {
  return buffer(Readable.from(chunks).pipe(createGzip({ level: 6 })));
}
