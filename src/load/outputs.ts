import { join } from 'node:path';
import { columnsOf, contractOf, type Dataset } from '../core/contract.ts';
import type { Endpoint } from '../core/names.ts';
import type { PrivateFile } from '../core/journey.ts';
import { formatDay } from '../core/session.ts';
import { SessionMeters } from '../measure/measure.ts';
import { encodeHere, encodeInThread, ParquetWriter, type GroupEncoder } from '../parquet/parquet.ts';
import type { FileHandle } from '../platform/files.ts';
import { openPart, syncFile, writeAll } from '../platform/work-files.ts';
import type { CurrentRecord } from './record.ts';
import { SnapshotGroups } from './snapshot-groups.ts';
import { StrikeGroups } from './strike-groups.ts';

type OpenFile = { readonly path: string; readonly handle: FileHandle; readonly writer: ParquetWriter };

export type OutputTarget = {
  /** Absolute path of the job's private folder. */
  readonly folder: string;
  /** Starts the files' private names. */
  readonly prefix: string;
  readonly endpoint: Endpoint;
  /** The version of the contract that the files follow. */
  readonly contract: string;
  readonly ticker: string;
  /** SHA-256 of the source, written into each file. */
  readonly sourceChecksum: string;
  /** Threads that may work: with more than one, strikes are encoded beside the reading. */
  readonly threads: number;
  /** Whether the sessions are looked at: how good they are. */
  readonly measures: boolean;
};

/**
 * The private Parquet files of one import: `strikes` and `snapshots` of one month at a time. Records arrive in the order of
 * their timestamps, so a month that is over is finished and the next one opened.
 */
export class Outputs {
  readonly #target: OutputTarget;
  readonly #record: CurrentRecord;
  readonly #encodeStrikes: GroupEncoder;
  readonly #finished: PrivateFile[] = [];
  /** What is found about the records that are written; null where nobody asks. */
  readonly meters: SessionMeters | null;
  #strikes: StrikeGroups | null = null;
  #snapshots: SnapshotGroups | null = null;
  #open = new Map<Dataset, OpenFile>();
  #month = '';
  #lastDay = Number.NaN;
  #days = new Set<number>();
  #first_s = 0;
  #last_s = 0;
  strikeRows = 0;

  constructor(target: OutputTarget, record: CurrentRecord) {
    this.#target = target;
    this.#record = record;
    this.meters = target.measures ? new SessionMeters(target.endpoint) : null;
    const inThread = target.threads > 1 && target.endpoint.ladder !== 'none';
    this.#encodeStrikes = inThread ? encodeInThread() : encodeHere;
  }

  /** Takes over the current record, of the New York day `day`. Gives a promise only where the caller must wait. */
  add(day: number): Promise<void> | null {
    if (day !== this.#lastDay) return this.#addToDay(day);
    return this.#addRecord(day);
  }

  #addRecord(day: number): Promise<void> | null {
    this.#last_s = this.#record.timestamp_s;
    // Before its rows are committed, which is where they are looked at.
    this.meters?.add(day, this.#record);
    const strikesFull = this.#strikes?.add(day) ?? false;
    const snapshotsFull = this.#snapshots?.add(day) ?? false;
    return strikesFull || snapshotsFull ? this.#flush(strikesFull, snapshotsFull) : null;
  }

  async #addToDay(day: number): Promise<void> {
    const month = formatDay(day).slice(0, 7);
    if (month !== this.#month) {
      await this.#keepCurrentWhile(() => this.#finishMonth());
      await this.#openMonth(month);
    }
    this.#lastDay = day;
    this.#days.add(day);
    await this.#addRecord(day);
  }

  /** Flushing reuses the ladder's memory, where the current record's rows wait behind the committed ones: moves them along. */
  async #keepCurrentWhile(act: () => Promise<void>): Promise<void> {
    const ladder = this.#record.ladder;
    const waiting = ladder?.takeRows(this.#record.ladderRows);
    await act();
    if (waiting !== undefined) ladder?.putRows(waiting);
  }

  async #openMonth(month: string): Promise<void> {
    const { endpoint, ticker } = this.#target;
    const record = this.#record;
    const { ladder } = record;
    this.#month = month;
    this.#days.clear();
    this.#first_s = record.timestamp_s;
    const snapshots = await this.#openFile('snapshots');
    const constants = { endpoint: endpoint.name, ticker };
    if (this.#snapshots === null) this.#snapshots = new SnapshotGroups(record, constants, snapshots);
    else this.#snapshots.writeTo(snapshots);
    if (endpoint.ladder === 'none' || ladder === null) return;
    const writer = await this.#openFile('strikes');
    if (this.#strikes === null) this.#strikes = new StrikeGroups({ record, ladder, constants, writer });
    else this.#strikes.writeTo(writer);
  }

  async #openFile(dataset: Dataset): Promise<ParquetWriter> {
    const path = join(this.#target.folder, `${this.#target.prefix}${this.#month}_${dataset}.parquet`);
    const handle = await openPart('load:part', path);
    const { endpoint, contract } = this.#target;
    const writer = new ParquetWriter({
      columns: columnsOf(endpoint, dataset, contract),
      writer: contractOf(contract).writer,
      write: (bytes) => writeAll('load:write', handle, path, bytes),
      encode: dataset === 'strikes' ? this.#encodeStrikes : encodeHere,
    });
    this.#open.set(dataset, { path, handle, writer });
    return writer;
  }

  async #flush(strikes: boolean, snapshots: boolean): Promise<void> {
    const groups = [strikes ? this.#strikes : null, snapshots ? this.#snapshots : null];
    await all(groups.filter((group) => group !== null).map((group) => group.flush()));
  }

  async #finishMonth(): Promise<void> {
    if (this.#month === '') return;
    await this.#flush(true, true);
    this.strikeRows += this.#strikes?.rows ?? 0;
    this.#finished.push(...(await all([...this.#open].map(([dataset, open]) => this.#finishFile(dataset, open)))));
    this.#open.clear();
  }

  async #finishFile(dataset: Dataset, { path, handle, writer }: OpenFile): Promise<PrivateFile> {
    const written = await writer.finish({
      'gexlake.contract_version': this.#target.contract,
      'gexlake.source_checksum': this.#target.sourceChecksum,
    });
    await syncFile('load:sync', handle, path);
    await handle.close();
    return {
      ...written,
      contract: this.#target.contract,
      path,
      dataset,
      month: this.#month,
      sessionDates: [...this.#days].sort((left, right) => left - right).map(formatDay),
      first_timestamp_s: this.#first_s,
      last_timestamp_s: this.#last_s,
      sums: dataset === 'strikes' ? (this.#strikes?.sums ?? {}) : {},
    };
  }

  /** Finishes the last month and gives all files. */
  async finish(): Promise<readonly PrivateFile[]> {
    await this.#finishMonth();
    return this.#finished;
  }

  /** Closes what is open and gives it up; the caller removes the folder. */
  async abandon(): Promise<void> {
    for (const { handle, writer } of this.#open.values()) {
      await writer.settle();
      await handle.close();
    }
    this.#open.clear();
  }
}

/** Waits for all of them, also where one fails, so that nothing is still being written when its error is met. */
async function all<T>(work: readonly Promise<T>[]): Promise<T[]> {
  await Promise.allSettled(work);
  return Promise.all(work);
}
