import { join } from 'node:path';
import { GexlakeError } from '../core/errors.ts';
import type { Expectation } from '../core/journey.ts';
import { limits } from '../core/limits.ts';
import { NewYorkDays } from '../core/session.ts';
import type { FileHandle } from '../platform/files.ts';
import { openPart, syncFile, writeAll } from '../platform/work-files.ts';
import { adviseOn, type OtherDay, type SetAsideReason } from './set-aside-advice.ts';

export type SetAsideRecord = {
  readonly record: number;
  readonly byte: number;
  readonly timestamp_s: number;
  readonly reason: SetAsideReason;
  readonly detail: string;
};

/** What a file turned out to have. `sound` records are those that nothing is wrong with. */
type LoadedShare = {
  readonly read: number;
  readonly sound: number;
  readonly file: string;
  readonly expected: Expectation;
};

/** Keeps the records that are set aside, each as one JSON line with its place, the reason and its own text. */
export class SetAside {
  readonly path: string;
  #handle: FileHandle | null = null;
  readonly #byReason = new Map<SetAsideReason, { count: number; first: SetAsideRecord }>();
  readonly #days = new NewYorkDays();
  readonly #otherDays = new Map<number, OtherDay>();
  count = 0;

  constructor(folder: string) {
    this.path = join(folder, 'quarantine.ndjson');
  }

  async add(found: SetAsideRecord, source: Uint8Array): Promise<void> {
    this.count++;
    const known = this.#byReason.get(found.reason);
    if (known === undefined) this.#byReason.set(found.reason, { count: 1, first: found });
    else known.count++;
    if (found.reason === 'other_session') this.#countDay(found);
    this.#handle ??= await openPart('quarantine:write', this.path);
    const line = `${JSON.stringify({ ...found, source: Buffer.from(source).toString('utf8') })}\n`;
    await writeAll('quarantine:write', this.#handle, this.path, Buffer.from(line));
  }

  #countDay({ timestamp_s }: SetAsideRecord): void {
    const day = this.#days.dayOf(timestamp_s);
    const known = this.#otherDays.get(day);
    if (known === undefined) this.#otherDays.set(day, { timestamp_s, hasSeveral: false });
    else known.hasSeveral ||= known.timestamp_s !== timestamp_s;
  }

  /** What was set aside and why, with the first example of each reason; empty where nothing was. */
  describe(): string {
    const parts = [...this.#byReason].map(([reason, { count, first }]) => {
      const example = `first: record ${first.record}, byte ${first.byte}, ${first.detail}`;
      return `${count} ${reason} (${example})`;
    });
    return parts.join('; ');
  }

  /**
   * Fails the job where more than {@link limits.set_aside_share} of the records was set aside. One record beside `sound` ones
   * is never too many: in a file of a few records it says nothing about the file.
   */
  checkShare({ read, sound, file, expected }: LoadedShare): void {
    if (this.count <= read * limits.set_aside_share || (this.count === 1 && sound > 0)) return;
    const counts = new Map(Array.from(this.#byReason, ([reason, { count }]) => [reason, count]));
    throw new GexlakeError(
      'TOO_MANY_SET_ASIDE',
      `${file}: ${this.count} of ${read} records would be set aside: ${this.describe()}`,
      { details: { file }, hint: adviseOn({ counts, otherDays: this.#otherDays, sound, expected }) },
    );
  }

  async finish(): Promise<string | null> {
    if (this.#handle === null) return null;
    await syncFile('quarantine:sync', this.#handle, this.path);
    await this.close();
    return this.path;
  }

  async close(): Promise<void> {
    await this.#handle?.close();
    this.#handle = null;
  }
}
