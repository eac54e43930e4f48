import { toGexlakeError, type GexlakeError } from '../core/errors.ts';
import type { FetchItem } from '../core/fetch-plan.ts';
import type { Job } from '../core/job.ts';
import { isOfKey } from './answers.ts';
import { bring, type Brought, type MissingOf } from './bring.ts';
import type { FetchContext } from './context.ts';
import { waitForRoom } from './room.ts';

/** How a round goes. */
export type RoundOptions = {
  /** Downloads at one time. */
  readonly downloads: number;
  /** Bytes after which no other download is begun; null for any number. */
  readonly most_bytes: number | null;
  readonly again: boolean;
  readonly missingOf: MissingOf;
  /** Begins no other download from then on, and from then on ends those that are under way. */
  readonly finish: AbortSignal;
  readonly abort: AbortSignal;
};

/** What a round tells while it goes on. */
export type RoundListener = {
  readonly onBegun: (item: FetchItem) => void;
  /** Bytes that have come of an item so far. */
  readonly onBytes: (item: FetchItem, bytes: number, bytes_total: number | null) => void;
  readonly onBrought: (item: FetchItem, brought: Brought) => void;
};

export type RoundEnd = {
  readonly brought: readonly (Brought & { readonly item: FetchItem })[];
  readonly jobs: readonly Job[];
  /** What has ended it before its items were all asked for: this machine, or an interrupt; null where nothing did. */
  readonly error: GexlakeError | null;
  /** Until when the key is of no use; null where it is. */
  readonly pausedUntil: string | null;
};

/** Gets items in their order, some at one time. What one of them comes to stops no other, unless it is about the key or this machine. */
export async function goRound(
  context: FetchContext,
  items: readonly FetchItem[],
  options: RoundOptions,
  listener: RoundListener,
): Promise<RoundEnd> {
  const brought: (Brought & { readonly item: FetchItem })[] = [];
  const coming = new Map<FetchItem, number>();
  const coming_bytes = () => coming.values().reduce((sum, bytes) => sum + bytes, 0);
  const vendor = context.openVendor(options.abort);
  const stop = AbortSignal.any([options.finish, options.abort]);
  let error: GexlakeError | null = null;
  let paused: string | null = null;
  let all_bytes = 0;
  const isOver = () =>
    error !== null ||
    paused !== null ||
    stop.aborted ||
    (options.most_bytes !== null && all_bytes >= options.most_bytes);
  const one = async (item: FetchItem) => {
    await waitForRoom(context, coming_bytes, stop);
    // What another item has come to meanwhile may have ended the round.
    if (isOver()) return;
    coming.set(item, item.bytes ?? 0);
    listener.onBegun(item);
    const onBytes = (bytes: number, total: number | null) => {
      coming.set(item, total ?? Math.max(bytes, item.bytes ?? 0));
      listener.onBytes(item, bytes, total);
    };
    const { again, missingOf, abort } = options;
    const done = await bring(context, item, { vendor, onBytes, signal: abort, again, missingOf });
    all_bytes += done.bytes;
    if (isOfKey(done.answer)) paused = done.ask_again_at;
    brought.push({ ...done, item });
    listener.onBrought(item, done);
  };
  const rest = items.values();
  const work = async () => {
    for (const item of rest) {
      if (isOver()) return;
      try {
        await one(item);
      } catch (thrown) {
        const failed = toGexlakeError(thrown);
        // Who has ended it knows.
        if (!(failed.code === 'INTERRUPTED' && stop.aborted)) error ??= failed;
      } finally {
        coming.delete(item);
      }
    }
  };
  await Promise.all(Array.from({ length: options.downloads }, work));
  return { brought, jobs: brought.flatMap(({ jobs }) => jobs), error, pausedUntil: paused };
}
