import { GexlakeError } from '../core/errors.ts';
import { readBytes } from '../platform/files.ts';
import { checkProof, type CheckReport } from '../prove/prove.ts';

/** Checks the file of a proof by itself: needs no data folder. @throws PROOF_INVALID, SOURCE_NOT_FOUND */
export async function checkProofFile(path: string, key: string | null): Promise<CheckReport> {
  const bytes = await readBytes(path);
  if (bytes !== null) return checkProof(bytes.toString('utf8'), key);
  throw new GexlakeError('PROOF_INVALID', `there is no file ${path}`, {
    details: { path },
    hint: 'Give the file that `gexlake prove … --out` has written.',
  });
}
