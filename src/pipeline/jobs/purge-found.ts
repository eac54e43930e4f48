import { join } from 'node:path';
import { placeOf } from '../../core/canonical-path.ts';
import type { ParquetFile, Recheck } from '../../core/job.ts';
import { keptFolders, pinPath, quarantinePath, trashDayOf, trashPath } from '../../core/kept-places.ts';
import { pinManifestName } from '../../core/pin.ts';
import { parseStoredPath, type StoredPath } from '../../core/stored-path.ts';
import type { LogSnapshot, Purging } from '../../joblog/joblog.ts';
import { hashFile } from '../../platform/checksum.ts';
import { exists } from '../../platform/files.ts';
import type { FileStore } from '../../store/store.ts';
import type { PurgeScope } from './purge-scope.ts';

/** Where a purge looks. `kept`: rechecks that have kept bytes of the ticker and endpoint. */
export type PurgePlace = { readonly root: string; readonly store: FileStore; readonly kept: readonly Recheck[] };

/** Files of the scope where they lie now, what lies of them elsewhere, and the pins that hold some of them. */
export type PurgeFound = {
  readonly files: readonly Purging[];
  readonly copies: readonly Purging[];
  readonly pins: readonly Purging[];
};

/** Looks for all that a scope is about. What an earlier purge has taken away counts only where it is there again. */
export async function findPurged(place: PurgePlace, log: LogSnapshot, scope: PurgeScope): Promise<PurgeFound> {
  const all = [...publishedFiles(scope), ...(await sourceFiles(place, log, scope))];
  const known = new Set<string>(log.purged.map(({ path }) => path));
  const files: Purging[] = [];
  for (const file of all) if (!known.has(file.path) || (await isThere(place, file.path))) files.push(file);
  const copies = [...(await findCopies(place, all, paths(scope, all))), ...(await findKept(place, scope))];
  const pins = await findPins(place, all);
  return { files, copies, pins };
}

function publishedFiles({ whole, shared, superseded, jobs }: PurgeScope): Purging[] {
  const sources = new Map(jobs.map(({ id, checksum }) => [id, checksum]));
  const live = [...whole, ...shared.map(({ file }) => file)];
  return [...live, ...superseded].map((file) => ({
    path: placeOf(file),
    kind: file.state === 'live' ? 'live' : 'superseded',
    of_job_id: file.job_id,
    checksum: file.checksum,
    source_checksum: sources.get(file.job_id) ?? null,
    size_bytes: file.size_bytes,
  }));
}

/** The sources of jobs, staged and packed, and what these have set aside. One that is gone by now is noted all the same. */
async function sourceFiles({ store }: PurgePlace, log: LogSnapshot, { jobs }: PurgeScope): Promise<Purging[]> {
  const found: Purging[] = [];
  for (const { id, staged_path, checksum } of jobs) {
    const own = { of_job_id: id, source_checksum: checksum };
    if (staged_path !== null) {
      const size_bytes = (await store.stat(staged_path))?.size_bytes ?? 0;
      found.push({ ...own, path: staged_path, kind: 'source', checksum, size_bytes });
    }
    for (const row of log.archived.filter(({ job_id, state }) => job_id === id && state === 'archived')) {
      const { archive_path: path, archived_checksum, archived_size_bytes: size_bytes } = row;
      found.push({ ...own, path, kind: 'archived', checksum: archived_checksum, size_bytes });
    }
    const setAside = await store.stat(quarantinePath(id));
    if (setAside !== null)
      found.push({
        ...own,
        path: quarantinePath(id),
        kind: 'quarantine',
        checksum: null,
        size_bytes: setAside.size_bytes,
      });
  }
  return found;
}

/** Every path that something of the scope has or has had. */
function paths({ whole, shared, superseded }: PurgeScope, all: readonly Purging[]): ReadonlySet<string> {
  const files: ParquetFile[] = [...whole, ...shared.map(({ file }) => file), ...superseded];
  return new Set<string>([...files.map(({ path }) => path), ...all.map(({ path }) => path)]);
}

