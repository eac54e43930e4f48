import { toGexlakeError } from '../core/errors.ts';
import { parseEndpoint } from '../core/names.ts';
import {
  formatCanonicalPath,
  parseCanonicalPath,
  parsePublishedName,
  parseRetiredPath,
} from '../core/canonical-path.ts';
import { keptFolders } from '../core/kept-places.ts';
import type { StoredPath } from '../core/stored-path.ts';
import type { FileStore } from '../store/store.ts';
import { inMemory, parquetFacts, parquetRows, withDatabase, type Database } from '../db/db.ts';
import { hashFile } from '../platform/checksum.ts';
import { sizeOf } from '../platform/files.ts';
import { listOurs } from '../verify/verify.ts';
import type { GovernContext } from '../maintenance/maintenance.ts';
import type { FoundParquet } from './found.ts';

/** Reads every Parquet file under `parquet/` and `archive/parquet/`, and what its name says. `onNote` hears of files that tell nothing. */
export async function scanParquet(context: GovernContext, onNote: (note: string) => void): Promise<FoundParquet[]> {
  const { store } = context;
  const paths = [
    ...(await listOurs(store, keptFolders.parquet)),
    ...(await listOurs(store, keptFolders.archivedParquet)),
  ];
  return withDatabase(inMemory, context.engine, async (database) => {
    const found: FoundParquet[] = [];
    for (const [at, path] of paths.entries()) {
      context.onProgress('reading Parquet', at, paths.length);
      const file = await readOne(database, store, path).catch((thrown: unknown) => {
        onNote(`${path} cannot be read: ${toGexlakeError(thrown).message}`);
        return 'noted' as const;
      });
      if (file === null) onNote(`${path} has a name that no job gives`);
      else if (file !== 'noted') found.push(file);
    }
    return found;
  });
}

type Named = Omit<FoundParquet, 'path' | 'sources' | 'contract_version' | 'writer' | keyof Described>;

type Described = Pick<
  FoundParquet,
  'row_count' | 'size_bytes' | 'checksum' | 'session_dates' | 'first_timestamp' | 'last_timestamp'
>;

/** What the path of a Parquet file says; null for a path that gexlake does not give. */
function readPath(path: string): Named | null {
  const retired = parseRetiredPath(path);
  const canonical = retired?.live ?? parseCanonicalPath(path);
  const published = canonical === null ? null : parsePublishedName(canonical.file);
  if (canonical === null || published === null) return null;
  return {
    livePath: formatCanonicalPath(canonical),
    ticker: canonical.ticker,
    endpoint: parseEndpoint(canonical.endpoint).name,
    dataset: published.dataset,
    namedJob: published.jobId,
    isWithdrawn: retired !== null && retired.why !== 'superseded',
    supersededBy: retired?.by ?? null,
  };
}

async function readOne(database: Database, store: FileStore, path: StoredPath): Promise<FoundParquet | null> {
  const named = readPath(path);
  if (named === null) return null;
  const full = await store.engineUrl(path);
  const row = await database.first(
    `SELECT count(*) AS rows, min(timestamp)::TIMESTAMP AS first, max(timestamp)::TIMESTAMP AS last,
       list_sort(list(DISTINCT session_date::VARCHAR)) AS sessions FROM ${parquetRows([full])}`,
  );
  const metadata = await readMetadata(database, full);
  const sources = metadata.get('gexlake.source_checksum') ?? '';
  return {
    path,
    ...named,
    row_count: Number(row?.['rows'] ?? 0),
    size_bytes: await sizeOf(full),
    checksum: await hashFile(full),
    session_dates: (row?.['sessions'] ?? []) as readonly string[],
    first_timestamp: isoOf(row?.['first']),
    last_timestamp: isoOf(row?.['last']),
    sources: sources === '' ? [] : sources.split(','),
    contract_version: metadata.get('gexlake.contract_version') ?? null,
    writer: metadata.get('gexlake.writer') ?? null,
  };
}

async function readMetadata(database: Database, path: string): Promise<ReadonlyMap<string, string>> {
  const rows = await database.all(
    `SELECT decode(key) AS key, decode(value) AS value FROM ${parquetFacts('parquet_kv_metadata', [path])}`,
  );
  return new Map(rows.map(({ key, value }) => [key as string, value as string]));
}

function isoOf(value: unknown): string {
  return value instanceof Date ? value.toISOString() : '';
}
