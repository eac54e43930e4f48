import type { Clock } from '../core/clock.ts';
import type { DataFolder } from '../core/data-folder.ts';
import { unlessDefect } from '../core/defects.ts';
import { GexlakeError } from '../core/errors.ts';
import type { JobStatus } from '../core/job.ts';
import type { SourceBytes, Transferred } from '../core/journey.ts';
import type { Limits } from '../core/limits.ts';
import { stagedFileName } from '../core/names.ts';
import { newYorkDay, parseDay } from '../core/session.ts';
import { fileNameOf, formatVendorSource, type VendorFile, type VendorSource } from '../core/vendor-source.ts';
import { zipMemberSource } from '../core/zip-member.ts';
import type { JobLog } from '../joblog/joblog.ts';
import { exists } from '../platform/files.ts';
import { takeTurn } from '../platform/turns.ts';
import { lookAtBundle, openSource, sourcePolicy, type SourcePolicy } from '../source/source.ts';
import { aheadOf, arrivedAhead, receiveAhead, removeAhead } from '../staging/staging.ts';
import { openVendor, type BundleInto, type Vendor, type VendorSettings } from '../vendor/vendor.ts';

/** What is needed to have the vendor's bytes: who speaks with it, and where what it gave already lies. */
export type VendorShop = {
  readonly folder: DataFolder;
  readonly vendor: Vendor;
  readonly limits: Limits;
  readonly clock: Clock;
  readonly signal?: AbortSignal | undefined;
};

type VendorIn = Omit<VendorShop, 'vendor'> & { readonly settings: VendorSettings; readonly policy: SourcePolicy };

/** The vendor, as the processes of a data folder call it together: one after the other, at its pace. */
export function openVendorIn({ folder, settings, policy, limits, clock, signal }: VendorIn): Vendor {
  const every_ms = settings.pace_ms;
  const turns = { folder: folder.work, name: 'gexbot-call-', every_ms, clock };
  const pace = async () => {
    // Without a folder of its own this process shares nothing with others, and keeps the pace alone.
    if (!(await exists(folder.root))) return clock.sleep(every_ms);
    await takeTurn(turns).catch(async (error: unknown) => {
      if (!(error instanceof GexlakeError && error.code === 'FOLDER_NOT_WRITABLE')) throw error;
      await clock.sleep(every_ms);
    });
  };
  return openVendor({ settings, policy, limits, clock, signal, pace });
}

/**
 * The bytes of a source of the vendor: of what was downloaded already, else of a download that begins when they are transferred. A member
 * whose bundle is not here comes with that where it still is the latest, else as the single file that it is, too.
 * @throws VENDOR_…, DOWNLOAD_…, SOURCE_NOT_ALLOWED
 */
export async function openVendorSource(
  shop: VendorShop,
  source: VendorSource,
  privateFolder: string,
): Promise<SourceBytes> {
  if (source.kind === 'bundle') throw notOne(source);
  const there = await openArrived(shop, source);
  if (there !== null) return there;
  if (source.kind === 'hist') return shop.vendor.open(source);
  await fetchBundle(shop, source, { privateFolder, onBytes: () => undefined });
  return (await openArrived(shop, source)) ?? shop.vendor.open(source);
}

/** How a bundle is fetched. */
type BundleFetch = Omit<BundleInto, 'sink'> & { readonly privateFolder: string };

/**
 * Downloads the latest bundle of a ticker into the inbox, as that of the day that its members are of. Gives that day, and whether it has come:
 * of a day that nobody needs nothing has.
 * @throws VENDOR_…, DOWNLOAD_…, ZIP_UNREADABLE, DISK_FULL
 */
export async function fetchBundle(
  { folder, vendor, limits, clock }: VendorShop,
  { ticker, date }: { readonly ticker: string; readonly date: string | null },
  { privateFolder, ...how }: BundleFetch,
): Promise<{ readonly date: string; readonly hasCome: boolean }> {
  const incoming = await receiveAhead(privateFolder);
  try {
    const given = await vendor.bundle({ ticker, date }, { sink: incoming.sink, ...how });
    if ('left' in given) {
      await incoming.discard();
      return { date: given.left, hasCome: false };
    }
    const path = await incoming.finish('bundle.zip');
    const found = await lookAtBundle(path, limits);
    if (found === null || found.ticker !== ticker) throw ofAnother(ticker, found?.ticker ?? null);
    if (parseDay(found.date) > newYorkDay(clock.now_ms()))
      throw ofAnother(ticker, `${found.date}, which is yet to come`);
    const ahead = aheadOf(folder, { kind: 'bundle', ticker, date: found.date });
    await incoming.keep(ahead, given.came);
    return { date: found.date, hasCome: true };
  } catch (error) {
    // What went wrong first is what counts; the private folder goes with what is left.
    await incoming.discard().catch(unlessDefect(undefined));
    throw error;
  }
}

