import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { Readable, type Writable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { finished } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { fileError } from './file-errors.ts';
import { makeNewFile } from './new-file.ts';

/**
 * Writes chunks into a new file of the user's, or to standard output for `-`, as gzip where asked. For files that people ask
 * for by name; what gexlake keeps goes through files.ts.
 */
export async function writeOutputFile(path: string, chunks: Iterable<Uint8Array>, gzip: boolean): Promise<void> {
  const rest = chunks[Symbol.iterator]();
  // Before there is a file: whatever is wrong with what was asked for comes up here.
  const first = rest.next();
  const write = async (file: Writable) => {
    try {
      await writeRest(file, first, rest, gzip);
    } catch (error) {
      throw fileError('write', path, error as NodeJS.ErrnoException);
    }
  };
  if (path === '-') await write(process.stdout);
  else await makeNewFile(path, (part) => write(createWriteStream(part, { flags: 'wx' })));
}

async function writeRest(
  file: Writable,
  first: IteratorResult<Uint8Array>,
  rest: Iterator<Uint8Array>,
  gzip: boolean,
): Promise<void> {
  const entry = gzip ? createGzip({ level: 6 }) : file;
  if (gzip) entry.pipe(file);
  const isOutput = file === process.stdout;
  const done = isOutput ? Promise.resolve() : finished(file);
  // A failure is met at the end, or by the write that it stops.
  done.catch(() => undefined);
  for (let next = first; next.done !== true; next = rest.next()) {
    if (!entry.write(next.value)) await Promise.race([once(entry, 'drain'), done]);
  }
  if (entry !== process.stdout) {
    entry.end();
    if (isOutput) await once(entry, 'end');
  }
  await done;
}

/** The gzip form of chunks, whole in memory: for a demonstration, not for what may be large. */
export async function gzipAll(chunks: Iterable<Uint8Array>): Promise<Uint8Array> {
  return buffer(Readable.from(chunks).pipe(createGzip({ level: 6 })));
}
