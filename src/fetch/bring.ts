import { toGexlakeError } from '../core/errors.ts';
import type { FetchItem } from '../core/fetch-plan.ts';
import { vendorSourceOf, type VendorBundle, type VendorFile } from '../core/vendor-source.ts';
import { answerOf } from './answers.ts';
import { bringBundle, type MissingOf } from './bring-bundle.ts';
import { bringFile } from './bring-file.ts';
import { noted, type Brought } from './brought.ts';
import type { BringOptions, FetchContext } from './context.ts';

export type { MissingOf } from './bring-bundle.ts';
export type { Brought } from './brought.ts';

/**
 * Downloads an item into the inbox and lets jobs import what came; what lies there already is not downloaded again. What the vendor said is
 * noted, whatever it was.
 * @throws what this machine has done to it: DISK_FULL, INTERRUPTED, …
 */
export async function bring(
  context: FetchContext,
  item: FetchItem,
  { missingOf, ...options }: BringOptions & { readonly missingOf: MissingOf },
): Promise<Brought> {
  const source = vendorSourceOf(item.source);
  if (source === null) throw new Error(`${item.source} is no source of the vendor`);
  const meanwhile = await broughtMeanwhile(context, item, source);
  if (meanwhile !== null) return meanwhile;
  try {
    if (source.kind === 'bundle') return await bringBundle(context, { source, item, missingOf }, options);
    return await bringFile(context, { source, item }, options);
  } catch (thrown) {
    const error = toGexlakeError(thrown);
    const answer = options.signal.aborted ? null : answerOf(error);
    if (answer === null) throw error;
    return noted(context, source, { answer, calls: item.calls, now_ms: context.clock.now_ms(), error });
  }
}

/** What another process has had of an item since it was planned: its jobs import it already. Null where nobody has. */
async function broughtMeanwhile(
  { log }: FetchContext,
  item: FetchItem,
  { ticker, date }: VendorFile | VendorBundle,
): Promise<Brought | null> {
  const calls = await log.vendor.calls({ ticker, from: date, to: date });
  const call = calls.find(({ source }) => source === item.source);
  if (call === undefined || call.calls <= item.calls) return null;
  const { answer, detail, ask_again_at } = call;
  const hasCome = answer === 'given' || answer === 'incomplete';
  return hasCome ? { answer, detail, jobs: [], bytes: 0, ask_again_at } : null;
}
