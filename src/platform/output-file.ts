import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import type { Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { fileError } from './file-errors.ts';
import { makeNewFile } from './new-file.ts';

/**
 * Writes chunks into a new file of the user's, or to a stream that somebody else ends such as standard output, as gzip where asked.
 * For files that people ask for by name; what gexlake keeps goes through files.ts.
 */
export async function writeOutputFile(
  target: string | Writable,
  chunks: Iterable<Uint8Array>,
  gzip: boolean,
): Promise<void> {
  const rest = chunks[Symbol.iterator]();
  // Before there is a file: whatever is wrong with what was asked for comes up here.
  const first = rest.next();
  const write = async (file: Writable) => {
    try {
      await writeRest(file, { first, rest, gzip, ends: file !== target });
    } catch (error) {
      throw fileError('write', typeof target === 'string' ? target : '-', error as NodeJS.ErrnoException);
    }
  };
  if (typeof target === 'string') await makeNewFile(target, (part) => write(createWriteStream(part, { flags: 'wx' })));
  else await write(target);
}

type Rest = {
  readonly first: IteratorResult<Uint8Array>;
  readonly rest: Iterator<Uint8Array>;
  readonly gzip: boolean;
  /** Whether the file ends with the chunks. */
  readonly ends: boolean;
};

async function writeRest(file: Writable, { first, rest, gzip, ends }: Rest): Promise<void> {
  const entry = gzip ? createGzip({ level: 6 }) : file;
  if (gzip) entry.pipe(file, { end: ends });
  const done = ends ? finished(file) : Promise.resolve();
  // A failure is met at the end, or by the write that it stops.
  done.catch(() => undefined);
  for (let next = first; next.done !== true; next = rest.next()) {
    if (!entry.write(next.value)) await Promise.race([once(entry, 'drain'), done]);
  }
  if (ends || gzip) {
    entry.end();
    if (!ends) await once(entry, 'end');
  }
  await done;
}
