import type { LadderForm } from '../core/contract.ts';
import { elementsOf, ladderEntries, numberAt, recordOf, textAt, type LadderEntry } from '../load/load.ts';
import { hashLeaf, type Hash } from '../tlog/tlog.ts';
import type { AskedNumber } from './find-row.ts';

/** A record of a source that is of the second that is asked about. Bytes are counted from the beginning of the unpacked source. */
export type FoundRecord = {
  /** Which record of the source it is, from 0 on. */
  readonly number: number;
  /** Its element: itself, or the envelope that it lies in. */
  readonly element: { readonly byte: number; readonly bytes: Uint8Array };
  readonly byte: number;
  readonly bytes: Uint8Array;
  /** The entry of its ladder at the strike that is asked about; null where it has none. */
  readonly entry: LadderEntry | null;
};

/** What a source has of a second, and the leaves of the tree over all its records. */
export type ReadSource = { readonly records: readonly FoundRecord[]; readonly leaves: readonly Hash[] };

/** Reads an unpacked source for the records of one second. `form` is that of its ladder. */
export async function readSource(path: string, asked: AskedNumber, form: LadderForm): Promise<ReadSource> {
  const leaves: Hash[] = [];
  const records: FoundRecord[] = [];
  // Nearly every record of another second is told by its digits; only the others are taken apart.
  const digits = Buffer.from(String(asked.second));
  for await (const element of elementsOf(path, path)) {
    leaves.push(hashLeaf(element.bytes));
    if (!Buffer.from(element.bytes.buffer, element.bytes.byteOffset, element.bytes.byteLength).includes(digits))
      continue;
    const copy = { ...element, bytes: Uint8Array.from(element.bytes) };
    const { start, bytes } = recordOf(copy, path);
    if (numberAt(bytes, 'timestamp') !== asked.second || textAt(bytes, 'ticker') !== asked.ticker) continue;
    const entry = ladderEntries(bytes, form).find(({ numbers }) => numbers[0] === asked.strike) ?? null;
    records.push({ number: copy.number, element: copy, byte: copy.byte + start, bytes, entry });
  }
  return { records, leaves };
}

/** The values that a row must have by its record, by the names of the columns. NaN stands for null. */
export function valuesOf({ bytes, entry }: FoundRecord, form: LadderForm): Readonly<Record<string, unknown>> {
  if (entry === null) return {};
  const names = [...form.lead, ...form.trailing];
  return {
    timestamp: numberAt(bytes, 'timestamp'),
    ticker: textAt(bytes, 'ticker'),
    spot: numberAt(bytes, 'spot'),
    ...Object.fromEntries(names.map((name, at) => [name, entry.numbers[at] ?? Number.NaN])),
    priors: entry.priors,
  };
}
