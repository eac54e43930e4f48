import { crc32 } from 'node:zlib';
import { unlessDefect } from '../core/defects.ts';
import type { Entry, ZipFile } from 'yauzl';
import { GexlakeError } from '../core/errors.ts';
import type { ByteSink, OnBytes, Transferred } from '../core/journey.ts';
import type { Limits } from '../core/limits.ts';
import { fromFile } from './local.ts';
import type { ZipMember } from '../core/zip-member.ts';
import { hashFile } from '../platform/checksum.ts';
import { openToRead, readInto, signatureOf, type FileHandle } from '../platform/files.ts';
import { asMade, lockedError, notWhole, prefixed, tooLarge, tooMany, twice, unreadable } from './zip-errors.ts';

/*
 * The vendor's bundle of a day is a zip with one packed history file for each endpoint. Its members are sources of their own: each is
 * read straight from the archive, through the same checks as any other file, and nothing is ever unpacked under a member's name.
 */

/** A file that an archive holds. Sizes in bytes, as the archive's directory says them; `error` where it cannot be read. */
export type ListedMember = { readonly name: string; readonly size_bytes: number; readonly error: GexlakeError | null };

export type ZipReading = {
  readonly limits: Limits;
  readonly onBytes: OnBytes;
  readonly signal: AbortSignal | undefined;
};

/** The files in an archive, in its own order, without folders. @throws ZIP_UNREADABLE, SOURCE_NOT_FOUND, FILE_SYSTEM */
export async function listMembers(archive: string, limits: Limits): Promise<ListedMember[]> {
  return withArchive(archive, async (zip) => {
    if (zip.entryCount > limits.zip_members) throw tooMany(archive, zip.entryCount, limits);
    const members = new Map<string, ListedMember>();
    for await (const entry of zip.eachEntry()) {
      const { fileName: name, uncompressedSize: size_bytes } = entry;
      if (name.endsWith('/')) continue;
      const error = members.has(name) ? twice(archive, name) : lockedError(archive, entry);
      members.set(name, { name, size_bytes, error });
    }
    return [...members.values()];
  });
}

/**
 * Reads one member from start to end into the sink and says its size, and when the archive was modified. What is taken out is compared with the size and
 * the CRC-32 that the archive gives it.
 * @throws ZIP_UNREADABLE, SOURCE_NOT_FOUND, SOURCE_TOO_LARGE, INTERRUPTED, FILE_SYSTEM
 */
export async function readMemberInto(source: ZipMember, sink: ByteSink, reading: ZipReading): Promise<Transferred> {
  return withArchive(source.archive, async (zip, modified) => {
    const entry = await findEntry(zip, source, reading.limits);
    const locked = lockedError(source.archive, entry);
    if (locked !== null) throw locked;
    if (entry.uncompressedSize > reading.limits.source_bytes) throw tooLarge(source, entry, reading.limits);
    const size_bytes = await readEntry({ ...source, zip, entry }, sink, reading);
    const came = fromFile(`${source.archive}!/${source.member}`, size_bytes, modified);
    return { ...came, archive_checksum: await sumOf(source.archive) };
  });
}

/** The sums of the archives that this process reads: a bundle has many members, and is the same for all of them. */
const sums = new Map<string, Promise<string>>();
const keptSums = 32;

async function sumOf(archive: string): Promise<string> {
  const version = `${archive} ${await signatureOf([archive])}`;
  const known = sums.get(version);
  if (known !== undefined) return known;
  const sum = hashFile(archive);
  sums.set(version, sum);
  // Whoever waits for it hears why; the next one tries anew.
  sum.catch(() => sums.delete(version));
  for (const oldest of sums.keys()) if (sums.size > keptSums) sums.delete(oldest);
  return sum;
}

