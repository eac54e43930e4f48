import type { FetchItem } from '../core/fetch-plan.ts';
import { endpoints } from '../core/names.ts';
import { formatVendorSource, type VendorBundle, type VendorFile } from '../core/vendor-source.ts';
import { withPrivateFolder } from '../maintenance/maintenance.ts';
import { fetchBundle } from '../pipeline/pipeline.ts';
import { lookAtBundle, type BundleMember } from '../source/source.ts';
import { aheadOf, arrivedAhead, removeAhead, type Ahead } from '../staging/staging.ts';
import { noted, type Brought } from './brought.ts';
import type { BringOptions, FetchContext } from './context.ts';
import { isByInput } from './facts.ts';
import { askForImports } from './jobs.ts';

/** Every so many calls the members say which day a bundle is of, whatever its name says. */
const doubted = 12;

/** How long after a bundle has come it is not downloaded again for the sake of what is missing of its day all the same. */
const givenPause_ms = 12 * 3_600_000;

/** Which endpoints of a session are missing here: those of a bundle that came as another day's than was asked for are wanted, too. */
export type MissingOf = (ticker: string, date: string) => readonly string[];

type BundleAsked = { readonly source: VendorBundle; readonly item: FetchItem; readonly missingOf: MissingOf };

/** Downloads the latest bundle of a ticker, unless what it brings lies here, and lets jobs import its members of which the day is missing. */
export async function bringBundle(
  context: FetchContext,
  { source, item, missingOf }: BundleAsked,
  { vendor, onBytes, signal, again }: BringOptions,
): Promise<Brought> {
  const { clock, folder, limits } = context;
  const began_ms = clock.monotonic_ms();
  const isNeedless = (day: string) => isNeedlessDay(context, { source, item, missingOf }, { day, again });
  const { date, hasCome } = (await isUsable(context, source, item.endpoints))
    ? { date: source.date, hasCome: false }
    : await withPrivateFolder(context, (privateFolder) =>
        fetchBundle({ folder, vendor, limits, clock, signal }, source, { privateFolder, onBytes, isNeedless }),
      );
  const came = { kind: 'bundle', ticker: source.ticker, date } as const;
  const ahead = aheadOf(folder, came);
  const transferred = await arrivedAhead(ahead);
  const members = await membersIn(ahead, limits);
  // Another process has had all of it imported, and has noted that.
  if (members === null && (hasCome || date === source.date))
    return { answer: 'given', detail: null, jobs: [], bytes: 0, ask_again_at: null };
  const missing = new Set(date === source.date ? item.endpoints : missingOf(source.ticker, date));
  const wanted = (members ?? []).filter(({ endpoint, error }) => error === null && missing.has(endpoint.name));
  const { ticker } = source;
  const files = wanted.map(({ endpoint }): VendorFile => ({ kind: 'member', ticker, date, endpoint }));
  const jobs = await askForImports(context, files, again);
  if (jobs.length === 0 && !(await isAwaited(context, came))) await removeAhead(ahead);
  const lacking = item.endpoints.filter((name) => !files.some(({ endpoint }) => endpoint.name === name));
  const now = { calls: item.calls, now_ms: clock.now_ms() };
  const wire_bytes = hasCome ? (transferred?.wire_bytes ?? null) : null;
  const bytes = { wire_bytes, took_ms: clock.monotonic_ms() - began_ms };
  if (date === source.date) {
    const detail = lacking.length === 0 ? null : `it lacks ${lacking.map(shownEndpoint).join(', ')}`;
    return noted(context, came, { ...now, ...bytes, answer: detail === null ? 'given' : 'incomplete', detail }, jobs);
  }
  if (hasCome) await noted(context, came, { ...now, ...bytes, answer: 'given' });
  const detail = `what came is the bundle of ${date}`;
  const answer = date < source.date ? 'yesterday' : 'too_old';
  return { ...(await noted(context, source, { ...now, answer, detail }, jobs)), bytes: wire_bytes ?? 0 };
}

/** The members of a bundle that lies here; null where none does, or not any more. */
async function membersIn(ahead: Ahead, limits: FetchContext['limits']): Promise<readonly BundleMember[] | null> {
  if ((await arrivedAhead(ahead)) === null) return null;
  try {
    return (await lookAtBundle(ahead.path, limits))?.members ?? [];
  } catch (error) {
    // Another process may have taken it away while it was looked at.
    if ((await arrivedAhead(ahead)) === null) return null;
    throw error;
  }
}

/**
 * Whether the bundle of another day than was asked for brings nothing that is not here: the day is not missing, its bundle lies here, or that
 * has come a short time ago. By the time, so that what its members lacked is looked for once more.
 */
async function isNeedlessDay(
  context: FetchContext,
  { source, item, missingOf }: BundleAsked,
  { day, again }: { readonly day: string; readonly again: boolean },
): Promise<boolean> {
  const { ticker } = source;
  // A name may be wrong: now and then the members are asked instead.
  if (day === source.date || (item.calls + 1) % doubted === 0) return false;
  const missing = missingOf(ticker, day);
  const bundle = { kind: 'bundle', ticker, date: day } as const;
  if (missing.length === 0 || (await isUsable(context, bundle, missing))) return true;
  const calls = await context.log.vendor.calls({ ticker, from: day, to: day });
  const call = calls.find(({ source: of }) => of === formatVendorSource(bundle));
  const isGiven = call?.answer === 'given' || call?.answer === 'incomplete';
  return !again && isGiven && context.clock.now_ms() - Date.parse(call.last_asked_at) < givenPause_ms;
}

/** Whether the bundle that lies here already will do; one that lacks what is wanted goes, unless jobs still read from it. */
async function isUsable(context: FetchContext, source: VendorBundle, wanted: readonly string[]): Promise<boolean> {
  const ahead = aheadOf(context.folder, source);
  if ((await arrivedAhead(ahead)) === null) return false;
  const bundle = await lookAtBundle(ahead.path, context.limits);
  const has = new Set(bundle?.members.flatMap(({ endpoint, error }) => (error === null ? endpoint.name : [])));
  if (wanted.every((name) => has.has(name)) || (await isAwaited(context, source))) return true;
  await removeAhead(ahead);
  return false;
}

/** Whether a job waits for a member of a bundle, runs, or has failed and may be tried again. */
async function isAwaited({ log }: FetchContext, bundle: VendorBundle): Promise<boolean> {
  return (await log.jobs.open()).some((job) => job.url.startsWith(`${formatVendorSource(bundle)}/`) && !isByInput(job));
}

function shownEndpoint(name: string): string {
  const found = endpoints.find((endpoint) => endpoint.name === name);
  return found === undefined ? name : `${found.package}/${found.category}`;
}
