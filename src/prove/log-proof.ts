import { GexlakeError } from '../core/errors.ts';
import { isPayload, payloadLine, type RowChange } from '../journal/journal.ts';
import type { WholeLog } from '../joblog/joblog.ts';
import { hashLeaf, proveInclusion, verifyInclusion, type Hash } from '../tlog/tlog.ts';
import type { ProofEntry } from './proof.ts';
import type { ProvenNumber } from './judge-number.ts';

/** Rows that lie beside their entry are taken into a proof as a whole, up to so many bytes. */
const payload_bytes = 16 * 1024 ** 2;

/** What the journal says of a number: a row that must be in it, and one that need not. */
type Wanted = { readonly what: string; readonly isNeeded: boolean; readonly is: (change: RowChange) => boolean };

type FoundEntry = { readonly seq: number; readonly payload: string | null };

/**
 * The entries of the journal that have the record root of a number's source, its receipt, its job and its file, and those that name the keys
 * of the journal, with their way to one checkpoint.
 * @throws NOT_PROVEN where the journal has no such rows
 */
export async function proveLog(
  log: Pick<WholeLog, 'journal' | 'tree'>,
  proven: ProvenNumber,
): Promise<{ readonly checkpoint: string; readonly entries: readonly ProofEntry[] }> {
  const found = await findEntries(log, wantedOf(proven));
  const last = found.at(-1);
  const top = last === undefined ? null : await log.tree.prove(last.seq);
  if (top === null) throw notProven('the journal of this log has ended before it');
  const entries: ProofEntry[] = [];
  for (const { seq, payload } of found) {
    const own = await log.tree.prove(seq);
    if (own === null) throw notProven('the journal of this log has become shorter');
    const path = await proveInclusion(seq, top.size, log.tree.row);
    const claim = { leaf: hashLeaf(own.entry), index: seq, size: top.size, root: top.root };
    if (!verifyInclusion(claim, path)) throw notProven('the journal does not have the root that its checkpoint says');
    entries.push({ index: seq, entry: Buffer.from(own.entry).toString('utf8'), payload, path: path.map(toHex) });
  }
  return { checkpoint: top.checkpoint, entries };
}

export function toHex(hash: Hash): string {
  return Buffer.from(hash).toString('hex');
}

function wantedOf({ job, file }: ProvenNumber): Wanted[] {
  const isRow = (table: string, values: Readonly<Record<string, string>>) => (change: RowChange) =>
    change.table === table &&
    'row' in change &&
    Object.entries(values).every(([name, value]) => change.row[name] === value);
  return [
    {
      what: 'the root over the records of its source',
      isNeeded: true,
      is: isRow('source_roots', { checksum: job.checksum }),
    },
    { what: 'its receipt', isNeeded: false, is: isRow('source_receipts', { job_id: job.id }) },
    {
      what: 'its job',
      isNeeded: true,
      is: isRow('import_jobs', { id: job.id, checksum: job.checksum, status: 'completed' }),
    },
    {
      what: 'its file',
      isNeeded: true,
      is: isRow('parquet_files', { job_id: file.job_id, path: file.path, checksum: file.checksum, state: 'live' }),
    },
  ];
}

/** The first entry that has each row, and those that name a key, in the order of the journal. One that has it within itself goes before one that names a payload. */
async function findEntries({ journal }: Pick<WholeLog, 'journal'>, wanted: readonly Wanted[]): Promise<FoundEntry[]> {
  const found = new Map<Wanted, FoundEntry>();
  const keys: FoundEntry[] = [];
  for await (const { entry } of journal.entries()) {
    // By these, who knows an earlier key knows the one that has signed.
    if (entry.key !== undefined) keys.push({ seq: entry.seq, payload: null });
    const open = wanted.filter((one) => found.get(one)?.payload !== null);
    if (open.length === 0) continue;
    const isBeside = isPayload(entry.rows);
    const has: Wanted[] = [];
    for await (const change of journal.changes(entry)) has.push(...open.filter((one) => one.is(change)));
    for (const one of new Set(has))
      if (!found.has(one) || !isBeside)
        found.set(one, { seq: entry.seq, payload: isBeside ? await textOf(journal.changes(entry)) : null });
  }
  const lacking = wanted.find((one) => one.isNeeded && !found.has(one));
  if (lacking !== undefined) throw notProven(`the journal of this log does not say ${lacking.what}`);
  const bySeq = new Map([...keys, ...found.values()].map((one) => [one.seq, one]));
  return [...bySeq.values()].sort((left, right) => left.seq - right.seq);
}

async function textOf(changes: AsyncIterable<RowChange>): Promise<string> {
  const lines: string[] = [];
  let size_bytes = 0;
  for await (const change of changes) {
    const line = payloadLine(change);
    size_bytes += Buffer.byteLength(line);
    if (size_bytes > payload_bytes)
      throw notProven(
        `the entry that has it is of the whole log, with more than ${payload_bytes / 1024 ** 2} MiB of rows`,
      );
    lines.push(line);
  }
  return lines.join('');
}

function notProven(why: string): GexlakeError {
  return new GexlakeError('NOT_PROVEN', `there is no proof of it to hand on: ${why}`, {
    hint: '`gexlake verify` says whether log and journal are whole.',
  });
}
