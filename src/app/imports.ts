import { Readable } from 'node:stream';
import { GexlakeError } from '../core/errors.ts';
import type { Limits } from '../core/limits.ts';
import { stagedFileName, type SourceFlags } from '../core/names.ts';
import type { Job } from '../core/job.ts';
import type { OnBytes } from '../core/journey.ts';
import type { Note } from '../core/problem.ts';
import {
  runImporter,
  runImporters,
  type ImportListener,
  type ImportRequest,
  type ImportRun as Run,
  type Interrupts,
} from '../pipeline/pipeline.ts';
import { systemClock } from '../platform/clock.ts';
import { whileHeard } from '../platform/silence.ts';
import { requestedSources, type RequestedSources } from '../source/source.ts';
import { receiveIntoInbox, removeFromInbox } from '../staging/staging.ts';
import { unfoldBundles } from './bundles.ts';
import type { AppContext } from './context.ts';
import { checkedJobRequest } from './job-requests.ts';
import { whileFetching, type KeeperListener } from './keep-fetching.ts';
import { whileTelling } from './keep-telling.ts';
import { tellPeople } from './notices.ts';
import { withUpkeep } from './upkeep.ts';

/** What became of some work, and what its disk lacks. */
export type ImportRun = Run & { readonly notes?: readonly Note[] };

export type AppImports = {
  /** Makes out what a user gives as sources: files, folders, patterns, archives, URLs. Looks at files and writes nothing. */
  readonly requested: (
    given: readonly string[],
    flags: SourceFlags,
    mayBeMissing: boolean,
  ) => Promise<RequestedSources>;
  /** Puts the members of each bundle of the vendor in its place; downloads those that are not here. */
  readonly unfolded: (requested: RequestedSources, onBytes: OnBytes) => Promise<RequestedSources>;
  /** Keeps what comes from standard input or in a request as a file of the inbox, and gives its path, which can be a job's source. */
  readonly receive: (bytes: Readable | Iterable<Uint8Array>, name: string) => Promise<string>;
  /** Takes it out again, where it turned out to be no source. */
  readonly discard: (path: string) => Promise<void>;
  readonly importSources: (
    requests: readonly ImportRequest[],
    listener: ImportListener,
    interrupts: Interrupts,
  ) => Promise<ImportRun>;
  /** Writes pending jobs down: all of them, or where one cannot be a job, none. */
  readonly enqueue: (requests: readonly ImportRequest[]) => Promise<Job[]>;
  readonly runPending: (
    work: { limit: number; watch: boolean; workers: number },
    listener: ImportListener & { readonly fetching?: Partial<KeeperListener> },
    interrupts: Interrupts,
  ) => Promise<ImportRun>;
  readonly countPending: () => Promise<number>;
};

export function imports(context: AppContext): AppImports {
  const { folder, log, limits, policy, actor, importers, quietly, ready, hasKey } = context;
  const countPending = () => log.queue.countPending();
  return {
    requested: (given, flags, mayBeMissing) => requestedSources(given, flags, { limits, folder, mayBeMissing }),
    unfolded: (requested, onBytes) => unfoldBundles(context, requested, onBytes),
    receive: async (bytes, name) => {
      await ready();
      return receiveIntoInbox(untilSilent(bytes, limits), {
        folder,
        name: stagedFileName(name),
        limits,
        now_ms: systemClock.now_ms(),
      });
    },
    discard: (path) => removeFromInbox(path),
    importSources: async (requests, listener, interrupts) => {
      const notes = await ready();
      const run = await withUpkeep(quietly, { jobs: requests.length, watch: false }, listener, interrupts, (heard) =>
        runImporter({ log, importers }, { kind: 'sources', requests }, { listener: heard, interrupts }),
      );
      return { ...run, notes };
    },
    enqueue: async (requests) => {
      const jobs = requests.map((request) => checkedJobRequest(request, { policy, actor, hasKey }));
      await ready();
      return log.queue.enqueue(jobs);
    },
    runPending: async (work, listener, interrupts) => {
      const notes = await ready();
      const jobs = await jobsAtOnce(work, countPending);
      const runAll = () =>
        withUpkeep(quietly, { jobs, watch: work.watch }, listener, interrupts, (heard) =>
          runImporters({ log, importers }, { kind: 'pending', ...work }, { listener: heard, interrupts }),
        );
      const heard = { ...unheard, onWarning: listener.onWarning, ...listener.fetching };
      const tell = context.notifying.targets.length === 0 ? null : () => tellPeople(context, null);
      const watch = () =>
        whileTelling({ tell, onWarning: listener.onWarning }, () => whileFetching(context, interrupts, heard, runAll));
      const run = await (work.watch ? watch() : runAll());
      return { ...run, notes };
    },
    countPending,
  };
}

/** For who only wants to know what goes wrong. */
const unheard = { onState: () => undefined, onAnswer: () => undefined };

/** Nobody knows whether an input that says nothing will ever end. */
function untilSilent(bytes: Readable | Iterable<Uint8Array>, { input_silence_ms }: Limits) {
  if (!(bytes instanceof Readable)) return bytes;
  return whileHeard(bytes, input_silence_ms, (heard_bytes) => {
    const before = heard_bytes === 0 ? '' : ` after the first ${heard_bytes} bytes`;
    const message = `nothing came on standard input for ${input_silence_ms / 1000} s${before}, and it did not end`;
    return new GexlakeError('SOURCE_SILENT', message, {
      hint: 'Check that the program at the other end of the pipe still runs and closes its output. If it is slow, raise the limit input_silence_ms.',
    });
  });
}

/** How many jobs wait to be done by one run. A run that keeps going outlives a log that cannot be read right now. */
async function jobsAtOnce(
  { limit, watch }: { readonly limit: number; readonly watch: boolean },
  countPending: () => Promise<number>,
): Promise<number> {
  if (limit === 1) return limit;
  const waiting = await countPending().catch((error: unknown) => {
    if (watch) return 0;
    throw error;
  });
  return Math.min(limit, waiting);
}
