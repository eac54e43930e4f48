import type { LimitOverrides } from '../core/limits.ts';
import type { NoticeTarget } from '../core/notices.ts';
import type { Subscription } from '../core/subscription.ts';
import type { TokenEntry } from '../core/tokens.ts';

/** Every setting with its value's type. Units are in the names. */
export type Settings = {
  readonly data_dir: string;
  readonly host: string;
  readonly port: number;
  readonly source_allow: readonly string[];
  /** The proxy that hosts are fetched through, with its user name and password; null for none. */
  readonly proxy: string | null;
  /** The base of GEXBot's API. */
  readonly gexbot_url: string;
  /** The key that it is asked with, a secret; null for the one of the file, or none. */
  readonly gexbot_key: string | null;
  /** The file with that key. */
  readonly gexbot_key_file: string | null;
  /** The host that has the same files where that of a link cannot be reached; null for none. */
  readonly gexbot_fallback_host: string | null;
  /** So far apart are two calls of the API. */
  readonly gexbot_pace_ms: number;
  /** What is wanted of the vendor. */
  readonly subscribe: readonly Subscription[];
  readonly memory_mb: number;
  readonly threads: number;
  readonly staged_days: number;
  readonly raw_days: number;
  /** The rights of the databases and of their copies, as a number. */
  readonly log_mode: number;
  /** The file with the key that signs the journal's checkpoints; null for the one of the journal's name in the user's own folder. */
  readonly log_key_file: string | null;
  /** The private key of this service as a witness of other journals; null: it is none. */
  readonly witness_key_file: string | null;
  /** The public keys of the journals that it watches. */
  readonly witness_logs: readonly string[];
  /** Who may use the service; without any, everybody who can reach the loopback address. */
  readonly tokens: readonly TokenEntry[];
  /** A file with more of them, one a line; null where there is none. */
  readonly tokens_file: string | null;
  /** Origins whose pages may use the service from a browser. */
  readonly cors_origins: readonly string[];
  /** Megabytes of records that a request may bring itself; 0: none. */
  readonly max_upload_mb: number;
  /** Who is told what should be known in time; the addresses are secrets. */
  readonly notify: readonly NoticeTarget[];
  /** A disk with fewer gigabytes free is told. */
  readonly disk_low_gb: number;
  /** A missing session is urgent from so many days before it is lost. */
  readonly urgent_days: number;
  /** Limits that are set otherwise than in core/limits.ts. */
  readonly limits: LimitOverrides;
};
