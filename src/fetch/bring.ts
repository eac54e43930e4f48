import { unlessDefect } from '../core/defects.ts';
import { toGexlakeError } from '../core/errors.ts';
import type { FetchItem } from '../core/fetch-plan.ts';
import type { Job } from '../core/job.ts';
import { endpoints } from '../core/names.ts';
import { fileNameOf, formatVendorSource, vendorSourceOf } from '../core/vendor-source.ts';
import type { VendorBundle, VendorFile } from '../core/vendor-source.ts';
import type { VendorAnswer } from '../core/vendor-answer.ts';
import { withPrivateFolder } from '../maintenance/maintenance.ts';
import { fetchBundle } from '../pipeline/pipeline.ts';
import { lookAtBundle } from '../source/source.ts';
import { aheadOf, arrivedAhead, receiveAhead, removeAhead } from '../staging/staging.ts';
import { answerOf, callOf, type Outcome } from './answers.ts';
import type { BringOptions, FetchContext } from './context.ts';
import { isByInput } from './facts.ts';
import { askForImports } from './jobs.ts';

/** What has become of an item: what the vendor said, the jobs that import what came, and when it is asked for again. */
export type Brought = {
  readonly answer: VendorAnswer;
  readonly detail: string | null;
  readonly jobs: readonly Job[];
  /** Bytes that were downloaded. */
  readonly bytes: number;
  readonly ask_again_at: string | null;
};

/** Which endpoints of a session are missing here: those of a bundle that came as another day's than was asked for are wanted, too. */
export type MissingOf = (ticker: string, date: string) => readonly string[];

/**
 * Downloads an item into the inbox and lets jobs import what came; what lies there already is not downloaded again. What the vendor said is
 * noted, whatever it was.
 * @throws what this machine has done to it: DISK_FULL, INTERRUPTED, …
 */
export async function bring(
  context: FetchContext,
  item: FetchItem,
  { missingOf, ...options }: BringOptions & { readonly missingOf: MissingOf },
): Promise<Brought> {
  const source = vendorSourceOf(item.source);
  if (source === null) throw new Error(`${item.source} is no source of the vendor`);
  try {
    if (source.kind === 'bundle') return await bringBundle(context, { source, item, missingOf }, options);
    return await bringFile(context, { source, item }, options);
  } catch (thrown) {
    const error = toGexlakeError(thrown);
    const answer = options.signal.aborted ? null : answerOf(error);
    if (answer === null) throw error;
    return noted(context, source, { answer, calls: item.calls, now_ms: context.clock.now_ms(), error });
  }
}

async function noted(
  { log }: FetchContext,
  source: VendorFile | VendorBundle,
  outcome: Outcome,
  jobs: readonly Job[] = [],
): Promise<Brought> {
  const call = callOf(source, outcome);
  await log.vendor.noteCalls([call]);
  const { answer, detail, ask_again_at, wire_bytes } = call;
  return { answer, detail, jobs, bytes: wire_bytes ?? 0, ask_again_at };
}

async function bringFile(
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

type BundleAsked = { readonly source: VendorBundle; readonly item: FetchItem; readonly missingOf: MissingOf };

async function bringBundle(
  context: FetchContext,
  { source, item, missingOf }: BundleAsked,
  { vendor, onBytes, signal, again }: BringOptions,
): Promise<Brought> {
  const { clock, folder, limits } = context;
  const began_ms = clock.monotonic_ms();
  const isThere = await isUsable(context, { source, item });
  const date = isThere
    ? source.date
    : await withPrivateFolder(context, (privateFolder) =>
        fetchBundle({ folder, vendor, limits, clock, signal }, source, { privateFolder, onBytes }),
      );
  const came = { kind: 'bundle', ticker: source.ticker, date } as const;
  const ahead = aheadOf(folder, came);
  const transferred = await arrivedAhead(ahead);
  const members = (await lookAtBundle(ahead.path, limits))?.members ?? [];
  const missing = new Set(date === source.date ? item.endpoints : missingOf(source.ticker, date));
  const wanted = members.filter(({ endpoint, error }) => error === null && missing.has(endpoint.name));
  const { ticker } = source;
  const files = wanted.map(({ endpoint }): VendorFile => ({ kind: 'member', ticker, date, endpoint }));
  const jobs = await askForImports(context, files, again);
  if (jobs.length === 0 && !(await isAwaited(context, came))) await removeAhead(ahead);
  const lacking = item.endpoints.filter((name) => !files.some(({ endpoint }) => endpoint.name === name));
  const now = { calls: item.calls, now_ms: clock.now_ms() };
  const wire_bytes = isThere ? null : (transferred?.wire_bytes ?? null);
  const bytes = { wire_bytes, took_ms: clock.monotonic_ms() - began_ms };
  if (date === source.date) {
    const detail = lacking.length === 0 ? null : `it lacks ${lacking.map(shownEndpoint).join(', ')}`;
    return noted(context, came, { ...now, ...bytes, answer: detail === null ? 'given' : 'incomplete', detail }, jobs);
  }
  await noted(context, came, { ...now, ...bytes, answer: 'given' });
  const detail = `what came is the bundle of ${date}`;
  const answer = date < source.date ? 'yesterday' : 'too_old';
  return { ...(await noted(context, source, { ...now, answer, detail }, jobs)), bytes: wire_bytes ?? 0 };
}

/** Whether the bundle that lies here already will do; one that lacks what is wanted goes, unless jobs still read from it. */
async function isUsable(context: FetchContext, { source, item }: Omit<BundleAsked, 'missingOf'>): Promise<boolean> {
  const ahead = aheadOf(context.folder, source);
  if ((await arrivedAhead(ahead)) === null) return false;
  const bundle = await lookAtBundle(ahead.path, context.limits);
  const has = new Set(bundle?.members.flatMap(({ endpoint, error }) => (error === null ? endpoint.name : [])));
  if (item.endpoints.every((name) => has.has(name)) || (await isAwaited(context, source))) return true;
  await removeAhead(ahead);
  return false;
}

/** Whether a job waits for a member of a bundle, runs, or has failed and may be tried again. */
async function isAwaited({ log }: FetchContext, bundle: VendorBundle): Promise<boolean> {
  const { open } = await log.whole.survey();
  return open.some((job) => job.url.startsWith(`${formatVendorSource(bundle)}/`) && !isByInput(job));
}

function shownEndpoint(name: string): string {
  const found = endpoints.find((endpoint) => endpoint.name === name);
  return found === undefined ? name : `${found.package}/${found.category}`;
}
