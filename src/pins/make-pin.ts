import { dirname, join } from 'node:path';
import type { AsOfBasis } from '../core/as-of.ts';
import { GexlakeError } from '../core/errors.ts';
import type { ParquetFile } from '../core/job.ts';
import { pinPath } from '../core/kept-places.ts';
import { manifestText, parsePinName, pinId, pinManifestName, type PinManifest } from '../core/pin.ts';
import { makePlan, mustBePlan, type PlannedAction } from '../core/plan.ts';
import type { StoredPath } from '../core/stored-path.ts';
import { withPrivateFolder, type Ask, type GovernContext, type PlanReport } from '../maintenance/maintenance.ts';
import { hashFile } from '../platform/checksum.ts';
import { probeDisk } from '../platform/disk.ts';
import { exists } from '../platform/files.ts';
import { makeFolder, syncFolder } from '../platform/folders.ts';
import { writeSmall } from '../platform/work-files.ts';
import { placerOf, type PlacedVersion } from '../publish/publish.ts';
import { problemsOf, readPin, type Pin } from './read-pins.ts';

/** What is asked for: what counted at a time, of all tickers and endpoints or of one. */
export type AskedPin = {
  readonly name: string;
  readonly at: string;
  readonly ticker: string | null;
  readonly endpoint: string | null;
};

export type PinAction = PlannedAction & { readonly action: 'link' | 'copy' };

export type PinReport = PlanReport<PinAction> & {
  readonly name: string;
  readonly as_of: string;
  readonly basis: AsOfBasis;
  /** The SHA-256 of the manifest. */
  readonly pin_id: string;
};

/** What the plan needs besides itself to be done. */
type Draft = { readonly manifest: PinManifest; readonly text: string; readonly placed: readonly PlacedVersion[] };

const steps = { write: 'pin:write', readOnly: 'pin:write', sync: 'pin:write' } as const;

/**
 * Pins what counted at a time under a name: names of its files below `pins/`, as hard links where the disk has them. Where it has not, the
 * files are copied, and that is done only if `ask` says so.
 * @throws AS_OF_UNKNOWN, FILE_SYSTEM where bytes are gone, PIN_INVALID, FILE_EXISTS where another pin has the name
 */
export async function makePin(context: GovernContext, asked: AskedPin, ask: Ask): Promise<PinReport> {
  const path = pinPath(parsePinName(asked.name));
  const draft = await draftOf(context, asked);
  const { as_of, basis } = draft.manifest;
  const pin_id = pinId(draft.text);
  const isThere = await isPinned(context, asked.name, pin_id);
  const copies = (await exists(context.folder.root)) && !(await probeDisk(context.folder.root)).links;
  const plan = makePlan(isThere ? [] : actionsOf(path, draft, copies));
  mustBePlan(plan, ask.expected);
  const applied = !isThere && (ask.apply || !copies);
  if (applied) await withPrivateFolder(context, (folder) => put(context, { path, draft, folder }));
  return { applied, plan_id: plan.id, plan: plan.actions, name: asked.name, as_of, basis, pin_id };
}

async function draftOf({ log, store, clock }: GovernContext, { at, ticker, endpoint }: AskedPin): Promise<Draft> {
  const now = new Date(clock.now_ms()).toISOString();
  const past = await log.files.asOf({ times: [at], now });
  const [known] = past.known;
  if (known === undefined) throw new Error('one time was asked for, and none answered');
  const isWanted = (file: ParquetFile) =>
    (ticker === null || file.ticker === ticker) && (endpoint === null || file.endpoint === endpoint);
  const wanted = known.files.filter(isWanted);
  if (wanted.length === 0) throw nothingToPin(at);
  const placed = await placerOf({ store, versions: past.versions, purged: past.purged })(wanted);
  const files = wanted.map(({ path, size_bytes, checksum, row_count, job_id }) => {
    return { path, size_bytes, sha256: checksum, rows: row_count, job_id };
  });
  const manifest = { format: 'gexlake pin 1', as_of: known.as_of, basis: known.basis, files } as const;
  return { manifest, text: manifestText(manifest), placed };
}

function nothingToPin(at: string): GexlakeError {
  return new GexlakeError('PIN_INVALID', `nothing of what is asked for counted at ${at}, so there is nothing to pin`, {
    hint: '`gexlake coverage` shows what is here; `gexlake jobs` since when.',
  });
}

/** Whether the very same is pinned under the name already. @throws FILE_EXISTS where it is another pin's */
async function isPinned(context: GovernContext, name: string, id: string): Promise<boolean> {
  const path = pinPath(name);
  if (!(await exists(join(context.folder.root, path)))) return false;
  const pin = await readPin(context, name);
  if (pin.pin_id === id) return mustBeWhole(context, pin);
  throw new GexlakeError('FILE_EXISTS', `${path} is there, and pins something else`, {
    details: { path },
    hint: 'A pin never changes. Take another name; `gexlake pin list` shows the pins.',
  });
}

/** @throws PIN_INVALID that names what is lost of it */
async function mustBeWhole(context: GovernContext, pin: Pin): Promise<true> {
  const problems = await problemsOf(context, { name: pin.name, pin });
  const [first] = problems;
  if (first === undefined) return true;
  const more = problems.length > 1 ? `, and ${problems.length - 1} more` : '';
  throw new GexlakeError('PIN_INVALID', `${pin.name} is there already, and damaged: ${first.message}${more}`, {
    details: { path: first.path },
    hint: first.hint,
  });
}

function actionsOf(pin: StoredPath, { manifest, placed }: Draft, copies: boolean): PinAction[] {
  return placed.map(({ file, path }) => ({
    action: copies ? 'copy' : 'link',
    path: `${pin}/${file.path}`,
    bytes: copies ? file.size_bytes : 0,
    rows: file.row_count,
    reversible: true,
    reason: `${path}, which counted at ${manifest.as_of}`,
  }));
}

type Putting = { readonly path: StoredPath; readonly draft: Draft; readonly folder: string };

/** The pin appears by one rename, after every byte of it was compared. */
async function put(context: GovernContext, { path, draft, folder }: Putting): Promise<void> {
  const { store, onProgress } = context;
  const { text, placed } = draft;
  const made = join(folder, 'pin');
  const folders = new Set<string>([made]);
  await makeFolder('pin:folder', made);
  for (const [at, one] of placed.entries()) {
    onProgress('reading what is pinned', at, placed.length);
    const target = join(made, one.file.path);
    const parent = dirname(target);
    if (!folders.has(parent)) await makeFolder('pin:folder', parent);
    folders.add(parent);
    await store.get(one.path, target, { purpose: 'pin' });
    if ((await hashFile(target)) !== one.file.checksum) throw changedMeanwhile(one);
  }
  await writeSmall(steps, join(made, pinManifestName), Buffer.from(text));
  for (const one of folders) await syncFolder('pin:sync-folder', one);
  await store.putFolder(path, made, { purpose: 'pin' });
}

function changedMeanwhile({ path, file }: PlacedVersion): GexlakeError {
  return new GexlakeError(
    'FILE_CHANGED',
    `${path} does not have the bytes that the log knows, SHA-256 ${file.checksum}`,
    {
      details: { path, jobId: file.job_id },
      hint: 'Nothing was pinned. If a job has replaced it meanwhile, try again; else `gexlake verify` says what is wrong.',
    },
  );
}
