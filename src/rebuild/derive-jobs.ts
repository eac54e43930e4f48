import { posix } from 'node:path';
import { Claims } from './claims.ts';
import type { DerivedJob } from './derived-job.ts';
import type { Found, FoundParquet, FoundSource } from './found.ts';
import { rewriteOf } from './rewrites.ts';
import { bySource, isKnown, sourceOfMaker, versionsOf, type Maker, type Version } from './versions.ts';

/**
 * Makes out the jobs of a data folder from its files alone. What names say counts most: a job's second files, its folder among the
 * sources, its quarantine and what it superseded carry its id. The first files of a folder carry none; their source's checksum
 * tells them apart. A superseded version of a path was followed by one of the job that superseded it; one with bytes that were there
 * before was put back.
 */
export function deriveJobs(found: Found): DerivedJob[] {
  const versions = versionsOf(found);
  const made = Map.groupBy(versions, ({ maker }) => maker);
  const replaced = Map.groupBy(
    versions.filter(({ file }) => file.supersededBy !== null),
    ({ file }) => file.supersededBy ?? '',
  );
  const claims = new Claims(found);
  const makers = new Map<Maker, DerivedJob>();
  for (const reader of readersOf(found, { made, replaced })) {
    const job = readingJob(found, claims, reader);
    for (const maker of reader.makers) makers.set(maker, job);
  }
  for (const maker of new Set([...made.keys(), ...replaced.keys()])) {
    if (makers.has(maker)) continue;
    makers.set(maker, rewritingJob(claims, maker, ofMaker({ made, replaced }, maker)));
  }
  for (const [maker, job] of makers) {
    const [old] = replaced.get(maker) ?? [];
    if (old !== undefined && job.kind !== 'import') job.about = makers.get(old.maker) ?? null;
  }
  return [...new Set(makers.values()), ...claims.secondCopies(), ...claims.unownedQuarantines()];
}

/** A job that has read a source, and all that stands for it as a maker of files; a known id comes first. */
type Reader = {
  readonly checksum: string;
  readonly makers: readonly Maker[];
  readonly files: readonly FoundParquet[];
  readonly hasReplaced: boolean;
};

type ByMaker = ReadonlyMap<Maker, readonly Version[]>;

/** The versions that each maker has made, and those whose place it has taken. */
type Makings = { readonly made: ByMaker; readonly replaced: ByMaker };

/** The same of one maker. */
type Making = { readonly made: readonly Version[]; readonly replaced: readonly Version[] };

function ofMaker({ made, replaced }: Makings, maker: Maker): Making {
  return { made: made.get(maker) ?? [], replaced: replaced.get(maker) ?? [] };
}

/** The jobs that have read something, in the order of the sources that are or were here. */
function readersOf(found: Found, makings: Makings): Reader[] {
  const { made, replaced } = makings;
  const known = Map.groupBy(
    [...new Set([...made.keys(), ...replaced.keys()])].filter(isKnown).sort(),
    (maker) => sourceReadBy(found, maker, ofMaker(makings, maker)) ?? '',
  );
  const ofFiles = found.parquet.flatMap((file) => file.sources);
  const checksums = new Set([...found.sources.map((source) => source.checksum), ...ofFiles].sort());
  return [...checksums].flatMap((checksum) => {
    const copies = found.sources.filter((source) => source.checksum === checksum);
    return readersOfOne({ checksum, copies, known: known.get(checksum) ?? [] }, makings);
  });
}

/** The checksum of a source, its copies that are here, and the known jobs that have read it. */
type ReadSource = {
  readonly checksum: string;
  readonly copies: readonly FoundSource[];
  readonly known: readonly Maker[];
};

/**
 * The readers of one source. The files whose names tell nobody are those of the first import, in whose other folders they may have its
 * id: of an import, since a correction never makes the first file of a folder. What was put back is nobody's reading.
 */
function readersOfOne({ checksum, copies, known }: ReadSource, { made, replaced }: Makings): Reader[] {
  const unknown = [...made.keys()].filter((maker) => sourceOfMaker(maker) === checksum).sort();
  const filesOf = (makers: readonly Maker[]) =>
    makers.flatMap((maker) => made.get(maker) ?? []).map(({ file }) => file);
  const isCopied = (maker: Maker) => (made.get(maker) ?? []).every(({ isCopy }) => isCopy);
  const [copied, first] = [unknown.filter(isCopied), unknown.filter((maker) => !isCopied(maker))];
  // Equal bytes are made again by who reads the source again: then there is one more copy of it.
  const left = new Set([...first, ...copied.slice(0, Math.max(0, ownersOf(copies, known) - first.length))]);
  const readers = known.map((maker) => {
    const own = filesOf([maker]);
    const partner = [...left].find((other) => !replaced.has(maker) && areApart(own, filesOf([other])));
    if (partner !== undefined) left.delete(partner);
    return partner === undefined ? [maker] : [maker, partner];
  });
  for (const maker of left) readers.push([maker]);
  // A source of which nothing is known but that it is here.
  if (readers.length === 0) readers.push([bySource(checksum)]);
  return readers.map((makers) => {
    const hasReplaced = replaced.has(makers[0] ?? '');
    return { checksum, makers, files: filesOf(makers), hasReplaced };
  });
}

/** Whether files can be one import's: it has its id in the names of all that it puts into a folder, or of none. */
function areApart(files: readonly FoundParquet[], others: readonly FoundParquet[]): boolean {
  const folders = (list: readonly FoundParquet[]) => new Set(list.map(({ livePath }) => posix.dirname(livePath)));
  return folders(files).isDisjointFrom(folders(others));
}

/** How many jobs whose id no file has must have had a copy of a source: under its plain name, or in a folder of their own. */
function ownersOf(copies: readonly FoundSource[], known: readonly Maker[]): number {
  return new Set(copies.map(({ namedJob }) => namedJob)).difference(new Set<string | null>(known)).size;
}

/** The source that a known job has read: its own folder among the sources has it, or its files brought it in. */
function sourceReadBy(found: Found, maker: Maker, { made, replaced }: Making): string | null {
  const own = found.sources.find(({ namedJob }) => namedJob === maker);
  if (own !== undefined) return own.checksum;
  const before = new Set(replaced.flatMap(({ file }) => file.sources));
  const brought = new Set(made.filter(({ isCopy }) => !isCopy).flatMap(({ file }) => file.sources)).difference(before);
  const [only] = brought;
  return brought.size === 1 ? (only ?? null) : null;
}

function readingJob(found: Found, claims: Claims, { checksum, makers, files, hasReplaced }: Reader): DerivedJob {
  const [maker = ''] = makers;
  const { staged, archived, id } = claims.sourceOf(checksum, isKnown(maker) ? maker : null);
  const isPublished = files.length > 0 || found.parquet.some((file) => file.sources.includes(checksum));
  return {
    id,
    kind: hasReplaced ? 'correction' : 'import',
    status: isPublished ? 'completed' : 'failed',
    checksum,
    files,
    staged,
    archived,
    rewrite: null,
    about: null,
    records_quarantined: claims.recordsSetAsideBy(id),
  };
}

function rewritingJob(claims: Claims, maker: Maker, { made, replaced }: Making): DerivedJob {
  const id = isKnown(maker) ? maker : null;
  return {
    id,
    kind: 'rewrite',
    status: 'completed',
    checksum: null,
    files: made.map(({ file }) => file),
    staged: null,
    archived: null,
    rewrite: rewriteOf(made, replaced),
    about: null,
    records_quarantined: claims.recordsSetAsideBy(id),
  };
}
