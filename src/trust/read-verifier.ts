import { GexlakeError } from '../core/errors.ts';
import { readText } from '../platform/files.ts';
import { parseVerifier, type Verifier } from '../tlog/tlog.ts';

/** A key as it is printed, or a file that has it. */
export async function readVerifier(given: string): Promise<Verifier> {
  const text = /^[^\s+]+\+[0-9a-f]{8}\+/.test(given) ? given : await readText(given);
  if (text === null)
    throw new GexlakeError('LOG_KEY_INVALID', `${given} is neither a key as name+hash+base64 nor a file`, {
      hint: 'Give the key as `gexlake log key show` prints it, or the path of a file with that line.',
    });
  try {
    return parseVerifier(text.trim());
  } catch (error) {
    if (!(error instanceof GexlakeError) || text === given) throw error;
    throw new GexlakeError('LOG_KEY_INVALID', `${given}: ${error.message}`, {
      hint: error.hint ?? 'Copy the whole line again.',
    });
  }
}
