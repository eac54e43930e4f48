import { GexlakeError } from '../core/errors.ts';
import type { ByteSink, OnBytes, Transferred } from '../core/journey.ts';
import type { Limits } from '../core/limits.ts';
import { openToRead, readInto, type FileHandle } from '../platform/files.ts';

const block_bytes = 1024 ** 2;

export type LocalOptions = {
  readonly limits: Limits;
  readonly onBytes: OnBytes;
  readonly signal: AbortSignal | undefined;
};

const factsOf = (file: FileHandle) => file.stat({ bigint: true });
type FileFacts = Awaited<ReturnType<typeof factsOf>>;

/**
 * Reads a local file once, from start to end, into the sink and says its size and when it was modified. Throws SOURCE_NOT_FOUND,
 * SOURCE_UNREADABLE, SOURCE_TOO_LARGE, INTERRUPTED, and SOURCE_CHANGED where the file changed under the reading.
 */
export async function readLocalInto(path: string, sink: ByteSink, options: LocalOptions): Promise<Transferred> {
  const file = await openSource(path);
  try {
    const before = await factsOf(file);
    if (before.size > options.limits.source_bytes) throw tooLarge(path, before.size, options.limits);
    const size = await readBlocks({ path, file, size_bytes: Number(before.size) }, sink, options);
    if (before.size === 0n && size > 0)
      throw unreadable(path, 'says that it has 0 bytes and gives some: it is no file of a disk');
    const after = await factsOf(file);
    if (!isUnchanged(before, after) || BigInt(size) !== after.size) throw changed(path, before, after);
    return fromFile(path, size, after.mtime);
  } finally {
    await file.close();
  }
}

/** What is known of bytes that came from a file. */
export function fromFile(path: string, wire_bytes: number, modified: Date): Transferred {
  const unsaid = { etag: null, last_modified: null, content_md5: null, content_length: null };
  return { location: path, wire_bytes, ...unsaid, modified_at: modified.toISOString(), archive_checksum: null };
}

type OpenSource = { readonly path: string; readonly file: FileHandle; readonly size_bytes: number };

/**
 * Hands the file over in blocks of 1 MiB and reads one block ahead. Three buffers in turn: one being read, one in the hands
 * of the sink, and one that the sink may still be writing.
 */
async function readBlocks(
  { path, file, size_bytes }: OpenSource,
  sink: ByteSink,
  options: LocalOptions,
): Promise<number> {
  const blocks = [0, 1, 2].map(() => Buffer.allocUnsafe(block_bytes));
  const read = async (count: number): Promise<Uint8Array> => {
    const block = blocks[count % blocks.length] ?? Buffer.allocUnsafe(block_bytes);
    const length = await readInto(file, block, 0, block_bytes, count * block_bytes).catch((error: unknown) => {
      throw unreadable(path, `cannot be read (${reason(error)})`, error);
    });
    return block.subarray(0, length);
  };
  let done = 0;
  let block = await read(0);
  for (let count = 1; block.byteLength > 0; count += 1) {
    const next = read(count);
    next.catch(() => undefined); // heard below; a sink that fails first must not leave it unheard
    await sink.append(block);
    done += block.byteLength;
    options.onBytes(done, size_bytes);
    if (options.signal?.aborted === true)
      throw new GexlakeError('INTERRUPTED', `the reading of ${path} was interrupted`);
    if (done > size_bytes) break;
    block = await next;
  }
  return done;
}

async function openSource(path: string): Promise<FileHandle> {
  try {
    return await openToRead(path);
  } catch (error) {
    const code = reason(error);
    if (code === 'EFTYPE') throw unreadable(path, messageOf(error), error);
    if (code !== 'ENOENT' && code !== 'ENOTDIR') throw unreadable(path, `cannot be opened (${code})`, error);
    throw new GexlakeError('SOURCE_NOT_FOUND', `there is no file ${path}`, {
      details: { path },
      hint: 'Check the path. A relative path is looked up from the current folder.',
    });
  }
}

/** What a call of platform/files.ts says that a path is. */
function messageOf(error: unknown): string {
  return error instanceof GexlakeError && error.cause instanceof Error ? error.cause.message : String(error);
}

/** The system's code for why a call of platform/files.ts failed. */
function reason(error: unknown): string {
  const cause = error instanceof GexlakeError ? error.cause : error;
  return cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : String(cause);
}

function isUnchanged(before: FileFacts, after: FileFacts): boolean {
  return before.size === after.size && before.mtimeNs === after.mtimeNs;
}

function unreadable(path: string, why: string, cause?: unknown): GexlakeError {
  return new GexlakeError('SOURCE_UNREADABLE', `${path} ${why}`, {
    details: { path },
    cause,
    hint: 'Give the path of a regular file that this user may read.',
  });
}

function tooLarge(path: string, size: bigint, limits: Limits): GexlakeError {
  return new GexlakeError(
    'SOURCE_TOO_LARGE',
    `${path} has ${size} bytes, more than the ${limits.source_bytes} a source may have`,
    {
      details: { path },
      hint: 'A day of one ticker has 70 to 150 MB. Check that this is the file you mean.',
    },
  );
}

function changed(path: string, before: FileFacts, after: FileFacts): GexlakeError {
  const found = `${before.size} bytes before, ${after.size} after, last modified ${after.mtime.toISOString()}`;
  return new GexlakeError('SOURCE_CHANGED', `${path} changed while it was being read (${found})`, {
    details: { path },
    hint: 'Wait until the file is complete, then retry the job.',
  });
}
