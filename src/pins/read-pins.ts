import { join } from 'node:path';
import type { AsOfBasis } from '../core/as-of.ts';
import { unlessDefect } from '../core/defects.ts';
import { GexlakeError } from '../core/errors.ts';
import { keptFolders, pinPath } from '../core/kept-places.ts';
import { parseManifest, pinId, pinManifestName, type PinManifest } from '../core/pin.ts';
import type { GovernContext } from '../maintenance/maintenance.ts';
import { exists, readText } from '../platform/files.ts';
import { listFolders } from '../platform/listing.ts';
import { inFolder } from '../core/stored-path.ts';
import { isStray } from '../core/strays.ts';

type Place = Pick<GovernContext, 'folder'>;

/** A pin as its manifest says it. */
export type Pin = { readonly name: string; readonly pin_id: string; readonly manifest: PinManifest };

/** A pin in numbers; without a manifest that can be read there are none. */
export type ListedPin = {
  readonly name: string;
  readonly as_of: string | null;
  readonly basis: AsOfBasis | null;
  readonly files: number;
  readonly rows: number;
  readonly bytes: number;
  readonly pin_id: string | null;
};

export type PinProblem = {
  readonly code: 'PIN_DAMAGED';
  readonly path: string;
  readonly message: string;
  readonly hint: string;
};

export type PinsReport = {
  readonly ok: boolean;
  readonly pins: readonly ListedPin[];
  readonly files: number;
  readonly bytes_read: number;
  readonly problems: readonly PinProblem[];
};

/** @throws PIN_INVALID where there is none, or it has no manifest that can be read */
export async function readPin({ folder }: Place, name: string): Promise<Pin> {
  const path = pinPath(name);
  if (!(await exists(join(folder.root, path)))) throw noSuchPin(name);
  const text = await readText(join(folder.root, path, pinManifestName)).catch(unlessDefect(null));
  const manifest = text === null ? null : parseManifest(text);
  if (text === null || manifest === null)
    throw invalid(`${path}/${pinManifestName} is ${text === null ? 'not there' : 'not as gexlake wrote it'}`);
  return { name, pin_id: pinId(text), manifest };
}

function noSuchPin(name: string): GexlakeError {
  return invalid(`no pin has the name ${name}`);
}

function invalid(what: string): GexlakeError {
  return new GexlakeError('PIN_INVALID', what, {
    hint: '`gexlake pin list` shows the pins. One that is damaged can be removed and made again.',
  });
}

/** A pin by its name; null where its manifest cannot be read. */
type Found = { readonly name: string; readonly pin: Pin | null };

async function findPins(place: Place): Promise<Found[]> {
  const names = await listFolders(join(place.folder.root, keptFolders.pins));
  const found: Found[] = [];
  for (const name of names.toSorted()) found.push({ name, pin: await readPin(place, name).catch(unlessDefect(null)) });
  return found;
}

/** All pins, by name. */
export async function listPins(place: Place): Promise<ListedPin[]> {
  return (await findPins(place)).map(inNumbers);
}

function inNumbers({ name, pin }: Found): ListedPin {
  if (pin === null) return { name, as_of: null, basis: null, files: 0, rows: 0, bytes: 0, pin_id: null };
  const { pin_id } = pin;
  const { as_of, basis, files } = pin.manifest;
  const rows = files.reduce((sum, file) => sum + file.rows, 0);
  const bytes = files.reduce((sum, file) => sum + file.size_bytes, 0);
  return { name, as_of, basis, files: files.length, rows, bytes, pin_id };
}

/** Compares every byte of pins with their manifests; those of all where no name is given. @throws PIN_INVALID for a name that none has */
export async function verifyPins(context: GovernContext, name: string | null): Promise<PinsReport> {
  const all = await findPins(context);
  const found = name === null ? all : all.filter((one) => one.name === name);
  if (name !== null && found.length === 0) throw noSuchPin(name);
  const problems: PinProblem[] = [];
  for (const one of found) problems.push(...(await problemsOf(context, one)));
  const pins = found.map(inNumbers);
  const files = pins.reduce((sum, pin) => sum + pin.files, 0);
  const bytes_read = pins.reduce((sum, pin) => sum + pin.bytes, 0);
  return { ok: problems.length === 0, pins, files, bytes_read, problems };
}

/** Compares every byte of a pin with its manifest. */
export async function problemsOf(
  { store, onProgress }: GovernContext,
  { name, pin }: Found,
): Promise<readonly PinProblem[]> {
  const root = pinPath(name);
  const damaged = (path: string, what: string): PinProblem => {
    return { code: 'PIN_DAMAGED', path, message: `${path} ${what}`, hint: damagedHint(root, pin) };
  };
  if (pin === null) return [damaged(inFolder(root, pinManifestName), 'is missing, or is not as gexlake wrote it')];
  const { files } = pin.manifest;
  const problems: PinProblem[] = [];
  for (const [at, { path, size_bytes, sha256 }] of files.entries()) {
    onProgress(`comparing ${name}`, at, files.length);
    const pinned = inFolder(root, path);
    const found = await store.matches(pinned, { size_bytes, checksum: sha256 });
    if (found.kind !== 'same') problems.push(damaged(pinned, found.kind === 'absent' ? 'is gone' : 'has other bytes'));
  }
  const known = new Set<string>([pinManifestName, ...files.map(({ path }) => path)].map((path) => `${root}/${path}`));
  for (const path of await store.list(root))
    if (!known.has(path) && !isStray(path)) problems.push(damaged(path, 'is not in the manifest'));
  return problems;
}

function damagedHint(root: string, pin: Pin | null): string {
  const again = pin === null ? 'pin again' : `\`gexlake pin ${pin.name} --as-of ${pin.manifest.as_of}\``;
  return `Move ${root} out of the data folder, then ${again}: the same id says that it is the same pin. \`gexlake verify\` says whether the bytes that it needs are still there.`;
}
