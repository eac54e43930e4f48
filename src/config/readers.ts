import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import {
  readBaseUrl,
  readCorsOrigins,
  readHost,
  readHostOrNone,
  readKey,
  readOrigins,
  readProxy,
} from './addresses.ts';
import { readNotify } from './notify.ts';
import { readLimits, readLogMode, readRawDays, wholeNumber } from './numbers.ts';
import { readPath } from './paths.ts';
import type { Settings } from './settings.ts';
import { readSubscriptions } from './subscriptions.ts';
import { readTokenEntries } from './tokens.ts';
import { readList, type Read } from './values.ts';

type Reader<T> = {
  readonly environment: string;
  readonly default: () => T;
  readonly read: (value: unknown) => Read<T>;
  /** Whether a value that cannot be read must not be shown, since it may be a secret in the wrong place. */
  readonly secret?: boolean;
};

/** How each setting is read. */
export const readers: { readonly [K in keyof Settings]: Reader<Settings[K]> } = {
  data_dir: {
    environment: 'GEXLAKE_DATA_DIR',
    default: () => resolve('data'),
    read: readPath,
  },
  host: {
    environment: 'GEXLAKE_HOST',
    default: () => '127.0.0.1',
    read: readHost,
  },
  port: { environment: 'GEXLAKE_PORT', default: () => 8877, read: wholeNumber(0, 65_535) },
  source_allow: { environment: 'GEXLAKE_SOURCE_ALLOW', default: () => [], read: readOrigins },
  proxy: { environment: 'GEXLAKE_PROXY', default: () => null, read: readProxy, secret: true },
  gexbot_url: { environment: 'GEXLAKE_GEXBOT_URL', default: () => 'https://api.gex.bot/v2', read: readBaseUrl },
  gexbot_key: { environment: 'GEXLAKE_GEXBOT_KEY', default: () => null, read: readKey, secret: true },
  gexbot_key_file: { environment: 'GEXLAKE_GEXBOT_KEY_FILE', default: () => null, read: readPath },
  gexbot_fallback_host: {
    environment: 'GEXLAKE_GEXBOT_FALLBACK_HOST',
    default: () => 'hist.gexbot.com',
    read: readHostOrNone,
  },
  gexbot_pace_ms: { environment: 'GEXLAKE_GEXBOT_PACE_MS', default: () => 1100, read: wholeNumber(0, 600_000) },
  subscribe: { environment: 'GEXLAKE_SUBSCRIBE', default: () => [], read: readSubscriptions },
  memory_mb: { environment: 'GEXLAKE_MEMORY_MB', default: () => 512, read: wholeNumber(64, 1_048_576) },
  threads: { environment: 'GEXLAKE_THREADS', default: availableParallelism, read: wholeNumber(1, 1024) },
  staged_days: { environment: 'GEXLAKE_STAGED_DAYS', default: () => 14, read: wholeNumber(0, 36_500) },
  raw_days: { environment: 'GEXLAKE_RAW_DAYS', default: () => 0, read: readRawDays },
  log_mode: { environment: 'GEXLAKE_LOG_MODE', default: () => 0o600, read: readLogMode },
  log_key_file: { environment: 'GEXLAKE_LOG_KEY_FILE', default: () => null, read: readPath },
  witness_key_file: { environment: 'GEXLAKE_WITNESS_KEY_FILE', default: () => null, read: readPath },
  witness_logs: { environment: 'GEXLAKE_WITNESS_LOGS', default: () => [], read: readKeys },
  tokens: { environment: 'GEXLAKE_TOKENS', default: () => [], read: readTokenEntries, secret: true },
  tokens_file: {
    environment: 'GEXLAKE_TOKENS_FILE',
    default: () => null,
    read: readPath,
  },
  cors_origins: {
    environment: 'GEXLAKE_CORS_ORIGINS',
    default: () => ['https://www.gexbot.com', 'https://gexbot.com'],
    read: readCorsOrigins,
  },
  max_upload_mb: { environment: 'GEXLAKE_MAX_UPLOAD_MB', default: () => 32, read: wholeNumber(0, 512) },
  notify: { environment: 'GEXLAKE_NOTIFY', default: () => [], read: readNotify, secret: true },
  disk_low_gb: { environment: 'GEXLAKE_DISK_LOW_GB', default: () => 10, read: wholeNumber(0, 1_048_576) },
  urgent_days: { environment: 'GEXLAKE_URGENT_DAYS', default: () => 7, read: wholeNumber(0, 90) },
  limits: { environment: 'GEXLAKE_LIMITS', default: () => ({}), read: readLimits },
};

function readKeys(given: unknown): Read<readonly string[]> {
  const value = readList(given);
  return value === null ? { expected: 'public keys as name+hash+base64, separated by commas' } : { value };
}

export const settingNames = Object.keys(readers) as (keyof Settings)[];

export function environmentName(setting: keyof Settings): string {
  return readers[setting].environment;
}
