import { unlessDefect } from '../core/defects.ts';
import type { FetchItem } from '../core/fetch-plan.ts';
import type { Job } from '../core/job.ts';
import { fileNameOf, type VendorFile } from '../core/vendor-source.ts';
import { withPrivateFolder } from '../maintenance/maintenance.ts';
import { aheadOf, arrivedAhead, receiveAhead } from '../staging/staging.ts';
import { noted, type Brought } from './brought.ts';
import type { BringOptions, FetchContext } from './context.ts';
import { askForImports } from './jobs.ts';

/** Downloads a file of `/hist`, unless it lies here, and lets a job import it. */
export async function bringFile(
  context: FetchContext,
  { source, item }: { readonly source: VendorFile; readonly item: FetchItem },
  { vendor, onBytes, again }: BringOptions,
): Promise<Brought> {
  const { clock, folder } = context;
  const began_ms = clock.monotonic_ms();
  const ahead = aheadOf(folder, source);
  if ((await arrivedAhead(ahead)) !== null) return asGiven(await askForImports(context, [source], again));
  const transferred = await withPrivateFolder(context, async (privateFolder) => {
    const incoming = await receiveAhead(privateFolder);
    try {
      const came = await vendor.open(source).transferInto(incoming.sink, onBytes);
      await incoming.finish(fileNameOf(source));
      await incoming.keep(ahead, came);
      return came;
    } catch (error) {
      // What went wrong first is what counts; the private folder goes with what is left.
      await incoming.discard().catch(unlessDefect(undefined));
      throw error;
    }
  });
  const took_ms = clock.monotonic_ms() - began_ms;
  // The job first: a crash in between leaves one that imports what has come.
  const jobs = await askForImports(context, [source], again);
  const given = { answer: 'given', calls: item.calls, now_ms: clock.now_ms() } as const;
  return noted(context, source, { ...given, wire_bytes: transferred.wire_bytes, took_ms }, jobs);
}

function asGiven(jobs: readonly Job[]): Brought {
  return { answer: 'given', detail: null, jobs, bytes: 0, ask_again_at: null };
}
