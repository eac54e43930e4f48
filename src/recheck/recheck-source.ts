import { join } from 'node:path';
import { newJobId } from '../core/ids.ts';
import type { Recheck } from '../core/job.ts';
import { GexlakeError } from '../core/errors.ts';
import type { LoadedSource, SourceBytes } from '../core/journey.ts';
import { identifySource, type Identity, type SourceFlags } from '../core/names.ts';
import { resultOf, type RecheckResult, type RecheckSummary } from '../core/recheck.ts';
import { redactUrl } from '../core/redact.ts';
import { isVendorSource } from '../core/vendor-form.ts';
import { formatVendorSource, type VendorFile, type VendorSource } from '../core/vendor-source.ts';
import { inMemory, withDatabase } from '../db/db.ts';
import type { Compared } from '../joblog/joblog.ts';
import { checkShape, loadSource } from '../load/load.ts';
import { withPrivateFolder, type GovernContext } from '../maintenance/maintenance.ts';
import { exists } from '../platform/files.ts';
import { makeFolder } from '../platform/folders.ts';
import { restatement } from '../publish/publish.ts';
import { allowSource, isUnchanged, openSource, remoteFacts, type SourcePolicy } from '../source/source.ts';
import { keepInInbox, receiveSource, type PrivateSource } from '../staging/staging.ts';
import type { Vendor } from '../vendor/vendor.ts';

export type AskedRecheck = { readonly source: string; readonly flags: SourceFlags };

/** What looking at a source needs besides the data folder: which bytes may be fetched. */
type RecheckShop = {
  readonly policy: SourcePolicy;
  readonly vendor: Vendor;
  readonly signal?: AbortSignal | undefined;
};

/** A row of the log, and by what it was decided: what the server said of the file, its bytes, or its rows. */
export type RecheckReport = ListedRecheck & { readonly decided_by: 'head' | 'bytes' | 'rows' };

/** What a look has shown, before it is written down. */
type Seen = Pick<Recheck, 'job_id' | 'session_date' | 'checksum' | 'kept_path' | 'summary'> & {
  readonly result: RecheckResult;
  readonly decided_by: RecheckReport['decided_by'];
};

/** A row of the log, and whether the bytes are still kept. */
export type ListedRecheck = Recheck & { readonly kept: boolean };

type Looking = {
  readonly context: GovernContext;
  readonly shop: RecheckShop;
  readonly id: string;
  readonly source: string;
  readonly identity: Identity;
  readonly privateFolder: string;
};

/**
 * Looks at a source again and says how it differs from what is published of its sessions; notes that in the log and publishes nothing. What
 * differs is kept in the inbox, for a correction to take.
 */
export async function recheckSource(
  context: GovernContext,
  shop: RecheckShop,
  { source, flags }: AskedRecheck,
): Promise<RecheckReport> {
  const identity = identifySource(source, flags);
  const id = newJobId(context.clock.now_ms());
  const { decided_by, ...seen } = await withPrivateFolder(context, (privateFolder) =>
    look({ context, shop, id, source, identity, privateFolder }),
  );
  const row = await context.log.rechecks.note({
    id,
    actor: context.actor,
    source: redactUrl(source),
    ticker: identity.ticker,
    endpoint: identity.endpoint.name,
    ...seen,
  });
  return {
    ...row,
    decided_by,
    kept: row.kept_path !== null && (await exists(join(context.folder.root, row.kept_path))),
  };
}

/** Whether the bytes that differed are still there. */
async function isKept({ folder }: Pick<GovernContext, 'folder'>, { kept_path }: Recheck): Promise<boolean> {
  return kept_path !== null && exists(join(folder.root, kept_path));
}

/** What was looked at again, newest first, and whether its bytes are still kept. */
export async function listRechecks(
  context: Pick<GovernContext, 'folder' | 'log'>,
  limit: number,
): Promise<ListedRecheck[]> {
  const listed: ListedRecheck[] = [];
  for (const row of await context.log.rechecks.list(limit))
    listed.push(Object.assign({}, row, { kept: await isKept(context, row) }));
  return listed;
}

