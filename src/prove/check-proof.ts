import { createHash } from 'node:crypto';
import { ladderForm } from '../core/contract.ts';
import { GexlakeError } from '../core/errors.ts';
import { parseEndpoint } from '../core/names.ts';
import { formatDay, formatTimestamp, NewYorkDays } from '../core/session.ts';
import { KeyHistory, type JournalRow } from '../journal/journal.ts';
import { ladderEntries, numberAt, recordOf, textAt } from '../load/load.ts';
import {
  checkNote,
  hashLeaf,
  hash_bytes,
  parseCheckpoint,
  parseNote,
  verifyInclusion,
  type Checkpoint,
  type Verifier,
} from '../tlog/tlog.ts';
import type { ProofEntry, ProofFile } from './proof.ts';
import { keyOf, payloadOf, readProof, rowsOf } from './read-proof.ts';

/** What a proof has shown. `ok`: nothing in it is wrong. */
export type CheckReport = {
  readonly ok: boolean;
  /** What is wrong with it, the first thing; null where nothing is. */
  readonly wrong: string | null;
  readonly number: ProofFile['number'];
  /** What it shows, and what it does not, in words. */
  readonly shown: readonly string[];
  readonly not_shown: readonly string[];
  /** Which log, and who has signed it; null where no key was given that has. */
  readonly log: { readonly origin: string; readonly size: number; readonly signed_by: string | null } | null;
};

/** Something in a proof that does not hold. */
class Wrong extends Error {}

/**
 * Checks the text of a proof by itself: no lake is needed, and no network. `key` is a verifier of the log, or of one that has handed over to
 * it by entries that the proof has.
 * @throws PROOF_INVALID for what is no proof
 */
export function checkProof(text: string, key: Verifier | null): CheckReport {
  const proof = readProof(text);
  try {
    checkRecord(proof);
    const checkpoint = parseCheckpoint(proof.checkpoint);
    const rows = proof.entries.flatMap((entry) => rowsIn(entry, checkpoint));
    const story = checkRows(proof, rows);
    const signer = key === null ? null : signerOf(proof, checkpoint, key);
    const log = { origin: checkpoint.origin, size: checkpoint.size, signed_by: signer?.name ?? null };
    return { ok: true, wrong: null, number: proof.number, ...told(proof, story, { key, signer }), log };
  } catch (error) {
    // What cannot even be read of it does not hold either.
    if (!(error instanceof Wrong) && !(error instanceof GexlakeError)) throw error;
    return { ok: false, wrong: error.message, number: proof.number, shown: [], not_shown: [], log: null };
  }
}

/** The record says the number, and is one of the records that the root is over. */
function checkRecord({ number, record, source }: ProofFile): void {
  const element = fromBase64(record.bytes);
  const claim = {
    leaf: hashLeaf(element),
    index: record.number,
    size: source.records,
    root: fromHex(source.record_root),
  };
  if ((source.rule as string) !== '1') throw new Wrong('this gexlake does not know its rule of records');
  if (!verifyInclusion(claim, record.path.map(fromHex)))
    throw new Wrong('its record is not one of those of the record root');
  const endpoint = parseEndpoint(number.endpoint);
  const form = ladderForm(endpoint);
  if (form === null || endpoint.name !== number.endpoint) throw new Wrong(`${number.endpoint} has no strikes`);
  const { bytes } = recordOf({ number: record.number, byte: 0, bytes: element }, 'the proof');
  const second = numberAt(bytes, 'timestamp');
  if (second === null || formatTimestamp(second) !== number.timestamp)
    throw new Wrong('its record is of another second');
  if (textAt(bytes, 'ticker') !== number.ticker) throw new Wrong('its record is of another ticker');
  const entry = ladderEntries(bytes, form).find(({ numbers }) => numbers[0] === number.strike);
  if (entry === undefined) throw new Wrong('its record has no such strike');
  const at = [...form.lead, ...form.trailing].indexOf(number.column);
  const value = number.column === 'priors' ? entry.priors : entry.numbers[at];
  if (value === undefined || JSON.stringify(value) !== JSON.stringify(number.value))
    throw new Wrong('its record says another number');
}

/** The key that has signed the checkpoint: the given one, or one that it has handed over to. */
function signerOf({ checkpoint, entries }: ProofFile, { origin }: Checkpoint, key: Verifier): Verifier {
  const history = new KeyHistory(origin);
  for (const { index, entry } of entries.toSorted((left, right) => left.index - right.index)) {
    const named = keyOf(entry);
    if (named !== null) history.take({ seq: index, key: named });
  }
  const [signer = key] = checkNote(parseNote(checkpoint), history.trustedFrom(key)).toReversed();
  return signer;
}

