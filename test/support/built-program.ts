import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type * as app from '../../src/app/app.ts';
import { readConfig } from '../../src/config/config.ts';
import { dataFolder } from '../../src/core/data-folder.ts';
import { limits } from '../../src/core/limits.ts';
import type { ImportResult } from '../../src/core/job.ts';
import type * as joblog from '../../src/joblog/joblog.ts';
import type { PipelineContext } from '../../src/pipeline/context.ts';
import type { FromImporter, ImporterWork } from '../../src/pipeline/importer.ts';
import type * as liveness from '../../src/pipeline/liveness.ts';
import type * as vendorBytes from '../../src/pipeline/vendor-bytes.ts';
import type * as work from '../../src/pipeline/work.ts';
import type * as clock from '../../src/platform/clock.ts';
import type * as newFiles from '../../src/platform/new-files.ts';
import type * as processes from '../../src/platform/processes.ts';
import type * as source from '../../src/source/source.ts';
import type * as store from '../../src/store/store.ts';

/*
 * The program as built, in this process: as the parent of importers that are processes of their own and can be killed, and as an
 * importer that finishes what these have left. That spares the tests some thousand starts of Node.
 */

/** A module of the program as built. */
export const load = async <T>(module: string): Promise<T> =>
  (await import(join(import.meta.dirname, '../../build', module))) as T;

const { createApp } = await load<typeof app>('app/app.js');
const { openJobLog } = await load<typeof joblog>('joblog/joblog.js');
const { systemClock } = await load<typeof clock>('platform/clock.js');
const { commandOf, ownIdentity } = await load<typeof processes>('platform/processes.js');
const { openLocalStore } = await load<typeof store>('store/store.js');
const { sourcePolicy } = await load<typeof source>('source/source.js');
const { Heartbeats } = await load<typeof liveness>('pipeline/liveness.js');
const { openVendorIn } = await load<typeof vendorBytes>('pipeline/vendor-bytes.js');
const { doWork } = await load<typeof work>('pipeline/work.js');

// As the program does before it opens anything: what the engine makes is its owner's only.
const { limitNewFiles } = await load<typeof newFiles>('platform/new-files.js');
limitNewFiles(0o600);

const never = new AbortController().signal;
export const interrupts: app.Interrupts = { finish: never, abort: never };

export const silent: app.ImportListener = {
  onJob: () => undefined,
  onProgress: () => undefined,
  onWarning: () => undefined,
  onResult: () => undefined,
};

export async function appOn(folder: string): Promise<app.App> {
  return createApp(await readConfig({ data_dir: folder }, { GEXLAKE_ACTOR: 'tester' }));
}

/** Nobody asks the vendor here. */
const noVendor = { url: 'https://api.gex.bot/v2', key: null, key_file: null, fallback_host: null, pace_ms: 0 };

/** What an importer of this process works with. */
function importerOn(root: string): PipelineContext {
  const folder = dataFolder(root);
  const database = { clock: systemClock, commandOf };
  return {
    folder,
    store: openLocalStore(root),
    clock: systemClock,
    limits,
    log: openJobLog(folder.history, database),
    holder: { owner: ownIdentity(), actor: 'tester' },
    policy: sourcePolicy([], true),
    vendor: openVendorIn({ folder, settings: noVendor, policy: sourcePolicy([], true), limits, clock: systemClock }),
    engine: { ...database, threads: 2, memory_mb: 512 },
    views: { areOld: false },
    heartbeats: new Heartbeats(systemClock, limits),
    onProgress: () => undefined,
    onWarning: () => undefined,
    signal: never,
  };
}

/** Does what an importer does, in this process; gives the results. */
export async function workOn(root: string, what: ImporterWork): Promise<ImportResult[]> {
  await mkdir(root, { recursive: true });
  const results: ImportResult[] = [];
  const hear = (message: FromImporter) => {
    if (message.type === 'result') results.push(message.result);
  };
  await doWork(importerOn(root), what, {
    tell: hear,
    finishing: () => false,
    beforeMany: async () => ({ since: null, quiet_ms: 0 }),
    pause: async () => true,
  });
  return results;
}
