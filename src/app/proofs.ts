import { GexlakeError } from '../core/errors.ts';
import { readBytes } from '../platform/files.ts';
import { checkProof, type CheckReport } from '../prove/prove.ts';
import { readVerifier } from '../trust/trust.ts';

/** Checks the file of a proof by itself: needs no data folder. `key`: one as it is printed, or a file that has it. @throws PROOF_INVALID, LOG_KEY_INVALID */
export async function checkProofFile(path: string, key: string | null): Promise<CheckReport> {
  const bytes = await readBytes(path);
  if (bytes !== null) return checkProof(bytes.toString('utf8'), key === null ? null : await readVerifier(key));
  throw new GexlakeError('PROOF_INVALID', `there is no file ${path}`, {
    details: { path },
    hint: 'Give the file that `gexlake prove … --out` has written.',
  });
}
