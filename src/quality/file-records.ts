import { ladderForm, scalarNames } from '../core/contract.ts';
import type { Endpoint } from '../core/names.ts';
import type { Drift } from '../core/quality.ts';
import { parquetRows, sqlText, streamBlocks, type Block, type Database, type NumberList } from '../db/db.ts';
import type { MeasuredRecord } from '../measure/measure.ts';
import { LadderReader } from './ladder-reader.ts';

/** The files of a session, as the engine finds them. */
export type SessionFiles = {
  readonly endpoint: Endpoint;
  readonly session_date: string;
  readonly snapshots: readonly string[];
  readonly strikes: readonly string[];
};

/** The records of a session, but for their ladders: a column for each scalar. */
type Snapshots = {
  readonly timestamps_s: Float64Array;
  readonly columns: readonly Float64Array[];
  readonly pairs: readonly (NumberList | null)[];
};

/** Hands the records of a session to `act` as they are published, in their order. What `act` gets is written over by the next one. */
export async function readRecords(
  database: Database,
  files: SessionFiles,
  act: (record: MeasuredRecord) => void,
): Promise<void> {
  const names = scalarNames(files.endpoint);
  const snapshots = await readSnapshots(database, files, names);
  const form = ladderForm(files.endpoint);
  const ladder = form === null ? null : new LadderReader(form);
  const record = new FileRecord(names, snapshots);
  if (ladder === null) {
    for (let at = 0; at < snapshots.timestamps_s.length; at++) act(record.turnTo(at, null));
    return;
  }
  let at = 0;
  await ladder.read(database, { paths: files.strikes, where: ofSession(files) }, (timestamp_s, rows) => {
    while (at < snapshots.timestamps_s.length && (snapshots.timestamps_s[at] as number) < timestamp_s) at++;
    if (snapshots.timestamps_s[at] === timestamp_s) act(record.turnTo(at, rows));
  });
}

/** The known fields that are kept in `extra`, because they came as another type. */
export async function readDrift(database: Database, files: SessionFiles): Promise<Drift[]> {
  const known = [...scalarNames(files.endpoint), 'max_priors'].map(sqlText).join(', ');
  const rows = await database.all(
    `SELECT field, count(*) AS records FROM (
       SELECT unnest(json_keys(extra::JSON)) AS field FROM ${parquetRows(files.snapshots)}
       WHERE ${ofSession(files)} AND extra IS NOT NULL
     ) WHERE field IN (${known}) GROUP BY field ORDER BY field`,
  );
  return rows.map((row) => ({ field: row['field'] as string, kind: 'wrong_type', records: Number(row['records']) }));
}

function ofSession({ session_date }: SessionFiles): string {
  return `session_date = ${sqlText(session_date)}::DATE`;
}

async function readSnapshots(database: Database, files: SessionFiles, names: readonly string[]): Promise<Snapshots> {
  const blocks: Block[] = [];
  const sql = `SELECT epoch(timestamp)::DOUBLE, ${names.join(', ')}, max_priors FROM ${parquetRows(files.snapshots)}
    WHERE ${ofSession(files)} ORDER BY timestamp`;
  for await (const block of streamBlocks(database, sql)) blocks.push(block);
  const column = (at: number) => Float64Array.from(blocks.flatMap((block) => [...block.numbers(at)]));
  return {
    timestamps_s: column(0),
    columns: names.map((_, at) => column(at + 1)),
    pairs: blocks.flatMap((block) => block.lists(names.length + 1)),
  };
}

/** The record that is looked at, made of what is published of it. */
class FileRecord implements MeasuredRecord {
  readonly names: readonly string[];
  readonly scalars: Float64Array;
  readonly pairs = new Float64Array(64);
  timestamp_s = 0;
  spot = 0;
  pairCount = -1;
  ladder: MeasuredRecord['ladder'] = null;
  ladderRows = 0;
  readonly #snapshots: Snapshots;
  readonly #spotAt: number;

  constructor(names: readonly string[], snapshots: Snapshots) {
    this.names = names;
    this.scalars = new Float64Array(names.length);
    this.#snapshots = snapshots;
    this.#spotAt = names.indexOf('spot');
  }

  turnTo(at: number, found: { readonly ladder: MeasuredRecord['ladder']; readonly rows: number } | null): this {
    const { timestamps_s, columns, pairs } = this.#snapshots;
    this.timestamp_s = timestamps_s[at] as number;
    for (const [scalar, column] of columns.entries()) this.scalars[scalar] = column[at] as number;
    this.spot = this.scalars[this.#spotAt] as number;
    this.ladder = found === null ? null : found.ladder;
    this.ladderRows = found === null ? 0 : found.rows;
    this.#setPairs(pairs[at] ?? null);
    return this;
  }

  #setPairs(list: NumberList | null): void {
    this.pairCount = -1;
    if (list === null || list.length * 2 > this.pairs.length) return;
    for (const [at, pair] of list.entries()) {
      const [first, second] = Array.isArray(pair) ? (pair as NumberList) : [];
      this.pairs[at * 2] = typeof first === 'number' ? first : Number.NaN;
      this.pairs[at * 2 + 1] = typeof second === 'number' ? second : Number.NaN;
    }
    this.pairCount = list.length;
  }
}
