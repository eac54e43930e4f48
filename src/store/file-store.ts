import type { StoredPath } from '../core/stored-path.ts';
import type { Purpose } from './purposes.ts';

/*
 * What every store of kept files does. docs of the invariants: DESIGN.md beside this file. Every implementation passes the one suite
 * test/store/contract.ts.
 */

/**
 * A finished file of this machine's disk. Its bytes are durable already, and nobody writes into it any more. The size is null for a
 * second name of a kept file, for it is as long as that is.
 */
export type LocalFile = { readonly path: string; readonly size_bytes: number | null; readonly checksum: string };

/**
 * What may be at a path for a file to get it. `ifAbsent`: nothing, or the same bytes. `replaces`: the file with that SHA-256, or the same
 * bytes. `held`: whatever is there, since the caller keeps everybody else away from it; for databases only.
 */
export type PutCondition = { readonly ifAbsent: true } | { readonly replaces: string } | { readonly held: true };

/** A local file and the path that it is to get. */
export type FileToPut = { readonly path: StoredPath; readonly local: LocalFile; readonly when: PutCondition };

/** `put`: the file has its path now. `found`: the same bytes were there already. */
export type PutOutcome = 'put' | 'found';

/** What a change is for: the names of its durability steps follow from it. */
export type Change = { readonly purpose: Purpose };

/** A change that must be impossible once the folder is gone: see DESIGN.md, "The licence". */
export type LicensedChange = Change & { readonly workFolder: string };

/** How big a file is, and whether it is a regular one. `mode` has the permission bits, where the store has any. */
export type StoredFacts = { readonly size_bytes: number; readonly isFile: boolean; readonly mode: number | null };

/** What the log knows of a file. Where the size is not known, only the bytes count. */
export type Expected = { readonly size_bytes: number | null; readonly checksum: string };

/** How a file is compared with what is expected. The SHA-256 of one with another size is not asked for. */
export type Match =
  | { readonly kind: 'same' }
  | { readonly kind: 'absent' }
  | { readonly kind: 'other size'; readonly size_bytes: number }
  | { readonly kind: 'other bytes'; readonly checksum: string };

export type FileStore = {
  /**
   * Gives finished local files their paths, one after the other, each by one act; all are durable afterwards. The local names stay,
   * those of files that replaced others excepted.
   * @throws FILE_EXISTS where something else is there, FILE_CHANGED where what is there is not what is to be replaced
   */
  readonly put: (files: readonly FileToPut[], change: Change) => Promise<PutOutcome[]>;
  /** Gives a local folder with all in it its path, by one act: nobody meets a part of it. @throws FILE_EXISTS */
  readonly putFolder: (path: StoredPath, localFolder: string, change: Change) => Promise<void>;
  /** Gives a kept file a local name, in a private folder that must be there. It is for reading and for `put`, and not to be written. */
  readonly get: (path: StoredPath, local: string, change: Change) => Promise<void>;
  /** Gives a kept file, or a folder with all in it, another path. @throws FILE_EXISTS */
  readonly move: (from: StoredPath, to: StoredPath, change: Change) => Promise<void>;
  /** Takes files, or folders with all in them, away; what is not there is fine. A folder of a job's own goes with its last file. */
  readonly remove: (paths: readonly StoredPath[], change: LicensedChange) => Promise<void>;
  /** Null where nothing has that path. */
  readonly stat: (path: StoredPath) => Promise<StoredFacts | null>;
  /** Compares what is at a path, whole, with what the log knows. */
  readonly matches: (path: StoredPath, expected: Expected) => Promise<Match>;
  /** The bytes from start to end, in blocks. @throws FILE_SYSTEM where there is no such file */
  readonly read: (path: StoredPath) => AsyncIterable<Uint8Array>;
  /** The files below a folder, sorted; none where there is no such folder. */
  readonly list: (folder: StoredPath) => Promise<StoredPath[]>;
  /** By what name the engine can read a file. A store that has its files elsewhere may have to fetch it first. */
  readonly engineUrl: (path: StoredPath) => Promise<string>;
};
