import type { Dataset } from '../core/contract.ts';
import type { StoredPath } from '../core/stored-path.ts';

/*
 * What lies in a data folder and can tell something about the jobs that made it. Paths are relative to the data folder.
 */

/** A Parquet file, live or superseded, with what its name and its metadata say. */
export type FoundParquet = {
  /** Where it lies. */
  readonly path: StoredPath;
  /** Where it is, or was, live. */
  readonly livePath: StoredPath;
  /** The job in its name; null for the first files of a folder. */
  readonly namedJob: string | null;
  /** For a superseded file, the job that took its place. */
  readonly supersededBy: string | null;
  /** Whether that job has withdrawn it and put nothing in its place. */
  readonly isWithdrawn: boolean;
  readonly dataset: Dataset;
  readonly ticker: string;
  readonly endpoint: string;
  readonly row_count: number;
  readonly size_bytes: number;
  readonly checksum: string;
  readonly session_dates: readonly string[];
  readonly first_timestamp: string;
  readonly last_timestamp: string;
  /** SHA-256 of the sources whose rows it holds. */
  readonly sources: readonly string[];
  /** What it says of its contract and of its writer; null where it says nothing. */
  readonly contract_version: string | null;
  readonly writer: string | null;
};

/** A source, staged or in the archive. */
export type FoundSource = {
  readonly path: StoredPath;
  readonly isArchived: boolean;
  /** The name that it was staged under. */
  readonly name: string;
  /** The job whose folder it lies in; null where it has its plain name. */
  readonly namedJob: string | null;
  /** Of the unpacked bytes. */
  readonly checksum: string;
  readonly size_bytes: number;
  /** Of the file as it lies in the archive; the same as above for a staged one. */
  readonly packed_checksum: string;
  readonly packed_size_bytes: number;
  /** The jobs whose quarantine begins with a record that is at its very place in this source. */
  readonly quarantinedBy: readonly string[];
};

/** The records that one job has set aside. */
export type FoundQuarantine = { readonly jobId: string; readonly records: number };

export type Found = {
  readonly parquet: readonly FoundParquet[];
  readonly sources: readonly FoundSource[];
  readonly quarantine: readonly FoundQuarantine[];
  /** Files that tell nothing, with the reason. */
  readonly notes: readonly string[];
};
