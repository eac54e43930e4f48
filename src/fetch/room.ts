import { GexlakeError } from '../core/errors.ts';
import { folderNameOf, vendorSourceOf, type VendorSource } from '../core/vendor-source.ts';
import { isVendorSource } from '../core/vendor-form.ts';
import { changedAt_ms, freeBytes } from '../platform/files.ts';
import { remove } from '../platform/work-files.ts';
import { listAhead } from '../staging/staging.ts';
import type { FetchContext } from './context.ts';
import { isByInput } from './facts.ts';

/** How often a download looks whether there is room for it by now. */
const roomPause_ms = 500;

/** What nobody waits for stays so long at least: its job may just be being made. */
const leftPause_ms = 3_600_000;

/**
 * Waits until there is room for another download: the importers take away what lies there. `coming_bytes`: what is being downloaded and
 * lies nowhere yet.
 * @throws DISK_FULL where nothing lies there that could go, INTERRUPTED
 */
export async function waitForRoom(
  context: FetchContext,
  coming_bytes: () => number,
  signal: AbortSignal,
): Promise<void> {
  const { clock, limits, folder } = context;
  for (;;) {
    if (signal.aborted) throw new GexlakeError('INTERRUPTED', 'it was interrupted before the next download');
    const ahead_bytes = await bytesAhead(context);
    const free_bytes = await freeBytes(folder.root);
    // Some file systems say that nothing is free whatever is.
    const isTight = free_bytes > 0 && free_bytes - coming_bytes() < limits.disk_free_bytes;
    if (!isTight && ahead_bytes + coming_bytes() < limits.fetch_ahead_bytes) return;
    if (isTight && ahead_bytes === 0 && coming_bytes() === 0)
      throw full(folder.root, free_bytes, limits.disk_free_bytes);
    await clock.sleep(roomPause_ms);
  }
}

/** Bytes of what importers are about to take: what lies there for another reason will not go by waiting. */
async function bytesAhead({ folder, log }: FetchContext): Promise<number> {
  const there = await listAhead(folder);
  if (there.length === 0) return 0;
  const open = await log.jobs.open();
  const running = open.filter(({ status }) => status === 'pending' || status === 'started');
  const awaited = new Set(running.flatMap(({ url }) => downloadsOf(url)));
  return there.reduce((sum, { name, size_bytes }) => (awaited.has(name) ? sum + size_bytes : sum), 0);
}

function full(path: string, free_bytes: number, least_bytes: number): GexlakeError {
  return new GexlakeError(
    'DISK_FULL',
    `the disk of ${path} has ${free_bytes} bytes free, and nothing is downloaded below ${least_bytes}`,
    { details: { path }, hint: 'Free space on the disk of the data folder; `gexlake prune` shows what can go.' },
  );
}

/** Removes downloads that no job waits for any more: imported, or broken, or of jobs that were cancelled. */
export async function sweepDownloads(context: FetchContext): Promise<void> {
  const { clock, log } = context;
  const there = await listAhead(context.folder);
  if (there.length === 0) return;
  const open = await log.jobs.open();
  const awaited = new Set(open.flatMap((job) => (isByInput(job) ? [] : downloadsOf(job.url))));
  for (const { name, path } of there) {
    const changed_ms = await changedAt_ms(path);
    const isOld = changed_ms !== null && clock.now_ms() - changed_ms >= leftPause_ms;
    if (isOld && !awaited.has(name)) await remove('clean:remove', path);
  }
}

/** The folders that hold the file of a source: its own, or of a member that of its bundle. */
function downloadsOf(url: string): string[] {
  if (!isVendorSource(url)) return [];
  const source: VendorSource | null = vendorSourceOf(url);
  if (source === null) return [];
  if (source.kind !== 'member') return [folderNameOf(source)];
  return [folderNameOf({ kind: 'bundle', ticker: source.ticker, date: source.date })];
}
