import { GexlakeError } from '../core/errors.ts';
import type { GovernContext } from '../maintenance/maintenance.ts';
import { formatVerifier, generateSigner, verifierOf, type Signer } from '../tlog/tlog.ts';
import {
  heldKey,
  keyFileError,
  keyPath,
  lostHint,
  mustBeOutside,
  nextPath,
  placeNext,
  readSignerFile,
  writeNext,
  type KeyPlace,
} from './key-file.ts';
import { stateSuccession, type KeyHistory } from '../journal/journal.ts';
import { readKeys } from './keys.ts';

export type KeyReport = {
  readonly origin: string | null;
  /** The public key that the journal names, as `name+hash+base64`; null where it names none. */
  readonly key: string | null;
  /** Where the private key is looked for, and whether it is there. */
  readonly file: string | null;
  readonly is_here: boolean;
  /** All keys that the journal has named, with the entry that did, and whether the key before has signed that. */
  readonly keys: readonly { readonly key: string; readonly entry: number; readonly is_signed: boolean | null }[];
};

/** The keys of the journal, and whether the private one is here. Changes nothing. */
export async function showKey(context: GovernContext, place: KeyPlace): Promise<KeyReport> {
  const origin = await context.log.whole.tree.origin();
  if (origin === null) return { origin, key: null, file: null, is_here: false, keys: [] };
  const { current, keys } = await readKeys(context, origin);
  const held = await heldKey(context, place);
  const is_here = held !== null && formatVerifier(verifierOf(held.signer)) === current?.text;
  return {
    origin,
    key: current?.text ?? null,
    file: is_here ? held.path : keyPath(place, origin),
    is_here,
    keys: keys.map(({ text, seq, isSigned }) => ({ key: text, entry: seq, is_signed: isSigned })),
  };
}

/** Makes the first key of a journal. @throws LOG_KEY_INVALID where it has one */
export async function newKey(context: GovernContext, place: KeyPlace): Promise<KeyReport> {
  const { path, origin, keys } = await opened(context, place);
  const there = await readSignerFile(path, context.folder.root);
  if (keys.current !== null) {
    const held = await heldKey(context, place);
    const isHere = held !== null && formatVerifier(verifierOf(held.signer)) === keys.current.text;
    const what = `is not needed: the journal names the key ${keys.current.text} already`;
    throw keyFileError(path, what, isHere ? '`gexlake log key rotate` makes another one in its place.' : lostHint);
  }
  if (there !== null && there.name !== origin)
    throw keyFileError(path, `is of another journal, ${there.name}`, 'Name another file by GEXLAKE_LOG_KEY_FILE.');
  // One that was made by a command that was killed, or elsewhere, is as good.
  const signer = there ?? generateSigner(origin);
  if (there === null) await writeNext(path, signer);
  await announce(context, signer, { what: 'key named', statement: null });
  if (there === null) await placeNext(path, signer, context.folder.root);
  return showKey(context, place);
}

/** Makes a key in the place of the one that the journal names, which signs that. @throws LOG_KEY_INVALID where that is not here */
export async function rotateKey(context: GovernContext, place: KeyPlace): Promise<KeyReport> {
  const { path, origin, keys } = await opened(context, place);
  const old = (await heldKey(context, place))?.signer ?? null;
  if (keys.current === null || old === null || formatVerifier(verifierOf(old)) !== keys.current.text)
    throw keyFileError(
      path,
      keys.current === null
        ? 'cannot be rotated: the journal names no key yet'
        : `is not the key ${keys.current.text}, which the journal names`,
      keys.current === null ? '`gexlake log key new` makes the first one.' : lostHint,
    );
  const signer = generateSigner(origin);
  await writeNext(path, signer);
  const statement = stateSuccession(origin, formatVerifier(verifierOf(signer)), old);
  await announce(context, signer, { what: 'key rotated', statement });
  await placeNext(path, signer, context.folder.root);
  return showKey(context, place);
}

async function announce(
  { log, actor }: GovernContext,
  signer: Signer,
  { what, statement }: { readonly what: string; readonly statement: string | null },
): Promise<void> {
  const verifier = formatVerifier(verifierOf(signer));
  await log.whole.announce('log key', { what: [what], actor, key: { verifier, statement } });
}

/** Ends what a command has left that was killed between the entry and the file. */
async function opened(
  context: GovernContext,
  place: KeyPlace,
): Promise<{ readonly path: string; readonly origin: string; readonly keys: KeyHistory }> {
  await context.log.whole.prepare();
  const origin = await context.log.whole.tree.origin();
  if (origin === null) throw new GexlakeError('LOG_KEY_INVALID', 'there is no journal to make a key for');
  const path = keyPath(place, origin);
  mustBeOutside(path, context.folder.root);
  const keys = await readKeys(context, origin);
  const current = keys.current?.verifier ?? null;
  const left = current === null ? null : await readSignerFile(nextPath(path, current), context.folder.root);
  if (left !== null) await placeNext(path, left, context.folder.root);
  return { path, origin, keys };
}