/** What was downloaded ahead; null where nothing was. */
async function openArrived(shop: VendorShop, source: VendorFile): Promise<SourceBytes | null> {
  const { folder, limits, clock, signal } = shop;
  const ahead = aheadOf(folder, source);
  const transferred = await arrivedAhead(ahead);
  if (transferred === null) return null;
  const options = { policy: sourcePolicy([], true), limits, clock, signal };
  if (source.kind === 'hist')
    return orAnew(
      withReceipt(openSource(ahead.path, options), () => transferred),
      () => shop.vendor.open(source),
    );
  const member = await memberOf(ahead.path, source, limits);
  const location = zipMemberSource({ archive: ahead.path, member });
  if (location === null) throw new Error(`${ahead.path} is not named like an archive`);
  const from = `${transferred.location}!/${member}`;
  return withReceipt(openSource(location, options), (came) => ({ ...came, location: from }));
}

/** What was said of the bytes when they came is what is kept, not what this machine's disk says now. */
function withReceipt(opened: SourceBytes, said: (came: Transferred) => Transferred): SourceBytes {
  return { ...opened, transferInto: async (sink, onBytes) => said(await opened.transferInto(sink, onBytes)) };
}

/** Another job of the same source may take away what has come before this one has opened it: then it is downloaded. */
function orAnew(opened: SourceBytes, anew: () => SourceBytes): SourceBytes {
  const transferInto: SourceBytes['transferInto'] = async (sink, onBytes) =>
    opened.transferInto(sink, onBytes).catch((error: unknown) => {
      if (!(error instanceof GexlakeError && error.code === 'SOURCE_NOT_FOUND')) throw error;
      return anew().transferInto(sink, onBytes);
    });
  return { ...opened, transferInto };
}

async function memberOf(archive: string, source: VendorFile, limits: Limits): Promise<string> {
  const bundle = await lookAtBundle(archive, limits);
  const found = bundle?.members.find(({ name }) => stagedFileName(name) === fileNameOf(source));
  if (found === undefined)
    throw new GexlakeError('VENDOR_ABSENT', `the bundle of ${source.date} does not have ${fileNameOf(source)}`, {
      hint: 'Where the key has single days, import it as gexbot:hist/…; else ask for the bundle again while it is the latest.',
    });
  if (found.error !== null) throw found.error;
  return found.name;
}

/** Removes a bundle once all its members are jobs that are over for good; one of which a job has failed stays for its next attempt. */
export async function clearBundle(
  { folder, log, limits }: Pick<VendorShop, 'folder' | 'limits'> & { readonly log: JobLog },
  { ticker, date }: Pick<VendorFile, 'ticker' | 'date'>,
): Promise<void> {
  const bundle = { kind: 'bundle', ticker, date } as const;
  const ahead = aheadOf(folder, bundle);
  if ((await arrivedAhead(ahead)) === null) return;
  const jobs = await log.sources.jobsFrom(`${formatVendorSource(bundle)}/`);
  if (jobs.some(({ status }) => !isOver.has(status))) return;
  const done = new Set(jobs.map(({ url }) => url));
  const members = (await lookAtBundle(ahead.path, limits))?.members ?? [];
  const isDone = members.every(({ endpoint }) =>
    done.has(formatVendorSource({ kind: 'member', ticker, date, endpoint })),
  );
  if (isDone) await removeAhead(ahead);
}

const isOver: ReadonlySet<JobStatus> = new Set(['completed', 'skipped', 'cancelled']);

function notOne(source: VendorSource): GexlakeError {
  const text = formatVendorSource(source);
  return new GexlakeError('SOURCE_NOT_ALLOWED', `${text} is a bundle of files, and no file itself`, {
    hint: `Import it with: gexlake import ${text}.`,
  });
}

function ofAnother(ticker: string, found: string | null): GexlakeError {
  const of = found === null ? 'holds nothing that is named like history' : `is of ${found}`;
  return new GexlakeError('VENDOR_ANSWER', `the bundle that GEXBot gave for ${ticker} ${of}`, {
    hint: 'Ask again later; if it stays so, ask the vendor.',
  });
}
