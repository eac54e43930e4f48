import type { Dataset } from './contract.ts';
import type { Counts } from './job.ts';
import type { Endpoint } from './names.ts';
import type { Measured } from './quality-row.ts';

/*
 * What one room of the journey hands to the next. The rooms do not import each other: a file can only be published by
 * someone who holds the value that checking gives out.
 */

/** How a server may have packed what it sends although nothing in the bytes says so. gzip and zstd do say so. */
export type Coding = 'br' | 'deflate';

/** What is known of a transfer before its first byte. */
export type Arriving = {
  /** How it is packed, the outermost coding first. */
  readonly codings: readonly Coding[];
  readonly bytes_total: number | null;
  /** What the server calls the file (`Content-Disposition`); null where it does not. */
  readonly name: string | null;
};

/**
 * Where a source's bytes go. The bytes given to `append` must stay untouched until the append after it has resolved, so that
 * they can still be written while the next ones arrive.
 */
export type ByteSink = {
  /** Said once before the first byte, by those who know it. @throws DISK_FULL where so much cannot be kept */
  readonly expect: (arriving: Arriving) => Promise<void>;
  readonly append: (bytes: Uint8Array) => Promise<void>;
  /** Forgets all that came before: the source starts anew. */
  readonly reset: () => Promise<void>;
  /**
   * Asked once all bytes are there, where nothing in the transfer proves that they are: what shows that they end too early, in
   * words, or null. No byte may follow it, only `reset`.
   */
  readonly lacks: () => Promise<string | null>;
};

/** How many bytes have been transferred, of how many where that is known. */
export type OnBytes = (bytes: number, bytes_total: number | null) => void;

/** What is known of a transfer once it is over: what its server or file system said, as it was said. Times are ISO 8601 in UTC. */
export type Transferred = {
  /** Where the bytes came from in the end: a URL without its query, after all redirects, or a path. */
  readonly location: string;
  /** Bytes as they were transferred. */
  readonly wire_bytes: number;
  readonly etag: string | null;
  readonly last_modified: string | null;
  readonly content_md5: string | null;
  readonly content_length: number | null;
  /** When the local file was last modified. */
  readonly modified_at: string | null;
  /** SHA-256 of the archive that it is a member of. */
  readonly archive_checksum: string | null;
};

/** A transfer with the SHA-256 of the bytes as they were transferred, packed or not. */
export type Receipt = Transferred & { readonly wire_checksum: string };

/** A source that may be fetched; nothing has been opened yet. Only the room of sources gives one out. */
export type SourceBytes = {
  readonly kind: 'local' | 'remote';
  /** The URL or the absolute path, whole: its last part names the file, the rest is not for showing. */
  readonly location: string;
  /** Transfers all of it and says what came. Throws SOURCE_…, DOWNLOAD_…, INTERRUPTED, or what the sink throws. */
  readonly transferInto: (sink: ByteSink, onBytes: OnBytes) => Promise<Transferred>;
};

/** A source kept unchanged: decoded, hashed, its shape looked at. `path` is absolute; it is still private or already staged. */
export type ReceivedSource = {
  readonly path: string;
  readonly name: string;
  readonly size_bytes: number;
  /** SHA-256 of the decoded bytes, in hexadecimal. */
  readonly checksum: string;
};

/** What the job expects of its records. A null session date lets each record's own New York date make its block. */
export type Expectation = {
  readonly ticker: string;
  readonly endpoint: Endpoint;
  readonly sessionDate: string | null;
  /** Old layouts may lack spot; then it is null. Every other record needs one. */
  readonly spotMayLack?: boolean;
};

/** A finished private Parquet file that has not been checked by the engine yet. Times are Unix seconds. */
export type PrivateFile = {
  readonly path: string;
  readonly dataset: Dataset;
  /** `YYYY-MM`: the month whose folder the file belongs to. */
  readonly month: string;
  readonly sessionDates: readonly string[];
  readonly rows: number;
  readonly size_bytes: number;
  readonly checksum: string;
  /** The version of the contract that it follows, what has written it, and the hash of its rows; null where an old log does not say. */
  readonly contract: string | null;
  readonly writer: string | null;
  readonly contentHash: string | null;
  readonly first_timestamp_s: number;
  readonly last_timestamp_s: number;
  /** For each DOUBLE column: sum and sum of magnitudes as the scanner saw them, for the engine to find again. */
  readonly sums: Readonly<Record<string, { readonly sum: number; readonly magnitude: number }>>;
};

/** Something that is kept and counted but not published, or noticed and reported once per job. */
export type Notice = {
  readonly event:
    | 'unknown_fields'
    | 'wrong_types'
    | 'numbers_in_text'
    | 'repeated_fields'
    | 'half_characters'
    | 'set_aside'
    | 'sorted'
    | 'contradiction'
    | 'layout';
  readonly detail: string;
};

/** What loading gives: the private files, and where every record went. */
export type LoadedSource = {
  readonly files: readonly PrivateFile[];
  readonly counts: Counts;
  readonly strikeRows: number;
  readonly sessionDates: readonly string[];
  /** Private file with the records that were set aside (one JSON line each), or null where there are none. */
  readonly quarantinePath: string | null;
  readonly notices: readonly Notice[];
  /** How good its sessions are, where that was asked for. */
  readonly quality: readonly Measured[];
};
