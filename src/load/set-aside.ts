import { join } from 'node:path';
import { GexlakeError } from '../core/errors.ts';
import { limits } from '../core/limits.ts';
import { openPart, syncFile, writeAll, type FileHandle } from '../platform/files.ts';

/** Why a record is kept in `quarantine/` and not published. */
export type SetAsideReason = 'other_session' | 'conflicting_duplicate' | 'spot_not_positive' | 'ladder_malformed';

export type SetAsideRecord = {
  readonly record: number;
  readonly byte: number;
  readonly timestamp_s: number;
  readonly reason: SetAsideReason;
  readonly detail: string;
};

/** Keeps the records that are set aside, each as one JSON line with its place, the reason and its own text. */
export class SetAside {
  readonly path: string;
  #handle: FileHandle | null = null;
  readonly #byReason = new Map<SetAsideReason, { count: number; first: SetAsideRecord }>();
  count = 0;

  constructor(folder: string) {
    this.path = join(folder, 'quarantine.ndjson');
  }

  async add(found: SetAsideRecord, source: Uint8Array): Promise<void> {
    this.count++;
    const known = this.#byReason.get(found.reason);
    if (known === undefined) this.#byReason.set(found.reason, { count: 1, first: found });
    else known.count++;
    this.#handle ??= await openPart('quarantine:write', this.path);
    const line = `${JSON.stringify({ ...found, source: Buffer.from(source).toString('utf8') })}\n`;
    await writeAll('quarantine:write', this.#handle, this.path, Buffer.from(line));
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
  checkShare(read: number, sound: number, file: string): void {
    if (this.count <= read * limits.set_aside_share || (this.count === 1 && sound > 0)) return;
    throw new GexlakeError(
      'TOO_MANY_SET_ASIDE',
      `${file}: ${this.count} of ${read} records would be set aside: ${this.describe()}`,
      {
        details: { file },
        hint: `More than ${limits.set_aside_share * 100} % means that the file is not what its name says. Check its date and ticker, or give --date.`,
      },
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
