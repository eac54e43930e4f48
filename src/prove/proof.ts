import type { SourceRoot } from '../core/job.ts';
import type { ProvenNumber } from './judge-number.ts';

/**
 * What a file of a proof holds, as JSON: one published number, the record of the source that says it, its way to the record root, and
 * the entries of the journal that have the root, the job and the file, with their way to one checkpoint. Nothing in it is a secret, and
 * nothing but the lists may be left out. Bytes are base64, hashes hexadecimal, times ISO 8601 in UTC.
 */
export type ProofFile = {
  readonly format: typeof proofFormat;
  readonly number: {
    readonly ticker: string;
    readonly endpoint: string;
    readonly timestamp: string;
    readonly strike: number;
    readonly column: string;
    readonly value: unknown;
  };
  /** An element of the source's list of records: a record, or the envelope of one. `number` counts them from 0 on. */
  readonly record: { readonly number: number; readonly bytes: string; readonly path: readonly string[] };
  readonly source: Omit<SourceRoot, 'noted_at'>;
  /** The job whose source it is. */
  readonly job: { readonly id: string };
  readonly file: { readonly job_id: string; readonly path: string; readonly checksum: string };
  /** C2SP tlog-checkpoint, signed where there is a key. */
  readonly checkpoint: string;
  readonly entries: readonly ProofEntry[];
};

/** An entry of the journal: its text, the rows that it names by their SHA-256 where it has them elsewhere, and its way to the root. */
export type ProofEntry = {
  readonly index: number;
  readonly entry: string;
  readonly payload: string | null;
  readonly path: readonly string[];
};

export const proofFormat = 'gexlake proof 1';

/** The parts of a proof that follow from the number alone. */
export function claimOf({ asked, job, file, record }: ProvenNumber, timestamp: string, value: unknown) {
  const { ticker, endpoint, strike, column } = asked;
  return {
    number: { ticker, endpoint: endpoint.name, timestamp, strike, column, value },
    record: { number: record.number, bytes: Buffer.from(record.element.bytes).toString('base64') },
    job: { id: job.id },
    file: { job_id: file.job_id, path: file.path, checksum: file.checksum },
  };
}
