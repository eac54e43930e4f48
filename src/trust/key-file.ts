import { dirname, join } from 'node:path';
import { GexlakeError } from '../core/errors.ts';
import { exists, modeOf, readText } from '../platform/files.ts';
import { makeFolder, syncFolder } from '../platform/folders.ts';
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

/** A key that has been made, and may not be in the journal yet. */
export function nextPath(path: string): string {
  return `${path}.next`;
}

/** Who else may read or write a file: its group, and others. */
const othersMode = 0o077;

/** @throws LOG_KEY_INVALID for a file that others may read, that lies in the data folder, or that has no key */
export async function readSignerFile(path: string, dataFolder: string): Promise<Signer | null> {
  if (!(await exists(path))) return null;
  mustBeOutside(path, dataFolder);
  const mode = await modeOf(path);
  if ((mode & othersMode) !== 0)
    throw keyFileError(
      path,
      `has mode ${(mode & 0o777).toString(8)}: others can read it`,
      `\`chmod 600 ${path}\`; if somebody may have read it, \`gexlake log key rotate\`.`,
    );
  return parseSigner(((await readText(path)) ?? '').trim());
}

/** @throws LOG_KEY_INVALID: whoever may change the data could sign it, too, and a backup of the folder would have the key */
export function mustBeOutside(path: string, dataFolder: string): void {
  if (!path.startsWith(`${dataFolder}/`)) return;
  throw keyFileError(path, 'lies in the data folder', 'Move it elsewhere, and name it by GEXLAKE_LOG_KEY_FILE.');
}

/** Writes a new private key beside the place where it will be; nobody uses it there yet. */
export async function writeNext(path: string, signer: Signer): Promise<void> {
  await makeFolder('key:write', dirname(path));
  await remove('key:write', nextPath(path));
  const steps = { write: 'key:write', readOnly: null, sync: 'key:write' } as const;
  await writeSmall(steps, nextPath(path), Buffer.from(`${formatSigner(signer)}\n`));
}

/** Puts it in its place. A crash before this leaves a key that {@link currentSigner} finds by what the journal says. */
export async function placeNext(path: string): Promise<void> {
  await moveInto('key:write', nextPath(path), path);
  await syncFolder('key:write', dirname(path));
}

/** The private key that is here, if it is of this journal: the one that signs, or one that the journal does not name. @throws LOG_KEY_INVALID */
export async function heldSigner(context: GovernContext, place: KeyPlace): Promise<Signer | null> {
  const origin = await context.log.whole.tree.origin();
  if (origin === null) return null;
  const path = keyPath(place, origin);
  const { root } = context.folder;
  const next = await readSignerFile(nextPath(path), root);
  if (next !== null) {
    const { current } = await readKeys(context, origin);
    if (current?.text === formatVerifier(verifierOf(next))) return next;
  }
  const signer = await readSignerFile(path, root);
  return signer?.name === origin ? signer : null;
}

/**
 * The key that signs this journal's checkpoints; null where it is not here, or where the journal names none. Signed by another one, a
 * checkpoint would be worth nothing, and it takes the place of one that was signed well.
 * @throws LOG_KEY_INVALID for a key that the journal does not name
 */
export async function currentSigner(context: GovernContext, place: KeyPlace): Promise<Signer | null> {
  const signer = await heldSigner(context, place);
  if (signer === null) return null;
  const verifier = verifierOf(signer);
  // Who has signed the last checkpoint is known without reading all entries.
  const last = (await context.log.whole.tree.kept())?.text ?? null;
  if (last !== null && isSignedByOne(last, verifier)) return signer;
  const { current } = await readKeys(context, signer.name);
  if (current === null || current.text === formatVerifier(verifier)) return current === null ? null : signer;
  throw keyFileError(
    keyPath(place, signer.name),
    `is not the key ${current.text}, which the journal names`,
    'Put that key there. Where it is lost, `gexlake log restart` begins a journal that names none yet.',
  );
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
  await placeNext(path);
  return signer;
}