async function look(looking: Looking): Promise<Seen> {
  const { context, id, identity, privateFolder } = looking;
  const { sessionDate } = identity;
  const known = sessionDate === null ? null : await publisherOf(looking, [sessionDate]);
  const url = known?.isLatest === true ? await addressToAsk(looking, known) : null;
  if (known !== null && url !== null && (await isUnchangedAt(url, looking, known)))
    return { ...nothingKept(known, sessionDate), checksum: known.job.checksum, result: 'same', decided_by: 'head' };
  const { limits, clock } = context;
  const workFolder = join(privateFolder, 'received');
  const opened = open(looking, url);
  const received = await receiveSource(opened, { workFolder, jobId: id, limits, look: checkShape });
  const { checksum } = received;
  if (known !== null && isOf(known, checksum))
    return { ...nothingKept(known, sessionDate), checksum, result: 'same', decided_by: 'bytes' };
  const loaded = await load(looking, received);
  const published = known ?? (await publisherOf(looking, loaded.sessionDates));
  const session_date = sessionDate ?? (loaded.sessionDates.length === 1 ? (loaded.sessionDates[0] ?? null) : null);
  if (published !== null && isOf(published, checksum))
    return { ...nothingKept(published, session_date), checksum, result: 'same', decided_by: 'bytes' };
  const { result, summary } = await compare(looking, loaded);
  // Its bytes were imported, and after all that has happened since its rows are what is published.
  if (result === 'equal' && published?.job.checksum === checksum)
    return { ...nothingKept(published, session_date), checksum, result: 'same', decided_by: 'rows' };
  const isOther = result === 'restated' || result === 'longer';
  const kept_path = isOther
    ? await keepInInbox(received, { folder: context.folder, limits, now_ms: clock.now_ms(), id })
    : null;
  const job_id = result === 'new' ? null : (published?.job.id ?? null);
  return { job_id, session_date, checksum, kept_path, summary, result, decided_by: 'rows' };
}

/** Whether these bytes are what is published: those of the job that was the last to change anything. */
function isOf({ job, isLatest }: Compared, checksum: string): boolean {
  return isLatest && job.checksum === checksum;
}

function nothingKept({ job }: Compared, session_date: string | null) {
  return { job_id: job.id, session_date, kept_path: null, summary: null };
}

function publisherOf({ context, identity }: Looking, sessionDates: readonly string[]): Promise<Compared | null> {
  const { ticker, endpoint } = identity;
  return context.log.rechecks.publisherOf({ ticker, endpoint: endpoint.name }, sessionDates);
}

/** Where a server can be asked what it has; null where what it said when the job had it could not be compared with that. */
async function addressToAsk({ shop, source }: Looking, { receipts }: Compared): Promise<URL | null> {
  const allowed = allowSource(source, shop.policy);
  if (allowed.kind === 'local' || (receipts.at(-1)?.etag ?? null) === null) return null;
  return allowed.kind === 'vendor' ? shop.vendor.link(fileOf(allowed.source)) : allowed.url;
}

/** Whether the server still has the very file that the job was given, as far as it says so itself. */
async function isUnchangedAt(url: URL, { context, shop, source }: Looking, { receipts }: Compared): Promise<boolean> {
  const { policy, signal, vendor } = shop;
  const then = receipts.at(-1);
  const asking = { policy: isVendorSource(source) ? vendor.policy : policy, limits: context.limits, signal };
  const now = await remoteFacts(url, asking);
  return now !== null && then !== undefined && isUnchanged(now, then);
}

/** Of the vendor it is the file that can be had now, whatever lies here of it already; a link that was signed for asking will do. */
function open({ context, shop, source }: Looking, link: URL | null): SourceBytes {
  const { limits, clock } = context;
  const { policy, signal, vendor } = shop;
  const allowed = allowSource(source, policy);
  if (allowed.kind !== 'vendor') return openSource(source, { policy, limits, clock, signal });
  return vendor.open(fileOf(allowed.source), link);
}

function fileOf(source: VendorSource): VendorFile {
  if (source.kind !== 'bundle') return source;
  throw new GexlakeError(
    'SOURCE_NOT_ALLOWED',
    `${formatVendorSource(source)} is a bundle of files, and no file itself`,
    {
      hint: 'Recheck its files one by one: gexbot:hist/<ticker>/<package>/<category>/<date>.',
    },
  );
}

async function load({ context, identity, privateFolder }: Looking, received: PrivateSource): Promise<LoadedSource> {
  const folder = join(privateFolder, 'loaded');
  await makeFolder('load:folder', folder);
  const { path, name, checksum } = received;
  return loadSource({
    path,
    name,
    checksum,
    expected: identity,
    folder,
    now_ms: context.clock.now_ms(),
    threads: context.engine.threads,
    alreadyLive: new Set(),
  });
}

async function compare(
  { context, identity, privateFolder }: Looking,
  { files, sessionDates }: LoadedSource,
): Promise<{ readonly result: RecheckResult; readonly summary: RecheckSummary }> {
  const { log, store, engine } = context;
  const [ticker, endpoint] = [identity.ticker, identity.endpoint.name];
  const all = await log.files.ofBlocks({ ticker, endpoint, sessionDates });
  const live = all.filter(({ state }) => state === 'live');
  const options = { ...engine, spillFolder: join(privateFolder, 'spill') };
  const { behind, ...summary } = await withDatabase(inMemory, options, (database) =>
    restatement({ database, store, endpoint, sessionDates, live, found: files }),
  );
  return { result: resultOf(summary.seconds, behind), summary };
}