/** What lies in the trash of it: by the path that it had, damaged or not, or by its bytes. */
async function findCopies(place: PurgePlace, all: readonly Purging[], wanted: ReadonlySet<string>): Promise<Purging[]> {
  const same = sameBytes(place, all);
  const found: Purging[] = [];
  for (const path of await place.store.list(keptFolders.trash)) {
    const day = trashDayOf(path);
    const before = day === null ? '' : path.slice(trashPath(day).length + 1).replace(/~\d+$/, '');
    const { size_bytes, of } = await same(path);
    if (wanted.has(before) || of !== null) found.push(copyOf(path, size_bytes, { kind: 'copy', of }));
  }
  return found;
}

/** What rechecks have kept of the sessions: the vendor's other version of them. */
async function findKept({ store, kept }: PurgePlace, { sessionDates }: PurgeScope): Promise<Purging[]> {
  const found: Purging[] = [];
  for (const { kept_path, session_date, checksum } of kept) {
    const path = kept_path === null ? null : parseStoredPath(kept_path);
    if (path === null || (session_date !== null && !sessionDates.includes(session_date))) continue;
    const facts = await store.stat(path);
    const about = { kind: 'copy', of_job_id: null, source_checksum: null } as const;
    if (facts !== null) found.push({ ...about, path, checksum, size_bytes: facts.size_bytes });
  }
  return found;
}

/** The pins that hold some of it. A pin is whole or nothing, so that it goes as a whole. */
async function findPins(place: PurgePlace, all: readonly Purging[]): Promise<Purging[]> {
  const same = sameBytes(place, all);
  const found = new Map<StoredPath, Purging>();
  for (const path of await place.store.list(keptFolders.pins)) {
    const pin = pinPath(path.split('/')[1] ?? '');
    const { size_bytes, of } = await same(path);
    const sum = found.get(pin);
    if (of === null) continue;
    if (sum === undefined) found.set(pin, copyOf(pin, size_bytes, { kind: 'pin', of: { ...of, checksum: null } }));
    else found.set(pin, { ...sum, size_bytes: sum.size_bytes + size_bytes });
  }
  for (const [pin, row] of found) {
    const manifest = join(place.root, pin, pinManifestName);
    if (await exists(manifest)) found.set(pin, { ...row, checksum: await hashFile(manifest) });
  }
  return [...found.values()];
}

function copyOf(
  path: StoredPath,
  size_bytes: number,
  { kind, of }: { readonly kind: 'copy' | 'pin'; readonly of: Purging | null },
): Purging {
  return { path, kind, of_job_id: null, checksum: of?.checksum ?? null, source_checksum: null, size_bytes };
}

/** Says whether a file has the bytes of one of these. Only where the sizes are equal is it read, or where that of a source is not known. */
function sameBytes({ root, store }: Omit<PurgePlace, 'kept'>, all: readonly Purging[]) {
  const sums = new Map(all.map((file) => [file.checksum, file]));
  const sizes = new Set(all.map(({ size_bytes }) => size_bytes));
  const isUnsized = all.some(({ kind, size_bytes }) => kind === 'source' && size_bytes === 0);
  return async (path: StoredPath): Promise<{ readonly size_bytes: number; readonly of: Purging | null }> => {
    const facts = await store.stat(path);
    const size_bytes = facts?.size_bytes ?? 0;
    const isLike = sizes.has(size_bytes) || (isUnsized && path.includes('.json'));
    if (facts?.isFile !== true || !isLike) return { size_bytes, of: null };
    return { size_bytes, of: sums.get(await hashFile(join(root, path))) ?? null };
  };
}

async function isThere({ store }: PurgePlace, path: StoredPath): Promise<boolean> {
  return (await store.stat(path)) !== null;
}
