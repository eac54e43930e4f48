import { GexlakeError } from '../core/errors.ts';
import type { KeptCheckpoint } from '../journal/journal.ts';
import { readBytes } from '../platform/files.ts';
import { parseCheckpoint } from '../tlog/tlog.ts';

/** A checkpoint that somebody has kept in a file of his own. @throws CHECKPOINT_INVALID, which names the file */
export async function readCheckpoint(path: string): Promise<KeptCheckpoint> {
  const bytes = await readBytes(path);
  if (bytes !== null) return checkpointOf(path, bytes);
  throw new GexlakeError('CHECKPOINT_INVALID', `there is no file ${path}`, {
    details: { path },
    hint: 'Give the path of a copy of `log/checkpoint`.',
  });
}

export function checkpointOf(path: string, bytes: Buffer): KeptCheckpoint {
  const text = bytes.toString('utf8');
  try {
    return { text, ...parseCheckpoint(text) };
  } catch (error) {
    if (!(error instanceof GexlakeError)) throw error;
    const hint = 'Give a copy of `log/checkpoint`, or a path where nothing lies yet.';
    throw new GexlakeError('CHECKPOINT_INVALID', `${path}: ${error.message}`, { details: { path }, hint });
  }
}
