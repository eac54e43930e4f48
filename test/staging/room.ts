import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { inspect } from 'node:util';
import type { Clock } from '../../src/core/clock.ts';
import { GexlakeError } from '../../src/core/errors.ts';
import { newJobId } from '../../src/core/ids.ts';
import { checkShape } from '../../src/load/load.ts';
import { limits } from '../../src/core/limits.ts';
import { listFiles } from '../../src/platform/listing.ts';
import { openSource, sourcePolicy, type SourceOptions } from '../../src/source/source.ts';
import {
  receiveSource,
  stageReceived,
  unstage,
  type PrivateSource,
  type ReceiveOptions,
} from '../../src/staging/staging.ts';
import { openLocalStore } from '../../src/store/store.ts';
import { parseStoredPath } from '../../src/core/stored-path.ts';

export const name = '2026-02-25_SPX_state_gex_zero.json';

/** Records that look like the vendor's, and do not repeat so much that gzip makes nothing of them. */
export const records = Buffer.from(
  JSON.stringify(
    Array.from({ length: 200 }, (_, index) => ({
      timestamp: 1_772_029_800 + index,
      ticker: 'SPX',
      spot: 6900 + ((index * 7919) % 997) / 100,
    })),
  ),
);

/** Waits for nothing. */
const hastyClock: Clock = {
  now_ms: () => Date.now(),
  monotonic_ms: () => performance.now(),
  sleep: async () => undefined,
};

export type Room = {
  readonly folder: string;
  readonly workFolder: string;
  readonly sourceFolder: string;
  readonly jobId: string;
  /** Writes a source file outside the data folder and returns its path. */
  readonly write: (file: string, bytes: Uint8Array | string) => Promise<string>;
  readonly receive: (spec: string, extra?: Partial<ReceiveOptions & SourceOptions>) => Promise<PrivateSource>;
  readonly stage: (received: PrivateSource, jobId?: string) => Promise<string>;
  /** Removes a staged source, by its absolute path. */
  readonly unstage: (path: string) => Promise<void>;
  readonly privateFiles: () => Promise<string[]>;
  readonly visibleFiles: () => Promise<string[]>;
  readonly remove: () => Promise<void>;
};

/** A temporary data folder with one job, whose sources may come from this machine and from one origin. */
export async function makeRoom(origin?: string): Promise<Room> {
  const folder = await mkdtemp(join(tmpdir(), 'gexlake-staging-'));
  const jobId = newJobId(Date.now());
  const workFolder = join(folder, 'data', '.work', jobId);
  const root = join(folder, 'data');
  const store = openLocalStore(root);
  const sourceFolder = join(root, 'source', 'gexbot');
  const policy = sourcePolicy(origin === undefined ? [] : [origin], true);
  return {
    folder,
    workFolder,
    sourceFolder,
    jobId,
    write: async (file, bytes) => {
      await writeFile(join(folder, file), bytes);
      return join(folder, file);
    },
    receive: async (spec, extra = {}) => {
      const options = { workFolder, jobId, policy, limits, clock: hastyClock, look: checkShape, ...extra };
      return receiveSource(openSource(spec, options), options);
    },
    stage: async (received, by = jobId) => join(root, await stageReceived(received, { store, jobId: by })),
    unstage: (path) => unstage(store, parseStoredPath(relative(root, path)), workFolder),
    privateFiles: () => listFiles(workFolder),
    visibleFiles: () => listFiles(join(folder, 'data', 'source')),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

/** Does something in a room that is gone afterwards. */
export async function withRoom(work: (room: Room) => Promise<void>, origin?: string): Promise<void> {
  const room = await makeRoom(origin);
  try {
    await work(room);
  } finally {
    await room.remove();
  }
}

/** Receives what is expected to fail, and checks that nothing of it is left and nothing secret is told. */
export async function assertRefused(
  room: Room,
  spec: string,
  code: string,
  extra: Parameters<Room['receive']>[1] = {},
): Promise<GexlakeError> {
  const error = await room.receive(spec, extra).then(
    () => assert.fail('was received'),
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof GexlakeError, inspect(error));
  assert.equal(error.code, code, inspect(error));
  assert.doesNotMatch(inspect(error, { depth: 20 }), /SECRET|sig=/);
  assert.deepEqual(await room.privateFiles(), []);
  assert.deepEqual(await room.visibleFiles(), []);
  return error;
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
