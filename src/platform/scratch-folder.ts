import { rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * A folder of this user alone under the system's temporary one, for what does not fit into memory; null where none can be made.
 * It goes when `act` has ended, and also when the process ends before that, unless it is killed.
 */
export async function withScratchFolder<T>(name: string, act: (folder: string | null) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), `gexlake-${name}-`)).catch(() => null);
  if (folder === null) return act(null);
  const removeNow = () => rmSync(folder, { recursive: true, force: true });
  process.once('exit', removeNow);
  try {
    return await act(folder);
  } finally {
    process.off('exit', removeNow);
    await rm(folder, { recursive: true, force: true });
  }
}
