import { contractVersion } from '../core/contract.ts';
import { GexlakeError } from '../core/errors.ts';
import type { Expectation, LoadedSource, Notice, PrivateFile } from '../core/journey.ts';
import { formatDay, formatTimestamp, NewYorkDays, parseDay } from '../core/session.ts';
import { openToRead, type FileHandle } from '../platform/files.ts';
import { FieldNotices } from './field-notices.ts';
import { OrderedOutput } from './ordered-output.ts';
import { Outputs } from './outputs.ts';
import { parseRecord } from './parse-record.ts';
import { CurrentRecord } from './record.ts';
import { RecordIndex } from './record-index.ts';
import { RecordSources } from './record-sources.ts';
import { RecordReader } from './records.ts';
import { noRecords } from './shape-errors.ts';
import { Repeats } from './repeats.ts';
import { Scanner } from './scanner.ts';
import { Sessions } from './sessions.ts';
import { SetAside } from './set-aside.ts';
import type { SetAsideReason } from './set-aside-advice.ts';
import { BelievedTimestamps } from './timestamps.ts';
import { Window } from './window.ts';

/** Bytes after which progress is reported again. */
const progress_bytes = 2 * 1024 ** 2;

export { elementsOf, recordOf } from './elements.ts';
export { ladderEntries, numberAt, textAt, type LadderEntry } from './one-record.ts';
export { checkShape } from './shape.ts';

export type LoadRequest = {
  /** Absolute path of the decoded source, and its name for messages. */
  readonly path: string;
  readonly name: string;
  readonly checksum: string;
  readonly expected: Expectation;
  /** The version of the contract to follow, where it is not the newest: to make a file of an older one again. */
  readonly contract?: string;
  /** Absolute path of the job's private folder; it exists. */
  readonly folder: string;
  readonly now_ms: number;
  /** Threads that may work, this one included; 1 where nothing is said. */
  readonly threads?: number | undefined;
  /** Seconds that are published already with equal rows: their records count as duplicates. */
  readonly alreadyLive?: ReadonlySet<number>;
  /** Looks at how good the sessions are. */
  readonly measures?: boolean;
  /** Keeps a lone second of an earlier session, as versions did that knew no better: to make their files again. */
  readonly keepsLone?: boolean;
  /** Called every few MB and at the end, with file bytes and records so far. */
  readonly onProgress?: (bytes: number, records: number) => void;
  readonly signal?: AbortSignal;
  /** Bytes that are read at once; only tests need another number than the window's own. */
  readonly block_bytes?: number;
};

/**
 * Reads a decoded source into private Parquet files, checking every record on the way
 * (docs/DATA_STRUCTURE_AND_GOVERNANCE.md): one pass, with memory that does not grow with the file. A file whose records are
 * out of order is read a second time, in order.
 *
 * @throws GexlakeError that names file, record, byte and field, for anything that fails the job
 */
export async function loadSource(request: LoadRequest): Promise<LoadedSource> {
  const file = await openToRead(request.path);
  const load = new Load(request, file);
  try {
    return await load.run();
  } catch (error) {
    await load.abandon();
    throw error;
  } finally {
    await file.close();
  }
}

class Load {
  readonly #request: LoadRequest;
  readonly #record: CurrentRecord;
  readonly #reader: RecordReader;
  readonly #scanner: Scanner;
  readonly #index = new RecordIndex();
  readonly #sources: RecordSources;
  readonly #repeats: Repeats;
  readonly #days = new NewYorkDays();
  readonly #setAside: SetAside;
  readonly #expectedDay: number | null;
  readonly #believed: BelievedTimestamps;
  readonly #fieldNotices = new FieldNotices();
  readonly #output: OrderedOutput;
  /** Where no session is expected: which there are. */
  readonly #sessions: Sessions | null;
  #duplicates = 0;
  #processed = 0;
  /** Records that nothing is wrong with, whether they are live already or not. */
  #sound = 0;
  /** Seconds whose records so far were all set aside: the next sound one is the first of its second. */
  readonly #untaken = new Set<number>();
  #reported_bytes = 0;

