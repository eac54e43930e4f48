import { unlessDefect } from '../core/defects.ts';
import { redactText } from '../core/redact.ts';
import { readText, sizeOf } from '../platform/files.ts';

/** Answers that hold a secret are short; a history file is not, and what failed in one shall be looked at. */
const answer_bytes = 64 * 1024;

/** Whether a source that could not be loaded is a short text with a secret in it, which must not stay on the disk. */
export async function holdsSecret(path: string): Promise<boolean> {
  if ((await sizeOf(path).catch(unlessDefect(Infinity))) > answer_bytes) return false;
  const text = await readText(path).catch(unlessDefect(null));
  return text !== null && redactText(text) !== text;
}
