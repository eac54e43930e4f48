import { columnsOf, contractOf, ladderForm, newestContract, scalarNames } from '../core/contract.ts';
import { GexlakeError } from '../core/errors.ts';
import type { PrivateFile } from '../core/journey.ts';
import { parseEndpoint } from '../core/names.ts';
import { fingerprint, parquetRows, sqlName, streamBlocks, type Database, type Fingerprint } from '../db/db.ts';
import { encodeHere, ParquetWriter, type Constants, type WrittenParquet } from '../parquet/parquet.ts';
import { openPart, syncFile, writeAll } from '../platform/work-files.ts';
import { asChecked, type CheckedFile } from './checked.ts';
import type { EngineUrls } from './engine-urls.ts';
import type { RowCollector } from './row-collector.ts';
import { followEachOther, rowsOfFile, sourceChecksums, sourceFiles } from './rewrite-source.ts';
import type { RewriteSource, RowsAsked, SourceFile } from './rewrite-source.ts';
import { SnapshotRowCollector } from './snapshot-rows.ts';
import { StrikeRowCollector } from './strike-rows.ts';

export type Rewriting = {
  readonly database: Database;
  readonly store: EngineUrls;
  readonly source: RewriteSource;
  readonly target: RewriteTarget;
};

export type RewriteTarget = Constants & {
  /** Where the private file is made. */
  readonly path: string;
  readonly month: string;
  /** The version of the contract that it follows; null for the newest of the files that it is made of. */
  readonly contract: string | null;
};

/**
 * Writes the rows of a source into one private file by our own writer, ordered by timestamp and then as they stood, in the row groups
 * that an import makes: the same rows give the same bytes. DuckDB reads the rows, and compares them with what it then reads from the file.
 * Gives null where no row is left.
 */
export async function writeRewritten(rewriting: Rewriting): Promise<CheckedFile | null> {
  const { database, store, source, target } = rewriting;
  const files = await sourceFiles(database, store, source);
  const contract = target.contract ?? newestContract(files.map(({ version }) => version));
  const { dataset } = source;
  const columns = columnsOf(parseEndpoint(target.endpoint), dataset, contract);
  const asked: RowsAsked = { dataset, endpoint: target.endpoint, columns };
  const names = columns.map(({ name }) => sqlName(name)).join(', ');
  const rows = files.map((file) => rowsOfFile(file, asked)).join(' UNION ALL ');
  const before = await fingerprint(database, `SELECT ${names} FROM (${rows})`);
  if (before.rows === 0) return null;
  const written = await write(rewriting, { files, asked, contract });
  const found: SourceFile = { path: target.path, version: contract, without: [], first_ms: 0, last_ms: 0 };
  mustBeEqual(rewriting, before, await fingerprint(database, `SELECT ${names} FROM (${rowsOfFile(found, asked)})`));
  const described = await describe(database, target.path);
  return asChecked({ ...written, ...described, dataset, contract, ...placeOf(target), sums: {} });
}

function placeOf({ path, month }: RewriteTarget): Pick<PrivateFile, 'path' | 'month'> {
  return { path, month };
}

type RewritePlanned = {
  readonly files: readonly SourceFile[];
  readonly asked: RowsAsked;
  readonly contract: string;
};

async function write({ database, target }: Rewriting, planned: RewritePlanned): Promise<WrittenParquet> {
  const { files, asked, contract } = planned;
  const { path } = target;
  const handle = await openPart('load:part', path);
  try {
    const writer = new ParquetWriter({
      columns: asked.columns,
      writer: contractOf(contract).writer,
      write: (bytes) => writeAll('load:write', handle, path, bytes),
      encode: encodeHere,
    });
    await collect(database, collectorOf(target, planned, writer), planned);
    const checksums = await sourceChecksums(
      database,
      files.map((file) => file.path),
    );
    const written = await writer.finish({
      'gexlake.contract_version': contract,
      'gexlake.source_checksum': checksums.join(','),
    });
    // A power cut before this may take the private file; after it, it is as durable as one that an import writes.
    await syncFile('load:sync', handle, path);
    return written;
  } finally {
    await handle.close();
  }
}

function collectorOf(
  { endpoint, ticker }: RewriteTarget,
  { asked, contract }: RewritePlanned,
  writer: ParquetWriter,
): RowCollector {
  const known = parseEndpoint(endpoint);
  const form = ladderForm(known, contract);
  if (asked.dataset === 'strikes' && form !== null) return new StrikeRowCollector(form, { endpoint, ticker }, writer);
  return new SnapshotRowCollector(scalarNames(known, contract), { endpoint, ticker }, writer);
}

/** Hands all rows over in their order. Only where files overlap in time has the engine to sort them. */
async function collect(database: Database, collector: RowCollector, { files, asked }: RewritePlanned): Promise<void> {
  const each = files.map((file) => rowsOfFile(file, asked));
  const queries = followEachOther(files)
    ? each.map((rows) => `SELECT *, file_row_number::DOUBLE AS place FROM (${rows})`)
    : [
        `SELECT *, epoch_us(timestamp)::DOUBLE AS place FROM (${each.join(' UNION ALL ')}) ORDER BY place, file_row_number`,
      ];
  for (const rows of queries) {
    let last = -Infinity;
    for await (const block of streamBlocks(database, `SELECT place, ${collector.select} FROM (${rows})`)) {
      last = mustBeInOrder(block.numbers(0), last);
      await collector.add(block);
    }
  }
  await collector.flush();
}

/** The engine keeps the order of a file's rows, and this holds it to that. */
function mustBeInOrder(places: Float64Array, last: number): number {
  let before = last;
  for (const place of places) {
    if (place < before) throw new Error('the engine gave rows in another order than that of their file');
    before = place;
  }
  return before;
}

function mustBeEqual({ source, target }: Rewriting, before: Fingerprint, after: Fingerprint): void {
  if (after.rows === before.rows && after.hashes === before.hashes) return;
  throw new GexlakeError('EXPORT_MISMATCH', `the ${source.dataset} written for a rewrite read back differently`, {
    details: { path: target.path },
    hint: 'Nothing was changed. Check the disk and memory of this machine, and report it if it happens again.',
  });
}

/** What the engine finds in a rewritten file. */
async function describe(
  database: Database,
  path: string,
): Promise<Pick<PrivateFile, 'sessionDates' | 'first_timestamp_s' | 'last_timestamp_s'>> {
  const row = await database.first(
    `SELECT epoch(min(timestamp))::BIGINT AS first_s, epoch(max(timestamp))::BIGINT AS last_s,
       list_sort(list(DISTINCT session_date::VARCHAR)) AS sessions FROM ${parquetRows([path])}`,
  );
  return {
    sessionDates: (row?.['sessions'] ?? []) as readonly string[],
    first_timestamp_s: Number(row?.['first_s'] ?? 0),
    last_timestamp_s: Number(row?.['last_s'] ?? 0),
  };
}