async function findEntry(zip: ZipFile, { archive, member }: ZipMember, limits: Limits): Promise<Entry> {
  if (zip.entryCount > limits.zip_members) throw tooMany(archive, zip.entryCount, limits);
  let found: Entry | null = null;
  for await (const entry of zip.eachEntry()) {
    if (entry.fileName !== member) continue;
    if (found !== null) throw twice(archive, member);
    found = entry;
  }
  if (found !== null) return found;
  throw new GexlakeError('SOURCE_NOT_FOUND', `${archive} has no member ${JSON.stringify(member)}`, {
    details: { path: archive },
    hint: 'Give the archive alone: all its history files are imported.',
  });
}

async function readEntry(
  { zip, entry, archive, member }: ZipMember & { readonly zip: ZipFile; readonly entry: Entry },
  sink: ByteSink,
  { onBytes, signal }: ZipReading,
): Promise<number> {
  let done = 0;
  let sum = 0;
  const stream = await zip.openReadStreamPromise(entry);
  // The sink may still be writing a block while the next one comes: the stream hands over a new buffer each time.
  for await (const block of stream as AsyncIterable<Uint8Array>) {
    if (signal?.aborted === true) throw new GexlakeError('INTERRUPTED', `the reading of ${archive} was interrupted`);
    sum = crc32(block, sum);
    await sink.append(block);
    done += block.byteLength;
    onBytes(done, entry.uncompressedSize);
  }
  if (sum !== entry.crc32)
    throw unreadable(archive, `is damaged: ${member} does not have the CRC-32 that it should have`);
  return done;
}

/** Opens an archive, reads of it and closes it again. What the library throws is put into words. */
async function withArchive<T>(archive: string, read: (zip: ZipFile, modified: Date) => Promise<T>): Promise<T> {
  const file = await openToRead(archive);
  try {
    const { size, mtime } = await file.stat();
    // Only for those who import an archive: the library is not part of any other command's start.
    const { fromFdPromise } = await import('yauzl');
    const zip = await fromFdPromise(file.fd, { autoClose: false }).catch((error: unknown) => {
      throw size === 0 ? unreadable(archive, 'is empty', { cause: error }) : notWhole(archive, error);
    });
    return await read(zip, mtime);
  } catch (error) {
    if (error instanceof GexlakeError) throw error;
    const before_bytes = await bytesBefore(file).catch(unlessDefect(0));
    throw before_bytes > 0 ? prefixed(archive, before_bytes, error) : asMade(archive, error);
  } finally {
    await file.close();
  }
}

/** Bytes at the end of a zip archive that say where its directory is, without the comment that may follow. */
const ending_bytes = 22;
const longestComment_bytes = 0xffff;

/** Whether a file ends as a zip archive does, whatever it begins with. */
export async function endsAsZip(path: string): Promise<boolean> {
  const file = await openToRead(path);
  try {
    return (await endingOf(file)) !== null;
  } finally {
    await file.close();
  }
}

type Ending = { readonly at: number; readonly directory: number; readonly directory_bytes: number };

/** The end of an archive's directory: where it lies, and where it says that the directory does; null where there is none. */
async function endingOf(file: FileHandle): Promise<Ending | null> {
  const { size } = await file.stat();
  const tail = Buffer.alloc(Math.min(size, ending_bytes + longestComment_bytes));
  const start = size - tail.byteLength;
  await readInto(file, tail, 0, tail.byteLength, start);
  let at = tail.lastIndexOf('PK\u0005\u0006', -ending_bytes, 'latin1');
  while (at >= 0 && tail.readUInt16LE(at + 20) !== tail.byteLength - at - ending_bytes)
    at = at === 0 ? -1 : tail.lastIndexOf('PK\u0005\u0006', at - 1, 'latin1');
  // One for archives of 4 GB and more has its places elsewhere: the library finds them.
  if (at < 0 || tail.toString('latin1', Math.max(0, at - 20), at).startsWith('PK\u0006\u0007')) return null;
  return { at: start + at, directory: tail.readUInt32LE(at + 16), directory_bytes: tail.readUInt32LE(at + 12) };
}

/** Bytes that were put before an archive after it was made: by so many its places are not where it says. */
async function bytesBefore(file: FileHandle): Promise<number> {
  const ending = await endingOf(file);
  return ending === null ? 0 : ending.at - ending.directory - ending.directory_bytes;
}
