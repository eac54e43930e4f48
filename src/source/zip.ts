import { crc32 } from 'node:zlib';
import type { Entry, ZipFile } from 'yauzl';
import { GexlakeError } from '../core/errors.ts';
import type { ByteSink, OnBytes } from '../core/journey.ts';
import type { Limits } from '../core/limits.ts';
import type { ZipMember } from '../core/zip-member.ts';
import { openToRead } from '../platform/files.ts';

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
 * Reads one member from start to end into the sink and returns its size in bytes. What is taken out is compared with the size and
 * the CRC-32 that the archive gives it.
 * @throws ZIP_UNREADABLE, SOURCE_NOT_FOUND, SOURCE_TOO_LARGE, INTERRUPTED, FILE_SYSTEM
 */
export async function readMemberInto(source: ZipMember, sink: ByteSink, reading: ZipReading): Promise<number> {
  return withArchive(source.archive, async (zip) => {
    const entry = await findEntry(zip, source, reading.limits);
    const locked = lockedError(source.archive, entry);
    if (locked !== null) throw locked;
    if (entry.uncompressedSize > reading.limits.source_bytes) throw tooLarge(source, entry, reading.limits);
    return readEntry(zip, entry, source, sink, reading);
  });
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
  zip: ZipFile,
  entry: Entry,
  { archive, member }: ZipMember,
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
async function withArchive<T>(archive: string, read: (zip: ZipFile) => Promise<T>): Promise<T> {
  const file = await openToRead(archive);
  try {
    const { size } = await file.stat();
    // Only for those who import an archive: the library is not part of any other command's start.
    const { fromFdPromise } = await import('yauzl');
    const zip = await fromFdPromise(file.fd, { autoClose: false }).catch((error: unknown) => {
      throw unreadable(archive, size === 0 ? 'is empty' : `is not a whole zip archive (${messageOf(error)})`, {
        cause: error,
      });
    });
    return await read(zip);
  } catch (error) {
    throw error instanceof GexlakeError
      ? error
      : unreadable(archive, `cannot be read (${messageOf(error)})`, { cause: error });
  } finally {
    await file.close();
  }
}

/** Why a member cannot be taken out with what is in the archive alone; null where it can. */
function lockedError(archive: string, entry: Entry): GexlakeError | null {
  if (entry.canDecodeFileData()) return null;
  const name = JSON.stringify(entry.fileName);
  return entry.isEncrypted()
    ? unreadable(archive, `has ${name} encrypted`, {
        hint: 'Unpack it with its password (`unzip -P`), then import the folder.',
      })
    : unreadable(archive, `has ${name} packed by method ${entry.compressionMethod}, which is not stored or deflated`, {
        hint: 'Unpack it with a program that knows that method, such as 7z, then import the folder.',
      });
}

function twice(archive: string, member: string): GexlakeError {
  return unreadable(archive, `has ${JSON.stringify(member)} twice`, {
    hint: 'Unpack it, keep the one that is right, then import that.',
  });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

const damaged = 'Download the archive again. If `unzip -t` finds it sound, unpack it and import the folder.';

function unreadable(
  archive: string,
  what: string,
  { cause, hint = damaged }: { readonly cause?: unknown; readonly hint?: string } = {},
): GexlakeError {
  return new GexlakeError('ZIP_UNREADABLE', `the zip archive ${archive} ${what}`, {
    details: { path: archive },
    cause,
    hint,
  });
}

function tooMany(archive: string, count: number, limits: Limits): GexlakeError {
  return unreadable(archive, `has ${count} members, more than the ${limits.zip_members} that are read`);
}

function tooLarge({ archive, member }: ZipMember, entry: Entry, limits: Limits): GexlakeError {
  const size = `${entry.uncompressedSize} bytes, more than the ${limits.source_bytes} a source may have`;
  return new GexlakeError('SOURCE_TOO_LARGE', `${member} in ${archive} has ${size}`, {
    details: { path: archive },
    hint: 'A day of one ticker has 70 to 150 MB. Check that this is the archive you mean.',
  });
}
