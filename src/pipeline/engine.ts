import { join } from 'node:path';
import type { DataFolder } from '../core/data-folder.ts';
import { GexlakeError } from '../core/errors.ts';
import { withDatabase, type Database } from '../db/db.ts';
import { showLive } from '../publish/publish.ts';
import type { PipelineContext } from './context.ts';

/** How long `gex_data.db` is waited for before an import takes an engine file of its own. */
const sharedEngineWait_ms = 1_000;

/**
 * Opens the transient engine for one job: `gex_data.db`, which has one writer, or while another importer holds it an engine
 * file in the job's private folder. The shared one shows the live files as `strikes` and `snapshots` afterwards.
 */
export async function useEngine<T>(
  context: PipelineContext,
  jobId: string,
  act: (engine: Database) => Promise<T>,
  folder: DataFolder,
): Promise<T> {
  const options = { ...context.engine, clock: context.clock, spillFolder: join(folder.work, jobId, 'spill') };
  let opened = false;
  try {
    return await withDatabase(folder.engine, { ...options, lockWait_ms: sharedEngineWait_ms }, async (engine) => {
      opened = true;
      const result = await act(engine);
      await showLive(engine, await context.log.liveFiles(), folder.root);
      return result;
    });
  } catch (error) {
    const busy = error instanceof GexlakeError && error.code === 'LOCK_BUSY' && !opened;
    if (!busy) throw error;
    return withDatabase(join(folder.work, jobId, 'engine.db'), options, act);
  }
}
