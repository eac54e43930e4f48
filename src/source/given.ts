import { basename, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { DataFolder } from '../core/data-folder.ts';
import { GexlakeError, toGexlakeError } from '../core/errors.ts';
import type { Limits } from '../core/limits.ts';
import { isUrl } from '../core/redact.ts';
import { zipMemberOf, zipMemberSource } from '../core/zip-member.ts';
import { headOf, kindOf, sizeOf } from '../platform/files.ts';
import { filesBelow, globFiles } from '../platform/listing.ts';
import { foreignHead, head_bytes, isPage, isZip, mayBeHistory } from './head.ts';
import { endsAsZip, listMembers } from './zip.ts';

/**
 * A source that can be a job (a URL, an absolute path, or a member of an archive), or with an `error` something that cannot. `from` is
 * the folder, pattern or archive it was found by.
 */
export type FoundSource = {
  readonly source: string;
  readonly from: string | null;
  /** As it lies there, packed or not; null where that is not known before it is opened. */
  readonly size_bytes: number | null;
  readonly error: GexlakeError | null;
};

/** What people gave as sources, made out, in their order. Nothing has been written down yet. */
export type GivenSources = {
  readonly found: readonly FoundSource[];
  /** Files beside the sources in folders and archives that are not history by their names. */
  readonly leftOut: readonly string[];
};

export type GivenOptions = {
  /** Whether a file may come to be later, as for a job that only waits. */
  readonly mayBeMissing: boolean;
  readonly limits: Limits;
  /** The data folder: what lies in it is never found by a folder or a pattern. */
  readonly folder: Pick<DataFolder, 'root' | 'inbox'>;
};

/** Names of history files. What else lies in a folder is left out. */
const historyName = /\.(?:json|jsonl|ndjson)(?:\.gz|\.zst)?$/i;
/** What other programs leave beside files: never history, and not worth a word. */
const litter = /(?:^|\/)(?:\.[^/]*|__MACOSX\/.*|Thumbs\.db|desktop\.ini)$/i;

/**
 * Makes out what people give as sources: a URL or a file is itself, a folder is every history file below it, a pattern every file
 * that it matches, an archive every history file in it. A path is taken literally before it is taken as a pattern.
 */
export async function findSources(given: readonly string[], options: GivenOptions): Promise<GivenSources> {
  return collect(given, null, (source) => makeOut(source, options));
}

/** Makes out each of many; what one of them turns out not to be keeps none of the others from being a source. */
async function collect(
  sources: readonly string[],
  from: string | null,
  look: (source: string) => Promise<GivenSources>,
): Promise<GivenSources> {
  const found: FoundSource[] = [];
  const leftOut: string[] = [];
  for (const source of sources) {
    try {
      const made = await look(source);
      found.push(...made.found);
      leftOut.push(...made.leftOut);
    } catch (error) {
      found.push({ source, from, size_bytes: null, error: toGexlakeError(error) });
    }
  }
  return { found, leftOut };
}

async function makeOut(given: string, options: GivenOptions): Promise<GivenSources> {
  const text = given.trim();
  const isFileUrl = /^file:/i.test(text);
  if (isUrl(text) && !isFileUrl) return only(text);
  const path = isFileUrl ? fileURLToPath(text) : resolve(given);
  const kind = await kindOf(path);
  if (kind === 'folder') return inFolder(path, options);
  if (kind === 'file') return inFile(path, null, options);
  if (kind === 'other') throw notRegular(path);
  if (zipMemberOf(path) !== null) return only(path);
  if (/[*?[\]{}]/.test(given) && !looksLikeHost(given)) return byPattern(given, options);
  const error = notThere(given, path);
  if (options.mayBeMissing && error.details.path === path) return only(path);
  throw error;
}

function only(source: string, from: string | null = null, size_bytes: number | null = null): GivenSources {
  return { found: [{ source, from, size_bytes, error: null }], leftOut: [] };
}

/** A file is a source, or, where it is an archive, holds some. @throws SOURCE_FORMAT */
async function inFile(path: string, from: string | null, options: GivenOptions): Promise<GivenSources> {
  const head = await headOf(path, head_bytes);
  const isInput = isWithin(options.folder.inbox, path);
  if (isZip(head) && isInput) throw zipAsInput();
  if (isZip(head)) return inArchive(path, options);
  const foreign = foreignHead(head, isInput ? 'standard input' : path);
  if (foreign !== null) throw foreign;
  if (mayBeHistory(head)) return only(path, from, await sizeOf(path));
  if (isPage(head) && isNamedZip(path)) throw pageAsZip(path);
  // An archive is known by its end, too: one that unpacks itself begins with a program.
  const isArchive = isNamedZip(path) || (await endsAsZip(path));
  if (isArchive && !isInput) return inArchive(path, options);
  return only(path, from, await sizeOf(path));
}

async function inArchive(archive: string, { limits }: GivenOptions): Promise<GivenSources> {
  const all = await listMembers(archive, limits);
  const members = all.filter(({ name }) => !litter.test(name));
  const found = members
    .filter(({ name }) => historyName.test(name))
    .map(({ name: member, size_bytes, error }) => {
      const source = zipMemberSource({ archive, member });
      if (source === null) throw misnamed(archive);
      return { source, from: archive, size_bytes, error };
    });
  if (found.length === 0) {
    const inner = members.find(({ name }) => /\.zip$/i.test(name));
    const beside = { unnamed: members.length, hidden: all.length - members.length };
    throw inner === undefined ? nothingIn(archive, 'archive', beside) : archiveInside(archive, inner.name);
  }
  const leftOut = members.filter(({ name }) => !historyName.test(name)).map(({ name }) => `${archive}!/${name}`);
  return { found: inOrder(found), leftOut };
}

async function inFolder(folder: string, options: GivenOptions): Promise<GivenSources> {
  const { paths: all, others } = await filesBelow(folder, options.limits.folder_files);
  const paths = all.filter((path) => !litter.test(relative(folder, path)));
  const made = await ofMany(paths, folder, options);
  if (made.found.length > 0) return made;
  const files = {
    unnamed: made.leftOut.length,
    hidden: all.length - paths.length,
    own: paths.length - made.leftOut.length,
  };
  throw nothingIn(folder, 'folder', { ...files, others });
}

async function byPattern(pattern: string, options: GivenOptions): Promise<GivenSources> {
  const { paths, others } = await globFiles(pattern, options.limits.folder_files);
  const made = await ofMany(paths, pattern, options);
  if (made.found.length === 0) throw noMatch(pattern, made.leftOut.length, others);
  return made;
}

/** Files found together: those that are named like history or archives of it are sources, the others are left out. */
async function ofMany(all: readonly string[], from: string, options: GivenOptions): Promise<GivenSources> {
  const paths = all.filter((path) => !isWithin(options.folder.root, path));
  const named = paths.filter((path) => historyName.test(path) || isNamedZip(path));
  const isNamed = new Set(named);
  const made = await collect(named, from, (path) => inFile(path, from, options));
  const others = paths.filter((path) => !isNamed.has(path));
  return { found: inOrder(made.found), leftOut: [...made.leftOut, ...others] };
}

/** By name, which begins with the day, then by folder: the same files are always the same jobs in the same order. */
function inOrder(found: readonly FoundSource[]): FoundSource[] {
  const keyed = found.map((item) => ({ item, key: `${basename(item.source)}\0${item.source}` }));
  return keyed.toSorted((a, b) => (a.key < b.key ? -1 : 1)).map(({ item }) => item);
}

function isWithin(folder: string, path: string): boolean {
  const inside = relative(folder, path);
  return inside === '' || (!inside.startsWith(`..${sep}`) && inside !== '..' && !inside.startsWith(sep));
}

function notRegular(path: string): GexlakeError {
  return new GexlakeError('SOURCE_UNREADABLE', `${path} is not a regular file`, {
    details: { path },
    hint: 'Give a file, a folder, a zip archive, or a URL. To read a pipe, give - and let the shell connect it.',
  });
}

function notThere(given: string, path: string): GexlakeError {
  const windows = /^\s*([a-z]):[\\/](.*)$/is.exec(given);
  if (windows !== null) {
    const mounted = join('/mnt', (windows[1] ?? '').toLowerCase(), (windows[2] ?? '').replaceAll('\\', '/'));
    return new GexlakeError('SOURCE_NOT_FOUND', `${given} is a Windows path, which this system does not know`, {
      details: { path: given },
      hint: `In WSL that file is ${mounted}; \`wslpath '<path>'\` says so. Elsewhere copy it to this machine.`,
    });
  }
  if (given.startsWith('\\\\')) {
    return new GexlakeError('SOURCE_NOT_FOUND', `${given} is a Windows network path, which this system does not know`, {
      details: { path: given },
      hint: 'Mount the share, and give the path below the mount.',
    });
  }
  if (looksLikeHost(given)) {
    const shown = given.replace(/[?#].*$/s, '?…');
    return new GexlakeError('SOURCE_NOT_FOUND', `there is no file ${shown}`, {
      details: { path: shown },
      hint: 'If it is a URL, write it with https:// in front and in quotation marks.',
    });
  }
  return new GexlakeError('SOURCE_NOT_FOUND', `there is no file ${path}`, {
    details: { path },
    hint: 'Check the path. A relative path is looked up from the current folder.',
  });
}

/** `hist.gex.bot/…`: a URL that has lost its scheme. Its query, a secret, must not be shown. */
function looksLikeHost(given: string): boolean {
  return /^\s*(?:\/\/)?[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,}(?::\d+)?\/\S*$/i.test(given);
}

function zipAsInput(): GexlakeError {
  return new GexlakeError('SOURCE_FORMAT', 'standard input is a zip archive, which cannot be read from a pipe', {
    hint: 'Save it as a file whose name ends in .zip, and import that without --ticker and --endpoint.',
  });
}

function pageAsZip(path: string): GexlakeError {
  return new GexlakeError('SOURCE_FORMAT', `${path} is a page (HTML or XML), not the zip archive that its name says`, {
    details: { path },
    hint: 'A link that has expired or wants a login answers with a page. Download the archive again.',
  });
}

function isNamedZip(path: string): boolean {
  return /\.zip$/i.test(path);
}

function misnamed(archive: string): GexlakeError {
  return new GexlakeError('SOURCE_FORMAT', `${archive} is a zip archive, and its name does not end in .zip`, {
    details: { path: archive },
    hint: 'Rename it to end in .zip: its history files are then imported from it.',
  });
}

function archiveInside(archive: string, inner: string): GexlakeError {
  return new GexlakeError('SOURCE_FORMAT', `${archive} holds another archive, ${inner}, and no history files`, {
    details: { path: archive },
    hint: 'Unpack it, and import the archive that is in it.',
  });
}

/** What lies where no history file is: files that are named otherwise, hidden ones, those of the data folder, and what is no file. */
type Beside = {
  readonly unnamed: number;
  readonly hidden: number;
  readonly own?: number;
  readonly others?: ReadonlyMap<string, number>;
};

function nothingIn(path: string, what: 'folder' | 'archive', beside: Beside): GexlakeError {
  return new GexlakeError(
    'SOURCE_NOT_FOUND',
    `there are no history files in the ${what} ${path}: ${describe(beside)}`,
    {
      details: { path },
      hint: hintFor(beside),
    },
  );
}

const nothing: ReadonlyMap<string, number> = new Map();

function describe({ unnamed, hidden, own = 0, others = nothing }: Beside): string {
  if (unnamed > 0)
    return unnamed === 1 ? 'its one file is not named like one' : `none of its ${unnamed} files is named like one`;
  const parts = [
    ...(hidden > 0 ? [counted(hidden, 'hidden file')] : []),
    ...(own > 0 ? [`${counted(own, 'file')} of the data folder`] : []),
    ...Array.from(others, ([what, count]) => counted(count, what)),
  ];
  return parts.length === 0 ? 'it is empty' : `what is there is ${parts.join(', ')}`;
}

function hintFor({ unnamed, own = 0, others = nothing }: Beside): string {
  const isNoFile = [...others.keys()].some((what) => what !== 'folder');
  if (unnamed === 0 && isNoFile)
    return 'Only regular files are read, and links to them. To read a pipe, give - and let the shell connect it.';
  if (unnamed === 0 && own > 0)
    return 'The data folder is not a source of its own. Give the folder that has your files.';
  return 'History files end in .json, .jsonl or .ndjson, with .gz or .zst where they are packed. Parquet of older layouts comes in with `gexlake migrate`.';
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}

function noMatch(pattern: string, unnamed: number, others: ReadonlyMap<string, number>): GexlakeError {
  const found = Array.from(others, ([what, count]) => counted(count, what)).join(', ');
  const none = found === '' ? 'no file matches' : `no file matches, only ${found},`;
  const beside = unnamed === 0 ? none : `none of the ${unnamed} files that match is history`;
  return new GexlakeError('SOURCE_NOT_FOUND', `${beside} the pattern ${pattern}`, {
    details: { path: pattern },
    hint: '* and ? stand for characters of a name, ** for folders. Put the pattern in quotation marks.',
  });
}
