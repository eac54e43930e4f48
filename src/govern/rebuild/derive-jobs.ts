import { posix } from 'node:path';
import type { JobKind, JobStatus } from '../../core/job.ts';
import type { Found, FoundParquet, FoundSource } from './found.ts';

/** A job as it can be made out from what it has left. */
export type DerivedJob = {
  /** Null where nothing has kept it: it gets a new one. */
  id: string | null;
  readonly kind: JobKind;
  readonly status: Extract<JobStatus, 'completed' | 'failed'>;
  /** What it read: a source's SHA-256; null for a rewrite. */
  readonly checksum: string | null;
  /** The files that it made, live and superseded. */
  readonly files: readonly FoundParquet[];
  readonly staged: FoundSource | null;
  readonly archived: FoundSource | null;
  readonly records_quarantined: number;
  /** For a correction, the job whose files it has replaced. */
  corrects: DerivedJob | null;
};

/** A maker of files as far as it is known: a job's id, or what stands for one that is not known. */
type Maker = string;

/**
 * Makes out the jobs of a data folder from its files alone. What names say counts most: a job's second files, its folder among the
 * sources, its quarantine and what it superseded carry its id. The first files of a folder carry none; their source's checksum
 * tells them apart. A superseded version of a path was followed by one of the job that superseded it.
 */
export function deriveJobs(found: Found): DerivedJob[] {
  const made = filesByMaker(found.parquet);
  const replaced = Map.groupBy(
    found.parquet.filter((file) => file.supersededBy !== null),
    (file) => file.supersededBy ?? '',
  );
  const readers = readersOf(made, replaced);
  const makers = new Map<Maker, DerivedJob>();
  const unclaimed = new Claims(found);
  for (const checksum of checksumsOf(found, readers)) {
    const maker = readers.get(checksum) ?? bySource(checksum);
    makers.set(
      maker,
      readingJob(found, unclaimed, maker, checksum, filesOf(made, maker, checksum), replaced.has(maker)),
    );
  }
  for (const maker of new Set([...made.keys(), ...replaced.keys()]))
    if (!makers.has(maker) && !isSource(maker))
      makers.set(maker, rewritingJob(unclaimed, maker, made.get(maker) ?? []));
  for (const [maker, job] of makers)
    if (job.kind === 'correction') job.corrects = correctedBy(maker, made, replaced, makers);
  return [...makers.values(), ...unclaimed.secondCopies()];
}

function bySource(checksum: string): Maker {
  return `source:${checksum}`;
}

function isSource(maker: Maker): boolean {
  return maker.startsWith('source:');
}

/** Every file with who made it: along each path, the superseding job of one version made the next. */
function filesByMaker(parquet: readonly FoundParquet[]): Map<Maker, FoundParquet[]> {
  const made = new Map<Maker, FoundParquet[]>();
  for (const versions of Map.groupBy(parquet, (file) => file.livePath).values()) {
    // Job ids sort by time; the live version has no successor and is last.
    const inOrder = versions.toSorted((left, right) =>
      (left.supersededBy ?? 'z') < (right.supersededBy ?? 'z') ? -1 : 1,
    );
    for (const [at, file] of inOrder.entries()) {
      const maker = inOrder[at - 1]?.supersededBy ?? firstMaker(file);
      made.set(maker, [...(made.get(maker) ?? []), file]);
    }
  }
  return made;
}

function firstMaker(file: FoundParquet): Maker {
  if (file.namedJob !== null) return file.namedJob;
  const [only, ...others] = file.sources;
  return only !== undefined && others.length === 0 ? bySource(only) : `unknown:${posix.dirname(file.livePath)}`;
}

/** For each source, the known id of the job that read it: of its files one has the id, or it brought the source into others. */
function readersOf(
  made: ReadonlyMap<Maker, readonly FoundParquet[]>,
  replaced: ReadonlyMap<Maker, readonly FoundParquet[]>,
): Map<string, Maker> {
  const readers = new Map<string, Maker>();
  for (const [maker, files] of made) {
    if (isSource(maker)) continue;
    const before = sourcesOf(replaced.get(maker) ?? []);
    const [brought, ...others] = sourcesOf(files).filter((checksum) => !before.includes(checksum));
    if (brought !== undefined && others.length === 0 && !readers.has(brought)) readers.set(brought, maker);
  }
  return readers;
}

function sourcesOf(files: readonly FoundParquet[]): string[] {
  return [...new Set(files.flatMap((file) => file.sources))];
}

