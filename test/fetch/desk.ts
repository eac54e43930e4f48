import { setImmediate } from 'node:timers/promises';
import type { Clock } from '../../src/core/clock.ts';
import { dataFolder } from '../../src/core/data-folder.ts';
import { limits } from '../../src/core/limits.ts';
import type { FetchContext } from '../../src/fetch/context.ts';
import { openJobLog } from '../../src/joblog/joblog.ts';
import { openVendorIn } from '../../src/pipeline/pipeline.ts';
import type { SampleVendor } from '../../src/sample-vendor/sample-vendor.ts';
import { sourcePolicy } from '../../src/source/source.ts';
import { openLocalStore } from '../../src/store/store.ts';

/** Time that goes on as fast as somebody waits for it, at least a minute at once; `asleep`: when the machine sleeps, and until when. */
export function madeClock(start: string, asleep: readonly (readonly [string, string])[] = []): Clock {
  let now_ms = Date.parse(start);
  return {
    now_ms: () => now_ms,
    monotonic_ms: () => now_ms,
    sleep: async (delay_ms) => {
      now_ms += Math.max(delay_ms, 60_000);
      for (const [from, to] of asleep)
        if (now_ms >= Date.parse(from) && now_ms < Date.parse(to)) now_ms = Date.parse(to);
      await setImmediate();
    },
  };
}

/** A data folder whose fetching goes by a clock and asks a stand-in with a key. */
export function deskAt(
  root: string,
  clock: Clock,
  { vendor, key }: { vendor: SampleVendor; key: string },
): FetchContext {
  const folder = dataFolder(root);
  const log = openJobLog(folder.history, { clock, commandOf: () => null });
  const settings = { url: vendor.apiUrl, key, key_file: null, fallback_host: vendor.fallbackUrl, pace_ms: 0 };
  const policy = sourcePolicy([vendor.blobUrl, vendor.fallbackUrl], true);
  return {
    folder,
    store: openLocalStore(root),
    log,
    clock,
    limits: { ...limits, disk_free_bytes: 0 },
    engine: { clock, commandOf: () => null, threads: 1, memory_mb: 256 },
    actor: 'tester',
    staged_days: 14,
    raw_days: 0,
    log_mode: 0o600,
    onProgress: () => undefined,
    openVendor: (signal) => openVendorIn({ folder, settings, policy, limits, clock, signal }),
  };
}
