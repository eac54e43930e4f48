import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { finished } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { fileError } from './files.ts';

/**
 * Writes chunks into a file of the user's, or to standard output for `-`, as gzip where asked. For files that people ask
 * for by name; what gexlake keeps goes through files.ts.
 */
export async function writeOutputFile(path: string, chunks: Iterable<Uint8Array>, gzip: boolean): Promise<void> {
  const file = path === '-' ? process.stdout : createWriteStream(path, { flags: 'wx' });
  const entry = gzip ? createGzip({ level: 6 }) : file;
  if (gzip) entry.pipe(file);
  const done = path === '-' ? Promise.resolve() : finished(file);
  // A failure is met at the end, or by the write that it stops.
  done.catch(() => undefined);
  try {
    for (const chunk of chunks) if (!entry.write(chunk)) await Promise.race([once(entry, 'drain'), done]);
    if (entry !== process.stdout) {
      entry.end();
      if (path === '-') await once(entry, 'end');
    }
    await done;
  } catch (error) {
    throw fileError('write', path, error as NodeJS.ErrnoException);
  }
}

/** The gzip form of chunks, whole in memory: for a demonstration, not for what may be large. */
export async function gzipAll(chunks: Iterable<Uint8Array>): Promise<Uint8Array> {
  return buffer(Readable.from(chunks).pipe(createGzip({ level: 6 })));
}
