import { basename, dirname, join } from 'node:path';
import { GexlakeError } from '../core/errors.ts';
import { exists, kindOf, modeOf, readText } from '../platform/files.ts';
import { makeFolder, syncFolder } from '../platform/folders.ts';
import { listNames } from '../platform/listing.ts';
import { moveInto, remove, writeSmall } from '../platform/work-files.ts';
import {
  checkNote,
  formatSigner,
  formatVerifier,
  generateSigner,
  parseNote,
  parseSigner,
  verifierOf,
  type Signer,
  type Verifier,
} from '../tlog/tlog.ts';
import { readKeys } from './keys.ts';
import type { GovernContext } from '../maintenance/maintenance.ts';

/** Where private keys lie: in a file that a setting names, or in the user's own folder under the journal's name. */
export type KeyPlace = { readonly file: string | null; readonly folder: string };

export function keyPath({ file, folder }: KeyPlace, origin: string): string {
  return file ?? join(folder, origin);
}

/**
 * Where a key stays that another has taken the place of. Copies of a folder have the same journal's name and keys of their own: none of them takes
 * another one's away.
 */
function keptPath(path: string, { keyId }: Pick<Verifier, 'keyId'>): string {
  return `${path}.${keyId}`;
}

/** A key that has been made, and may not be in the journal yet. */
export function nextPath(path: string, key: Pick<Verifier, 'keyId'>): string {
  return `${keptPath(path, key)}.next`;
}

/** Whether a command may have been killed between an entry that names a key and the key's place. */
async function hasNext(path: string): Promise<boolean> {
  const folder = dirname(path);
  const names = (await exists(folder)) ? await listNames(folder) : [];
  return names.some((name) => name.startsWith(`${basename(path)}.`) && name.endsWith('.next'));
}

/** What helps where the key that the journal names is not here. */
export const lostHint =
  'Put that key there. Where it is lost, `gexlake log restart` begins a journal that names none yet.';

/** Who else may read or write a file: its group, and others. */
const othersMode = 0o077;

/** @throws LOG_KEY_INVALID for a file that others may read, that lies in the data folder, or that has no key */
export async function readSignerFile(path: string, dataFolder: string): Promise<Signer | null> {
  if (!(await exists(path))) return null;
  mustBeOutside(path, dataFolder);
  if ((await kindOf(path)) !== 'file') throw keyFileError(path, 'is no file', 'Name a file by GEXLAKE_LOG_KEY_FILE.');
  const mode = await modeOf(path);
  if ((mode & othersMode) !== 0)
    throw keyFileError(
      path,
      `has mode ${(mode & 0o777).toString(8)}: others can read it`,
      `\`chmod 600 ${path}\`; if somebody may have read it, \`gexlake log key rotate\`.`,
    );
  try {
    return parseSigner(((await readText(path)) ?? '').trim());
  } catch (error) {
    if (!(error instanceof GexlakeError)) throw error;
    throw keyFileError(path, `has no key: ${error.message}`, error.hint ?? 'Copy the whole line again.');
  }
}

/** @throws LOG_KEY_INVALID: whoever may change the data could sign it, too, and a backup of the folder would have the key */
export function mustBeOutside(path: string, dataFolder: string): void {
  if (!path.startsWith(`${dataFolder}/`)) return;
  throw keyFileError(path, 'lies in the data folder', 'Move it elsewhere, and name it by GEXLAKE_LOG_KEY_FILE.');
}

/** Writes a new private key beside the place where it will be; nobody uses it before the journal names it. */
export async function writeNext(path: string, signer: Signer): Promise<void> {
  await makeFolder('key:write', dirname(path));
  await writeKey(nextPath(path, signer), signer);
}

