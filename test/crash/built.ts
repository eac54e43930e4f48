import { join } from 'node:path';
import type { App, ImportListener, Interrupts } from '../../src/app.ts';
import { readConfig } from '../../src/config.ts';
import { dataFolder } from '../../src/core/data-folder.ts';
import { limits } from '../../src/core/limits.ts';
import type { PipelineContext } from '../../src/pipeline/context.ts';

/*
 * The program as built, in this process: as the parent of importers that are processes of their own and can be killed, and as an
 * importer that finishes what these have left. That spares the tests some thousand starts of Node.
 */

const load = async <T>(module: string): Promise<T> =>
  (await import(join(import.meta.dirname, '../../dist', module))) as T;

const { createApp } = await load<typeof import('../../src/app.ts')>('app.js');
const { JobLog } = await load<typeof import('../../src/joblog/joblog.ts')>('joblog/joblog.js');
const { systemClock } = await load<typeof import('../../src/platform/clock.ts')>('platform/clock.js');
const { commandOf, ownIdentity } =
  await load<typeof import('../../src/platform/processes.ts')>('platform/processes.js');
const { sourcePolicy } = await load<typeof import('../../src/source/source.ts')>('source/source.js');
export const { doWork } = await load<typeof import('../../src/pipeline/work.ts')>('pipeline/work.js');

const never = new AbortController().signal;
export const interrupts: Interrupts = { finish: never, abort: never };

export const silent: ImportListener = {
  onJob: () => undefined,
  onProgress: () => undefined,
  onWarning: () => undefined,
  onResult: () => undefined,
};

export async function appOn(folder: string): Promise<App> {
  return createApp(await readConfig({ data_dir: folder }, { GEXLAKE_ACTOR: 'tester' }));
}

/** What an importer of this process works with. */
export function importerOn(root: string): PipelineContext {
  const folder = dataFolder(root);
  const database = { clock: systemClock, commandOf };
  return {
    folder,
    clock: systemClock,
    limits,
    log: new JobLog(folder.history, database),
    holder: { owner: ownIdentity(), actor: 'tester' },
    policy: sourcePolicy([], true),
    engine: { ...database, threads: 2, memory_mb: 512 },
    ownEngine: false,
    onProgress: () => undefined,
    onWarning: () => undefined,
    signal: never,
  };
}