/** The rows of an entry that the checkpoint covers. */
function rowsIn({ index, entry, payload, path }: ProofEntry, { size, root }: Checkpoint) {
  const claim = { leaf: hashLeaf(Buffer.from(entry)), index, size, root };
  if (!verifyInclusion(claim, path.map(fromHex)))
    throw new Wrong(`its entry ${index} is not in the log of its checkpoint`);
  const beside = payloadOf(entry);
  const found = payload === null ? null : createHash('sha256').update(payload).digest('hex');
  if ((beside?.sha256 ?? null) !== found) throw new Wrong(`the rows of its entry ${index} are not those that it names`);
  return rowsOf(entry, payload);
}

type Story = { readonly job: JournalRow; readonly file: JournalRow; readonly receipt: JournalRow | null };

/** The log says of the source, the job and the file what the proof says. */
function checkRows({ number, source, job, file }: ProofFile, changes: ReturnType<typeof rowsOf>): Story {
  const find = (table: string, values: JournalRow) =>
    changes.find(
      (change) =>
        change.table === table &&
        Object.entries(values).every(([name, value]) => change.row !== undefined && change.row[name] === value),
    )?.row ?? null;
  const { ticker, endpoint } = number;
  const root = find('source_roots', source);
  if (root === null) throw new Wrong('no entry of it has this record root of this source');
  const ofJob = find('import_jobs', { ...job, checksum: source.checksum, status: 'completed', ticker, endpoint });
  if (ofJob === null) throw new Wrong('no entry of it says that its job has published this source');
  const ofFile = find('parquet_files', { ...file, ticker, endpoint, dataset: 'strikes', state: 'live' });
  if (ofFile === null) throw new Wrong('no entry of it says that its file was published');
  const session = formatDay(new NewYorkDays().dayOf(Date.parse(number.timestamp) / 1000));
  const sessions = ofFile['session_dates'];
  if (typeof sessions !== 'string' || !sessions.split(',').includes(session))
    throw new Wrong(`its file has no rows of the session ${session}`);
  return { job: ofJob, file: ofFile, receipt: find('source_receipts', { job_id: job.id }) };
}

function told(
  { number, source, job, file, checkpoint }: ProofFile,
  { job: ofJob, receipt, file: ofFile }: Story,
  { key, signer }: { readonly key: Verifier | null; readonly signer: Verifier | null },
): Pick<CheckReport, 'shown' | 'not_shown'> {
  const { ticker, endpoint, timestamp, strike, column, value } = number;
  const shown = [
    `a record of the source with SHA-256 ${source.checksum} says ${column} = ${JSON.stringify(value)} for strike ${strike} of ${ticker} ${endpoint} at ${timestamp}`,
    `the log says that job ${job.id} has published this source, from ${String(ofJob['url'])}`,
    ...(receipt === null ? [] : [`it came at ${String(receipt['received_at'])} from ${String(receipt['location'])}`]),
    `the log says that job ${file.job_id} has published ${file.path}, with SHA-256 ${file.checksum}, at ${String(ofFile['committed_at'])}`,
  ];
  const isSigned = parseNote(checkpoint).signatures.length > 0;
  const signature = isSigned
    ? 'whose log it is: its checkpoint is signed, but no key was given (--key)'
    : 'whose log it is: its checkpoint is not signed, so anybody can have made it';
  const not_shown = [
    ...(signer === null ? [signature] : []),
    ...(file.job_id === job.id
      ? []
      : ['that the file was made of this source: another job has made it of older files']),
    'that the vendor gave this source',
    'that the bytes of the file have this row: `gexlake prove` compares them where the lake is',
    'that nothing has replaced the file since',
  ];
  const by =
    signer === null || signer.keyId === key?.keyId ? '' : `, by a later key, to which the given one has handed over`;
  if (signer !== null) shown.push(`the log is the one that ${signer.name} has signed${by}`);
  return { shown, not_shown };
}

function fromHex(text: string): Uint8Array {
  if (!/^[0-9a-f]*$/.test(text) || text.length !== 2 * hash_bytes)
    throw new Wrong(`${JSON.stringify(text)} is no hash`);
  return Buffer.from(text, 'hex');
}

function fromBase64(text: string): Uint8Array {
  const bytes = Buffer.from(text, 'base64');
  if (bytes.toString('base64') === text) return bytes;
  throw new Wrong('the bytes of its record are not base64');
}
