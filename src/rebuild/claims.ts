import type { DerivedJob } from './derived-job.ts';
import type { Found, FoundSource } from './found.ts';

/** The sources and quarantines that no job has been found for yet. */
export class Claims {
  readonly #found: Found;
  readonly #usedIds: Set<string>;
  readonly #usedSources = new Set<FoundSource>();

  constructor(found: Found) {
    this.#found = found;
    const named = found.parquet.flatMap((file) => [file.namedJob, file.supersededBy]);
    this.#usedIds = new Set(named.filter((id) => id !== null));
  }

  /** A source's copies, and the id of the job that read it, if anything has kept that. Each copy is one job's. */
  sourceOf(
    checksum: string,
    knownId: string | null,
  ): { staged: FoundSource | null; archived: FoundSource | null; id: string | null } {
    const own = this.#copiesFor(checksum, knownId);
    const staged = own.find((source) => !source.isArchived) ?? null;
    const archived = own.find((source) => source.isArchived) ?? null;
    for (const source of [staged, archived]) if (source !== null) this.#usedSources.add(source);
    const id = knownId ?? this.#idOf([staged, archived].filter((source) => source !== null));
    if (id !== null) this.#usedIds.add(id);
    return { staged, archived, id };
  }

  /** In a job's own folder; else under the plain name; and for a job whose id is not known, in a folder of one that nothing else is known of. */
  #copiesFor(checksum: string, knownId: string | null): FoundSource[] {
    const free = this.#found.sources.filter((source) => source.checksum === checksum && !this.#usedSources.has(source));
    const inOwn = free.filter(({ namedJob }) => namedJob !== null && namedJob === knownId);
    if (inOwn.length > 0) return inOwn;
    const plain = free.filter(({ namedJob }) => namedJob === null);
    if (plain.length > 0 || knownId !== null) return plain;
    const first = free.find(({ namedJob }) => namedJob !== null && !this.#usedIds.has(namedJob));
    return free.filter(({ namedJob }) => namedJob === first?.namedJob);
  }

  #idOf(sources: readonly FoundSource[]): string | null {
    const named = sources.map((source) => source.namedJob).filter((id) => id !== null);
    const setAside = sources.flatMap((source) => source.quarantinedBy).sort();
    return [...named, ...setAside].find((id) => !this.#usedIds.has(id)) ?? null;
  }

  recordsSetAsideBy(id: string | null): number {
    return this.#found.quarantine.find(({ jobId }) => jobId === id)?.records ?? 0;
  }

  /** Jobs of which nothing is left but what they have set aside: their sources have left the archive, so nothing tells which they read. */
  unownedQuarantines(): DerivedJob[] {
    const unowned = this.#found.quarantine.filter(({ jobId }) => !this.#usedIds.has(jobId));
    const nothing = { checksum: null, files: [], staged: null, archived: null, rewrite: null, about: null };
    return unowned.map(({ jobId, records }) => {
      this.#usedIds.add(jobId);
      const job = { id: jobId, kind: 'import', status: 'cancelled', records_quarantined: records } as const;
      return Object.assign(job, nothing);
    });
  }

  /** Copies of a source that another job has: what they were staged for is not known. */
  secondCopies(): DerivedJob[] {
    const others = this.#found.sources.filter((source) => !this.#usedSources.has(source));
    return others.map((source) => {
      const id = this.#idOf([source]);
      if (id !== null) this.#usedIds.add(id);
      const place = source.isArchived ? { staged: null, archived: source } : { staged: source, archived: null };
      const nothing = { files: [], records_quarantined: this.recordsSetAsideBy(id), rewrite: null, about: null };
      const about = { id, kind: 'import', status: 'failed', checksum: source.checksum } as const;
      return Object.assign(about, place, nothing);
    });
  }
}
