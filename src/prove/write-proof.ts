import { GexlakeError } from '../core/errors.ts';
import { formatTimestamp } from '../core/session.ts';
import type { GovernContext } from '../maintenance/maintenance.ts';
import { toRecordRoot } from '../pipeline/pipeline.ts';
import { makeNewFile } from '../platform/new-file.ts';
import { openPart, writeAll } from '../platform/work-files.ts';
import { proveLeaf } from '../tlog/tlog.ts';
import { proveLog, toHex } from './log-proof.ts';
import { claimOf, proofFormat, type ProofFile } from './proof.ts';
import type { NumberReport, ProvenNumber } from './judge-number.ts';

/** Where a proof goes, and what brings the log's checkpoint to its end, signed where there is a key. */
type Wanted = { readonly path: string; readonly keepCheckpoint: () => Promise<void> };

/**
 * Makes a file that proves a number without the lake. Where the log does not have the record root of its source yet, it is noted: the
 * one thing that proving writes.
 * @throws NOT_PROVEN, FILE_EXISTS
 */
export async function writeProof(
  context: GovernContext,
  { report, proven }: { readonly report: NumberReport; readonly proven: ProvenNumber | null },
  { path, keepCheckpoint }: Wanted,
): Promise<void> {
  if (proven === null) {
    throw new GexlakeError('NOT_PROVEN', `there is no proof to write: ${report.why ?? 'its source was not found'}`, {
      hint: 'Without --out it is told how far it can be followed.',
    });
  }
  await makeNewFile(path, async (part) => {
    const text = `${JSON.stringify(await makeProof(context, report.value, { proven, keepCheckpoint }), null, 2)}\n`;
    const file = await openPart('out:part', part, 0o666);
    try {
      await writeAll('out:write', file, part, Buffer.from(text));
    } finally {
      await file.close();
    }
  });
}

async function makeProof(
  { log }: GovernContext,
  value: unknown,
  { proven, keepCheckpoint }: Pick<Wanted, 'keepCheckpoint'> & { readonly proven: ProvenNumber },
): Promise<ProofFile> {
  const { leaves, record, job, asked } = proven;
  const root = toRecordRoot(job.checksum, leaves);
  const known = await log.sources.rootOf(job.checksum);
  if (known === null) await log.sources.recordRoot(root);
  else if (known.record_root !== root.record_root)
    throw new GexlakeError('NOT_PROVEN', `the log says another record root of source ${job.checksum} than it has`, {
      hint: '`gexlake verify` says whether somebody has changed the log.',
    });
  await keepCheckpoint();
  const path = proveLeaf(record.number, leaves);
  const claim = claimOf(proven, formatTimestamp(asked.second), value);
  const { checkpoint, entries } = await proveLog(log.whole, proven);
  return {
    format: proofFormat,
    ...claim,
    record: { ...claim.record, path: path.map(toHex) },
    source: root,
    checkpoint,
    entries,
  };
}
