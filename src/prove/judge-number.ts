import { relative } from 'node:path';
import type { LadderForm } from '../core/contract.ts';
import type { Job, ParquetFile, SourceReceipt } from '../core/job.ts';
import { isIn, keptFolders } from '../core/kept-places.ts';
import { redactUrl } from '../core/redact.ts';
import { formatTimestamp } from '../core/session.ts';
import type { GovernContext } from '../maintenance/maintenance.ts';
import { comparedColumns, wrongBytes, type AskedNumber, type FoundRow } from './find-row.ts';
import { valuesOf, type FoundRecord, type ReadSource } from './source-record.ts';

/** A range of bytes of an unpacked source. */
type Bytes = { readonly byte: number; readonly length: number };

/** Where a number came from, link by link, and whether its source says it. Times are ISO 8601 in UTC. */
export type NumberReport = {
  readonly result: 'proven' | 'unproven' | 'contradicted';
  /** Why it is unproven or contradicted. */
  readonly why: string | null;
  readonly ticker: string;
  readonly endpoint: string;
  readonly timestamp: string;
  readonly strike: number;
  readonly column: string;
  readonly value: unknown;
  /** The time that was asked about; null for what counts now. */
  readonly as_of: string | null;
  /** The whole row. */
  readonly row: Readonly<Record<string, unknown>>;
  readonly file: { readonly path: string; readonly sha256: string; readonly job_id: string; readonly row: number };
  /** The job whose source it is; null where the log does not know it. */
  readonly job: Pick<Job, 'id' | 'kind' | 'url' | 'checksum' | 'finished_at' | 'actor'> | null;
  readonly receipt: SourceReceipt | null;
  readonly source: SourcePlace | null;
  /** Columns whose values are not those of the source. */
  readonly differences: readonly { readonly column: string; readonly file: unknown; readonly source: unknown }[];
};

/** Where in a source it stands. `path` is relative to the data folder; null where the source is unpacked from the archive. */
type SourcePlace = {
  readonly sha256: string;
  readonly path: string | null;
  readonly record: Bytes & { readonly number: number; readonly records: number };
  readonly entry: (Bytes & { readonly text: string }) | null;
};

/** A number whose source was found, with what a proof of it is made of. */
export type ProvenNumber = {
  readonly asked: AskedNumber;
  readonly form: LadderForm;
  readonly file: ParquetFile;
  readonly job: Job & { readonly checksum: string };
  readonly record: FoundRecord;
  readonly leaves: ReadSource['leaves'];
};

export type Request = AskedNumber & { readonly asOf: string | null };

/** What was found of the source of a row. */
export type Traced = {
  readonly job: Job | null;
  readonly found: { readonly path: string; readonly source: ReadSource; readonly record: FoundRecord } | null;
  /** Why no source decides. */
  readonly lacking: string | null;
};

type Judging = {
  readonly request: Request;
  readonly form: LadderForm;
  readonly row: FoundRow;
  readonly traced: Traced;
};

/** Says of a row and what was found of its source what that shows. */
export async function judge(context: GovernContext, { request, form, row, traced }: Judging) {
  const { job, found, lacking } = traced;
  const names = comparedColumns(row.file, request.endpoint);
  const fitting = found?.source.records.find(
    (record) => differencesOf(row, names, valuesOf(record, form)).length === 0,
  );
  const record = fitting ?? found?.record ?? null;
  const differences = record === null ? [] : differencesOf(row, names, valuesOf(record, form));
  const wrong = await wrongBytes(context, row);
  const isProven = fitting !== undefined && wrong === null;
  const why = wrong ?? (isProven ? null : (lacking ?? contradiction(record)));
  const result = isProven ? 'proven' : wrong === null && lacking !== null ? 'unproven' : 'contradicted';
  const receipts = job === null ? [] : await context.log.sources.receiptsOf([job.id]);
  const report: NumberReport = {
    result,
    why,
    ticker: request.ticker,
    endpoint: request.endpoint.name,
    timestamp: formatTimestamp(request.second),
    strike: request.strike,
    column: request.column,
    value: plain(row.values[request.column]),
    as_of: request.asOf,
    row: Object.fromEntries(names.map((name) => [name, plain(row.values[name])])),
    file: { path: row.path, sha256: row.file.checksum, job_id: row.file.job_id, row: row.row },
    job: job === null ? null : toShownJob(job),
    receipt: receipts.at(-1) ?? null,
    source:
      found === null || record === null ? null : placeIn(context, { ...found, record, checksum: job?.checksum ?? '' }),
    differences,
  };
  const proven =
    isProven && job?.checksum != null && found !== null
      ? {
          asked: request,
          form,
          file: row.file,
          job: { ...job, checksum: job.checksum },
          record: fitting,
          leaves: found.source.leaves,
        }
      : null;
  return { report, proven };
}

function contradiction(record: FoundRecord | null): string {
  if (record === null) return 'its source has no record of this second';
  return record.entry === null ? 'its source has no such strike at this second' : 'its source says something else';
}

function toShownJob({ id, kind, url, checksum, finished_at, actor }: Job): NumberReport['job'] {
  return { id, kind, url: redactUrl(url), checksum, finished_at, actor };
}

type Placed = {
  readonly path: string;
  readonly source: ReadSource;
  readonly record: FoundRecord;
  readonly checksum: string;
};

function placeIn({ folder }: GovernContext, { path, source, record, checksum }: Placed): SourcePlace {
  const { number, byte, bytes, entry } = record;
  const inside = relative(folder.root, path);
  const text = entry === null ? '' : Buffer.from(bytes.subarray(entry.start, entry.end)).toString('utf8');
  return {
    sha256: checksum,
    path: isIn(keptFolders.sources, inside) ? inside : null,
    record: { number, records: source.leaves.length, byte, length: bytes.byteLength },
    entry: entry === null ? null : { byte: byte + entry.start, length: entry.end - entry.start, text },
  };
}

function differencesOf(
  { values }: FoundRow,
  names: readonly string[],
  expected: Readonly<Record<string, unknown>>,
): NumberReport['differences'] {
  return names.flatMap((column) => {
    const [file, source] = [plain(values[column]), plain(expected[column])];
    return JSON.stringify(file) === JSON.stringify(source) ? [] : [{ column, file, source }];
  });
}

/** A value as JSON has it: null for NaN, which stands for null in what is read of a record. */
function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value);
  if (typeof value === 'number') return Number.isNaN(value) ? null : value;
  if (Array.isArray(value)) return value.map(plain);
  return value ?? null;
}