  constructor(request: LoadRequest, file: FileHandle) {
    const { endpoint, ticker, sessionDate } = request.expected;
    this.#request = request;
    this.#sources = new RecordSources(file, request.name, this.#index);
    this.#repeats = new Repeats(this.#sources);
    this.#record = new CurrentRecord(endpoint, request.expected.spotMayLack !== true, request.contract);
    this.#scanner = new Scanner(this.#record, ticker);
    this.#reader = new RecordReader({
      window: new Window(file, request.block_bytes),
      scanner: this.#scanner,
      record: this.#record,
      ticker,
      file: request.name,
    });
    this.#setAside = new SetAside(request.folder);
    this.#expectedDay = sessionDate === null ? null : parseDay(sessionDate);
    this.#sessions = sessionDate === null && request.keepsLone !== true ? new Sessions() : null;
    this.#believed = new BelievedTimestamps(request.now_ms);
    this.#output = new OrderedOutput({
      record: this.#record,
      days: this.#days,
      newOutputs: (prefix) => this.#newOutputs(prefix),
      readAgain: (number) => this.#readAgain(number),
      mayBeLone: this.#sessions !== null,
    });
  }

  async run(): Promise<LoadedSource> {
    await this.#reader.open();
    for (;;) {
      if (!this.#reader.nextFast()) {
        this.#reportProgress();
        if (!(await this.#reader.nextSlowly())) break;
      }
      const waiting = this.#judge();
      if (waiting !== null) await waiting;
    }
    const read = this.#reader.count;
    this.#request.onProgress?.(this.#reader.position, read);
    if (read === 0) throw noRecords(this.#request.name, null);
    await this.#putLoneAside();
    this.#setAside.checkShare({ read, sound: this.#sound, file: this.#request.name, expected: this.#request.expected });
    this.#fieldNotices.checkShare(this.#sound);
    return this.#result(await this.#output.finish(() => this.#admittedInOrder()), read);
  }

  async abandon(): Promise<void> {
    await this.#output.abandon();
    await this.#setAside.close();
  }

  /**
   * Decides about the current record, in the order that the governing document gives. Gives a promise only where something
   * must be waited for.
   */
  #judge(): Promise<void> | null {
    const { timestamp_s } = this.#record;
    const first = this.#index.firstOf(timestamp_s);
    const number = this.#index.count;
    this.#index.add(timestamp_s, this.#reader.start, this.#reader.length);
    if (!this.#believed.has(timestamp_s)) throw this.#believed.errorOf(timestamp_s, this.#sources.placeOf(number));
    if (first !== null) return this.#judgeRepeated(number, first);
    const day = this.#days.dayOf(timestamp_s);
    const problem = this.#problem(day);
    if (problem === null) return this.#admit(number, day);
    this.#untaken.add(timestamp_s);
    return this.#putAside(problem);
  }

  /** A record of a second that came before: identical to an earlier one, wrong in itself, or in conflict with a sound one. */
  async #judgeRepeated(number: number, first: number): Promise<void> {
    const { timestamp_s } = this.#record;
    if (await this.#repeats.isRepeat(number, first, timestamp_s)) {
      this.#duplicates++;
      return;
    }
    const day = this.#days.dayOf(timestamp_s);
    const problem = this.#problem(day);
    if (problem !== null) return this.#putAside(problem);
    // Not taken: what came before was wrong in itself.
    if (this.#untaken.delete(timestamp_s)) await this.#admit(number, day);
    else
      await this.#putAside(['conflicting_duplicate', `another record of ${formatTimestamp(timestamp_s)} came first`]);
  }

  /** What is wrong with the current record, whatever the others are. */
  #problem(day: number): readonly [SetAsideReason, string] | null {
    const { timestamp_s, spot, needsSpot, ladderProblem } = this.#record;
    if (this.#expectedDay !== null && day !== this.#expectedDay) {
      return ['other_session', `timestamp ${formatTimestamp(timestamp_s)} is of ${formatDay(day)} in New York`];
    }
    const mayPass = !needsSpot && Number.isNaN(spot);
    if (!mayPass && !(spot > 0 && spot < Infinity)) return ['spot_not_positive', `spot is ${spot}`];
    if (ladderProblem !== null) return ['ladder_malformed', ladderProblem];
    return null;
  }

  async #putAside([reason, detail]: readonly [SetAsideReason, string]): Promise<void> {
    const { start, count } = this.#reader;
    const found = { record: count - 1, byte: start, timestamp_s: this.#record.timestamp_s, reason, detail };
    await this.#setAside.add(found, await this.#sources.read(count - 1));
  }

  #admit(number: number, day: number): Promise<void> | null {
    const { timestamp_s, oddities } = this.#record;
    this.#sound++;
    this.#sessions?.add(day, timestamp_s, number);
    if (oddities.length > 0) this.#fieldNotices.add(oddities, this.#sources.placeOf(number));
    if (this.#request.alreadyLive?.has(timestamp_s) === true) {
      this.#duplicates++;
      return null;
    }
    this.#processed++;
    this.#index.admit(number);
    return this.#output.add(number, day);
  }

  /** Sets aside what turns out, at the end of the file, to be the one second of an earlier session. */
  async #putLoneAside(): Promise<void> {
    const withdrawn: number[] = [];
    for (const { day, timestamp_s, record, before } of this.#sessions?.lone() ?? []) {
      if (!this.#index.isAdmitted(record)) continue;
      this.#index.withdraw(record);
      withdrawn.push(record);
      this.#processed--;
      this.#sound--;
      const detail = `timestamp ${formatTimestamp(timestamp_s)} is the only second of ${formatDay(day)} in New York, in a file of ${formatDay(before)}`;
      const { byte } = this.#sources.placeOf(record);
      const found = { record, byte, timestamp_s, reason: 'other_session', detail } as const;
      await this.#setAside.add(found, await this.#sources.read(record));
    }
    this.#output.withdraw(withdrawn);
  }

  *#admittedInOrder(): Generator<number, void, void> {
    for (const number of this.#index.admittedInOrder()) {
      this.#stopIfInterrupted();
      yield number;
    }
  }

  /** Makes a record that was read before the current one again. */
  async #readAgain(number: number): Promise<void> {
    const source = await this.#sources.readToScan(number);
    if (this.#scanner.scan(source, 0) === source.length - 1) return;
    const { ticker } = this.#request.expected;
    parseRecord(source.subarray(0, -1), this.#record, { ticker, place: this.#sources.placeOf(number) });
  }

  #newOutputs(prefix: string): Outputs {
    const { endpoint, ticker } = this.#request.expected;
    const { folder, checksum, threads = 1, contract = contractVersion, measures = false } = this.#request;
    const target = { folder, prefix, endpoint, contract, ticker, sourceChecksum: checksum, threads, measures };
    return new Outputs(target, this.#record);
  }

  #reportProgress(): void {
    this.#stopIfInterrupted();
    const { position, count } = this.#reader;
    if (position < this.#reported_bytes + progress_bytes) return;
    this.#reported_bytes = position;
    this.#request.onProgress?.(position, count);
  }

  #stopIfInterrupted(): void {
    if (this.#request.signal?.aborted !== true) return;
    throw new GexlakeError('INTERRUPTED', 'interrupted while loading', {
      hint: 'Nothing was published. Retry the job.',
    });
  }

  async #result(files: readonly PrivateFile[], read: number): Promise<LoadedSource> {
    return {
      files,
      counts: {
        records_read: read,
        records_processed: this.#processed,
        records_duplicate: this.#duplicates,
        records_quarantined: this.#setAside.count,
      },
      strikeRows: this.#output.strikeRows,
      sessionDates: [...new Set(files.flatMap((file) => file.sessionDates))].sort(),
      quarantinePath: await this.#setAside.finish(),
      notices: this.#notices(),
      quality: this.#output.meters?.finish({ basis: 'source', drift: this.#fieldNotices.drift }) ?? [],
    };
  }

  #notices(): Notice[] {
    const notices: Notice[] = this.#reader.describe().map((detail) => ({ event: 'layout', detail }));
    const sorted = 'records were out of order and are published in order';
    if (!this.#output.isInOrder) notices.push({ event: 'sorted', detail: sorted });
    if (this.#setAside.count > 0) notices.push({ event: 'set_aside', detail: this.#setAside.describe() });
    return [...notices, ...this.#fieldNotices.notices()];
  }
}