/** All sources that are there or were, in the order that their files have. */
function checksumsOf(found: Found, readers: ReadonlyMap<string, Maker>): Set<string> {
  const known = [...found.sources.map((source) => source.checksum), ...sourcesOf(found.parquet)];
  return new Set([...known, ...readers.keys()].sort());
}

/** The files of a job that read a source: under its id, and those that only the checksum tells. */
function filesOf(made: ReadonlyMap<Maker, readonly FoundParquet[]>, maker: Maker, checksum: string): FoundParquet[] {
  const byChecksum = bySource(checksum);
  return [...(made.get(maker) ?? []), ...(maker === byChecksum ? [] : (made.get(byChecksum) ?? []))];
}

function readingJob(
  found: Found,
  claims: Claims,
  maker: Maker,
  checksum: string,
  files: readonly FoundParquet[],
  hasReplaced: boolean,
): DerivedJob {
  const { staged, archived, id } = claims.sourceOf(checksum, isSource(maker) ? null : maker);
  const isPublished = files.length > 0 || found.parquet.some((file) => file.sources.includes(checksum));
  return {
    id,
    kind: hasReplaced ? 'correction' : 'import',
    status: isPublished ? 'completed' : 'failed',
    checksum,
    files,
    staged,
    archived,
    corrects: null,
    records_quarantined: claims.recordsSetAsideBy(id),
  };
}

function rewritingJob(claims: Claims, maker: Maker, files: readonly FoundParquet[]): DerivedJob {
  const id = maker.startsWith('unknown:') ? null : maker;
  return {
    id,
    kind: 'rewrite',
    status: 'completed',
    checksum: null,
    files,
    staged: null,
    archived: null,
    corrects: null,
    records_quarantined: claims.recordsSetAsideBy(id),
  };
}

function correctedBy(
  maker: Maker,
  made: ReadonlyMap<Maker, readonly FoundParquet[]>,
  replaced: ReadonlyMap<Maker, readonly FoundParquet[]>,
  makers: ReadonlyMap<Maker, DerivedJob>,
): DerivedJob | null {
  const old = replaced.get(maker)?.[0];
  const before = [...made].find(([, files]) => old !== undefined && files.includes(old))?.[0];
  const known = before === undefined ? undefined : makers.get(before);
  if (known !== undefined || old === undefined) return known ?? null;
  return [...makers.values()].find((job) => job.files.includes(old)) ?? null;
}

/** The sources and quarantines that no job has been found for yet. */
class Claims {
  readonly #found: Found;
  readonly #usedIds: Set<string>;
  readonly #usedSources = new Set<FoundSource>();

  constructor(found: Found) {
    this.#found = found;
    const named = found.parquet.flatMap((file) => [file.namedJob, file.supersededBy]);
    this.#usedIds = new Set(named.filter((id) => id !== null));
  }

  /** A source's copies, and the id of the job that read it, if anything has kept that. */
  sourceOf(
    checksum: string,
    knownId: string | null,
  ): { staged: FoundSource | null; archived: FoundSource | null; id: string | null } {
    const all = this.#found.sources.filter((source) => source.checksum === checksum);
    const own = all.filter((source) => source.namedJob === knownId || source.namedJob === null || knownId === null);
    const staged = own.find((source) => !source.isArchived) ?? null;
    const archived = own.find((source) => source.isArchived) ?? null;
    for (const source of [staged, archived]) if (source !== null) this.#usedSources.add(source);
    const id = knownId ?? this.#idOf([staged, archived].filter((source) => source !== null));
    if (id !== null) this.#usedIds.add(id);
    return { staged, archived, id };
  }

  #idOf(sources: readonly FoundSource[]): string | null {
    const named = sources.map((source) => source.namedJob).filter((id) => id !== null);
    const setAside = sources.flatMap((source) => source.quarantinedBy).sort();
    return [...named, ...setAside].find((id) => !this.#usedIds.has(id)) ?? null;
  }

  recordsSetAsideBy(id: string | null): number {
    return this.#found.quarantine.find(({ jobId }) => jobId === id)?.records ?? 0;
  }

  /** Copies of a source that another job has: what they were staged for is not known. */
  secondCopies(): DerivedJob[] {
    const others = this.#found.sources.filter((source) => !this.#usedSources.has(source));
    return others.map((source) => {
      const id = this.#idOf([source]);
      if (id !== null) this.#usedIds.add(id);
      const place = source.isArchived ? { staged: null, archived: source } : { staged: source, archived: null };
      const nothing = { files: [], records_quarantined: this.recordsSetAsideBy(id), corrects: null };
      const about = { id, kind: 'import', status: 'failed', checksum: source.checksum } as const;
      return Object.assign(about, place, nothing);
    });
  }
}
