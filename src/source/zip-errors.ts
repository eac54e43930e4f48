import type { Entry } from 'yauzl';
import { GexlakeError } from '../core/errors.ts';
import type { Limits } from '../core/limits.ts';
import type { ZipMember } from '../core/zip-member.ts';

/** Why a member cannot be taken out with what is in the archive alone; null where it can. */
export function lockedError(archive: string, entry: Entry): GexlakeError | null {
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

export function twice(archive: string, member: string): GexlakeError {
  return unreadable(archive, `has ${JSON.stringify(member)} twice`, {
    hint: 'Unpack it, keep the one that is right, then import that.',
  });
}

export function notWhole(archive: string, error: unknown): GexlakeError {
  const why = messageOf(error);
  return why.includes('multi-disk')
    ? unreadable(archive, 'is one part of several', {
        cause: error,
        hint: 'Put the parts together (`zip -s 0 <last part> --out <new file>`), and import that.',
      })
    : unreadable(archive, `is not a whole zip archive (${why})`, { cause: error });
}

export function prefixed(archive: string, before_bytes: number, error: unknown): GexlakeError {
  return unreadable(
    archive,
    `has ${before_bytes} bytes of something else before it, such as a program that unpacks it`,
    {
      cause: error,
      hint: 'Unpack it (`unzip` finds the archive in it), and import the folder; or make it whole with `zip -F <file> --out <new file>`.',
    },
  );
}

/** What is wrong with a directory that is there: names are as somebody made them, all else is damage. */
export function asMade(archive: string, error: unknown): GexlakeError {
  const [, kind, name] =
    /^(invalid relative path|absolute path|invalid characters in fileName): (.*)$/s.exec(messageOf(error)) ?? [];
  if (kind === undefined) return unreadable(archive, `cannot be read (${messageOf(error)})`, { cause: error });
  return unreadable(archive, `has a member whose name leads out of its folder (${kind}): ${JSON.stringify(name)}`, {
    cause: error,
    hint: 'It was made so, and a new download has the same. Nothing is taken from such an archive. If you trust who made it, unpack it yourself, look at what came out, and import that folder; else leave it.',
  });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

const damaged = 'Download the archive again. If `unzip -t` finds it sound, unpack it and import the folder.';

export function unreadable(
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

export function tooMany(archive: string, count: number, limits: Limits): GexlakeError {
  return unreadable(archive, `has ${count} members, more than the ${limits.zip_members} that are read`, {
    hint: 'Unpack it, and import the folder.',
  });
}

export function tooLarge({ archive, member }: ZipMember, entry: Entry, limits: Limits): GexlakeError {
  const size = `${entry.uncompressedSize} bytes, more than the ${limits.source_bytes} a source may have`;
  return new GexlakeError('SOURCE_TOO_LARGE', `${member} in ${archive} has ${size}`, {
    details: { path: archive },
    hint: 'A day of one ticker has 70 to 150 MB. Check that this is the archive you mean.',
  });
}
