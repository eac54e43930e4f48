import { posix } from 'node:path';
import type { Found, FoundParquet } from './found.ts';

/** Who made a file, as far as it is known: a job's id, or what stands for one that is not known. */
export type Maker = string;

/** One version of a path under `parquet/`, live or in the archive. */
export type Version = {
  readonly file: FoundParquet;
  readonly maker: Maker;
  /** Whether its bytes were somebody else's before, so that its maker has only put them back. */
  readonly isCopy: boolean;
  /** The version that it took the place of. */
  readonly before: FoundParquet | null;
};

/** The maker of the files of a source by a job whose id is not known; `turn` tells the jobs apart that read it one after the other. */
export function bySource(checksum: string, turn = 0): Maker {
  return `source:${checksum}${turn === 0 ? '' : `#${turn}`}`;
}

/** The source that an unknown job has read; null where the maker is no such one. */
export function sourceOfMaker(maker: Maker): string | null {
  return /^source:([0-9a-f]{64})/.exec(maker)?.[1] ?? null;
}

export function isKnown(maker: Maker): boolean {
  return !maker.startsWith('source:') && !maker.startsWith('unknown:');
}

/**
 * Every file with who made it. Along each path, the superseding job of one version made the next, unless it took the version away
 * and put nothing there.
 */
export function versionsOf(found: Found): Version[] {
  const placed = [...Map.groupBy(found.parquet, (file) => file.livePath).values()].flatMap(alongPath);
  const makers = new Map(placed.map((version) => [version.file, makerOf(version, placed)]));
  return placed.map(({ file, before }) => {
    const maker = makers.get(file) ?? '';
    const isCopy = !hasOwnSource(found, maker, file) && isPutBack(file, placed, makers);
    return { file, maker, isCopy, before };
  });
}

type Placed = { readonly file: FoundParquet; readonly maker: Maker; readonly before: FoundParquet | null };

function alongPath(versions: readonly FoundParquet[]): Placed[] {
  // Job ids sort by time; the live version has no successor and is last.
  const inOrder = versions.toSorted((left, right) =>
    (left.supersededBy ?? 'z') < (right.supersededBy ?? 'z') ? -1 : 1,
  );
  const placed: Placed[] = [];
  for (const [at, file] of inOrder.entries()) {
    const before = inOrder[at - 1];
    const follows = before?.supersededBy != null && !before.isWithdrawn;
    const maker = follows ? (before.supersededBy ?? '') : firstMaker(file, placed);
    placed.push({ file, maker, before: follows ? before : null });
  }
  return placed;
}

/** The maker of a version that took no other's place. */
function firstMaker(file: FoundParquet, earlier: readonly Placed[]): Maker {
  const folder = posix.dirname(file.livePath);
  // A name with a job is given once: what has it again after a withdrawal was put back.
  if (file.namedJob !== null) return earlier.length === 0 ? file.namedJob : `unknown:put back in ${folder}`;
  const [only, ...others] = file.sources;
  if (only === undefined || others.length > 0) return `unknown:${folder}`;
  return bySource(only, earlier.filter(({ maker }) => sourceOfMaker(maker) === only).length);
}

/**
 * The job that has taken a file away without putting another there did not bring it back either: that was the job which undid it, and
 * which is known by the other files that it has replaced.
 */
function makerOf({ file, maker, before }: Placed, placed: readonly Placed[]): Maker {
  if (maker.startsWith('unknown:')) return mergerOf(file, placed) ?? maker;
  if (before === null || before.checksum !== file.checksum) return maker;
  const undone = placed.filter((other) => other.file !== file && other.maker === maker);
  const [by] = undone.flatMap((other) => other.file.supersededBy ?? []).sort();
  return by ?? maker;
}

/** The job that has merged files into one whose name was free: by the sources of what it has replaced in the folder. */
function mergerOf(file: FoundParquet, placed: readonly Placed[]): Maker | null {
  const replaced = placed
    .map((other) => other.file)
    .filter((other) => other.dataset === file.dataset && isBeside(other, file) && !other.isWithdrawn);
  const byJob = Map.groupBy(replaced, (other) => other.supersededBy);
  for (const [job, files] of byJob)
    if (job !== null && sameSources(files, file) && !placed.some((other) => other.maker === job)) return job;
  return null;
}

function sameSources(files: readonly FoundParquet[], file: FoundParquet): boolean {
  const [all, own] = [new Set(files.flatMap(({ sources }) => sources)), new Set(file.sources)];
  return all.size === own.size && own.isSubsetOf(all);
}

function isBeside(other: FoundParquet, file: FoundParquet): boolean {
  return posix.dirname(other.livePath) === posix.dirname(file.livePath);
}

/** Whether other jobs have made a file with the same bytes that is no longer live, so that this one was put back. */
function isPutBack(file: FoundParquet, placed: readonly Placed[], makers: ReadonlyMap<FoundParquet, Maker>): boolean {
  return placed.some(
    (other) =>
      other.file !== file &&
      other.file.checksum === file.checksum &&
      other.file.dataset === file.dataset &&
      isBeside(other.file, file) &&
      makers.get(other.file) !== makers.get(file) &&
      (other.file.supersededBy ?? 'z') < (file.supersededBy ?? 'z'),
  );
}

/** Whether a job has kept a source of its own that the file is made of: then it has read it. */
function hasOwnSource({ sources }: Found, maker: Maker, file: FoundParquet): boolean {
  return sources.some(({ namedJob, checksum }) => namedJob === maker && file.sources.includes(checksum));
}