/** Puts it where a key is looked for first; the one that was there stays beside it. A crash before this leaves a key that {@link heldKey} finds. */
export async function placeNext(path: string, key: Pick<Verifier, 'keyId'>, dataFolder: string): Promise<void> {
  const there = await readSignerFile(path, dataFolder);
  if (there !== null) await keepBeside(keptPath(path, there), there);
  await moveInto('key:write', nextPath(path, key), path);
  await syncFolder('key:write', dirname(path));
}

/** What is kept is never replaced: it is the same key. */
async function keepBeside(kept: string, signer: Signer): Promise<void> {
  if (await exists(kept)) return;
  const copy = `${kept}.copy`;
  await remove('key:write', copy);
  await writeKey(copy, signer);
  await moveInto('key:write', copy, kept);
}

async function writeKey(path: string, signer: Signer): Promise<void> {
  const steps = { write: 'key:write', readOnly: null, sync: 'key:write' } as const;
  await writeSmall(steps, path, Buffer.from(`${formatSigner(signer)}\n`));
}

/** A private key, and the file that has it. */
type HeldKey = { readonly signer: Signer; readonly path: string };

/** The private key that is here, if it is of this journal: the one that the journal names, else any. @throws LOG_KEY_INVALID */
export async function heldKey(context: GovernContext, place: KeyPlace): Promise<HeldKey | null> {
  const { tree } = context.log.whole;
  const origin = await tree.origin();
  if (origin === null) return null;
  const path = keyPath(place, origin);
  const { root } = context.folder;
  const first = await readSignerFile(path, root);
  const held = first?.name === origin ? { signer: first, path } : null;
  // Who has signed the last checkpoint is known without reading all entries.
  const last = (await tree.kept())?.text ?? null;
  const hasSigned = held !== null && last !== null && isSignedByOne(last, verifierOf(held.signer));
  if (hasSigned && !(await hasNext(path))) return held;
  const { current } = await readKeys(context, origin);
  if (current === null) return held;
  for (const other of [nextPath(path, current.verifier), keptPath(path, current.verifier)]) {
    const signer = await readSignerFile(other, root);
    if (signer !== null && formatVerifier(verifierOf(signer)) === current.text) return { signer, path: other };
  }
  return held;
}

/**
 * The key that signs this journal's checkpoints; null where it is not here, or where the journal names none. Signed by another one, a
 * checkpoint would be worth nothing, and it takes the place of one that was signed well.
 * @throws LOG_KEY_INVALID for a key that the journal does not name
 */
export async function currentSigner(context: GovernContext, place: KeyPlace): Promise<Signer | null> {
  const held = await heldKey(context, place);
  if (held === null) return null;
  const { signer, path } = held;
  const verifier = verifierOf(signer);
  const last = (await context.log.whole.tree.kept())?.text ?? null;
  if (last !== null && isSignedByOne(last, verifier)) return signer;
  const { current } = await readKeys(context, signer.name);
  if (current === null || current.text === formatVerifier(verifier)) return current === null ? null : signer;
  throw keyFileError(path, `is not the key ${current.text}, which the journal names`, lostHint);
}

function isSignedByOne(checkpoint: string, verifier: Verifier): boolean {
  try {
    checkNote(parseNote(checkpoint), [verifier]);
    return true;
  } catch (error) {
    if (error instanceof GexlakeError) return false;
    throw error;
  }
}

export function keyFileError(path: string, problem: string, hint: string): GexlakeError {
  return new GexlakeError('LOG_KEY_INVALID', `the key file ${path} ${problem}`, { details: { path }, hint });
}

/** Makes the private key of a witness in a file of its own. @throws LOG_KEY_INVALID where there is one */
export async function makeWitnessKey(path: string, name: string, dataFolder: string): Promise<Signer> {
  mustBeOutside(path, dataFolder);
  if (await exists(path))
    throw keyFileError(path, 'is there already', 'Move it away first, if it is not needed any more.');
  const signer = generateSigner(name);
  await writeNext(path, signer);
  await placeNext(path, signer, dataFolder);
  return signer;
}
