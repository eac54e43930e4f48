import { basename, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { DataFolder } from '../core/data-folder.ts';
import { toGexlakeError, type GexlakeError } from '../core/errors.ts';
import type { Limits } from '../core/limits.ts';
import { isUrl } from '../core/redact.ts';
import { isVendorSource } from '../core/vendor-form.ts';
import { settledSource } from '../core/vendor-source.ts';
import { zipMemberOf, zipMemberSource } from '../core/zip-member.ts';
import { headOf, kindOf, sizeOf } from '../platform/files.ts';
import { filesBelow, globFiles } from '../platform/listing.ts';
import { bundleOf, noticesOf } from './bundle.ts';
import {
  archiveInside,
  looksLikeHost,
  misnamed,
  noMatch,
  notRegular,
  notThere,
  nothingIn,
  pageAsZip,
  zipAsInput,
} from './given-errors.ts';
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
  /** What a person should know of them, each in a sentence. */
  readonly notices: readonly string[];
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
  const notices: string[] = [];
  for (const source of sources) {
    try {
      const made = await look(source);
      found.push(...made.found);
      leftOut.push(...made.leftOut);
      notices.push(...made.notices);
    } catch (error) {
      found.push({ source, from, size_bytes: null, error: toGexlakeError(error) });
    }
  }
  return { found, leftOut, notices };
}

async function makeOut(given: string, options: GivenOptions): Promise<GivenSources> {
  const text = given.trim();
  if (isVendorSource(text)) return only(settledSource(text));
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
  return { found: [{ source, from, size_bytes, error: null }], leftOut: [], notices: [] };
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
  const bundle = bundleOf(members.filter(({ name }) => historyName.test(name)));
  return { found: inOrder(found), leftOut, notices: bundle === null ? [] : noticesOf(archive, bundle) };
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
  return { found: inOrder(made.found), leftOut: [...made.leftOut, ...others], notices: made.notices };
}

/** By name, which begins with the day, then by folder: the same files are always the same jobs in the same order. */
function inOrder(found: readonly FoundSource[]): FoundSource[] {
  const keyed = found.map((item) => ({ item, key: `${basename(item.source)}\0${item.source}` }));
  return keyed.toSorted((a, b) => (a.key < b.key ? -1 : 1)).map(({ item }) => item);
}

function isNamedZip(path: string): boolean {
  return /\.zip$/i.test(path);
}

function isWithin(folder: string, path: string): boolean {
  const inside = relative(folder, path);
  return inside === '' || (!inside.startsWith(`..${sep}`) && inside !== '..' && !inside.startsWith(sep));
}
