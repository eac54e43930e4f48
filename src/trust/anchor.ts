import { createHash, randomBytes } from 'node:crypto';
import { basename, dirname } from 'node:path';
import { GexlakeError } from '../core/errors.ts';
import { redactUrl } from '../core/redact.ts';
import { anchoredEnding, type KeptCheckpoint } from '../journal/journal.ts';
import type { GovernContext } from '../maintenance/maintenance.ts';
import { mustBeOutside } from '../pipeline/pipeline.ts';
import { placeWhole } from '../platform/append-file.ts';
import { readBytes } from '../platform/files.ts';
import { postOutside, type SourcePolicy } from '../source/source.ts';
import { sameHash, type Signer, type Verifier } from '../tlog/tlog.ts';
import { askWitness } from './ask-witness.ts';
import { checkpointOf } from './read-checkpoint.ts';
import { refused } from './refused.ts';
import { readTimeStamp, timeStampRequest } from './timestamp.ts';

/** Who gets the checkpoint. `key` is that of the witness, where its cosignature is to be checked. */
export type Anchoring =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'rfc3161'; readonly url: string }
  | { readonly kind: 'witness'; readonly url: string; readonly key: Verifier | null };

export type AnchorReport = {
  readonly origin: string;
  readonly size: number;
  /** Base64. */
  readonly root: string;
  /** Who got it: a path or an address, without its query. */
  readonly to: string;
  /** What they gave for it, in the journal's folder; for a file the checkpoint itself. */
  readonly kept: string;
  /** When they say that they had it; null for a file. */
  readonly at: string | null;
  /** What nobody has checked of what they gave, in words; null where there is nothing. */
  readonly unchecked: string | null;
};

export type AnchorOptions = { readonly policy: SourcePolicy; readonly signers: readonly Signer[] };

/** The time that somebody outside has for an answer. */
const answer_ms = 30_000;

/**
 * Takes the root of the journal off the machine, and nothing else: what was there by then cannot be changed unseen any more. The checkpoint is
 * kept beside the entries, with what was given for it, and an entry notes it.
 * @throws ANCHOR_REFUSED, LOG_ROLLED_BACK, LOG_FORKED, SOURCE_NOT_ALLOWED, DOWNLOAD_…
 */
export async function anchorLog(
  context: GovernContext,
  to: Anchoring,
  { policy, signers }: AnchorOptions,
): Promise<AnchorReport> {
  const { tree } = context.log.whole;
  // In the data folder it would go with all that it is to protect.
  if (to.kind === 'file') await mustBeOutside(context.folder, to.path, '--file');
  await tree.check();
  const checkpoint = await tree.keep(signers);
  if (checkpoint === null)
    throw new GexlakeError('CHECKPOINT_INVALID', `there is no journal in ${context.folder.journal}`, {
      hint: 'Import something first.',
    });
  const given = await giveTo(context, to, { policy, checkpoint });
  const name = nameOf(checkpoint);
  const own = await tree.keepAnchor(`${name}${anchoredEnding}`, Buffer.from(checkpoint.text));
  const kept = given.bytes === null ? own : await tree.keepAnchor(`${name}${given.ending}`, given.bytes);
  const root = Buffer.from(checkpoint.root).toString('base64');
  const shown = to.kind === 'file' ? to.path : redactUrl(to.url);
  const sha256 = createHash('sha256')
    .update(given.bytes ?? checkpoint.text)
    .digest('hex');
  const anchor = { to: shown, size: checkpoint.size, root, file: kept, sha256 };
  await context.log.whole.announce('anchor', { what: ['anchored'], actor: context.actor, anchor });
  return {
    origin: checkpoint.origin,
    size: checkpoint.size,
    root,
    to: shown,
    kept: `log/${kept}`,
    at: given.at,
    unchecked: uncheckedOf(to),
  };
}

function uncheckedOf(to: Anchoring): string | null {
  if (to.kind === 'witness' && to.key === null) return 'the signature of the witness: no key was given (--witness-key)';
  return to.kind === 'rfc3161' ? 'the signature of the authority: `openssl ts -verify` does that' : null;
}

/** What somebody gave for a checkpoint, the ending of its file, and when they had it. */
type Given = { readonly bytes: Buffer | null; readonly ending: string; readonly at: string | null };

async function giveTo(
  context: GovernContext,
  to: Anchoring,
  { policy, checkpoint }: { readonly policy: SourcePolicy; readonly checkpoint: KeptCheckpoint },
): Promise<Given> {
  if (to.kind === 'file') {
    await writeTo(context, to.path, checkpoint);
    return { bytes: null, ending: '', at: null };
  }
  if (to.kind === 'rfc3161') return stampBy(to.url, checkpoint, policy);
  const post = (body: string, url: string) =>
    postOutside(
      { url, body: Buffer.from(body), headers: { 'content-type': 'text/plain' }, timeout_ms: answer_ms },
      policy,
    );
  const { lines, at } = await askWitness({ tree: context.log.whole.tree, checkpoint, to, post });
  return { bytes: Buffer.from(lines), ending: `-${shortHash(to.url)}.cosigned`, at };
}

/** The file may hold an older checkpoint of this journal, and nothing else. */
async function writeTo({ log }: GovernContext, path: string, checkpoint: KeptCheckpoint): Promise<void> {
  const there = await readBytes(path);
  if (there !== null) {
    const older = checkpointOf(path, there);
    const isOurs = older.origin === checkpoint.origin && older.size <= checkpoint.size;
    if (!isOurs || !sameHash(await log.whole.tree.rootAt(older.size), older.root))
      throw new GexlakeError(
        isOurs || older.origin !== checkpoint.origin ? 'LOG_FORKED' : 'LOG_ROLLED_BACK',
        `${path} has a checkpoint of ${older.origin} with ${older.size} entries, which is not of the beginning of this journal`,
        {
          details: { path },
          hint: '`gexlake log verify --checkpoint` with this file says more. Give another file, to keep both.',
        },
      );
  }
  await placeWhole('journal:checkpoint', dirname(path), {
    blocks: [Buffer.from(checkpoint.text)],
    name: () => basename(path),
  });
}

async function stampBy(url: string, { text }: KeptCheckpoint, policy: SourcePolicy): Promise<Given> {
  const request = timeStampRequest(Buffer.from(text), randomBytes(8));
  const headers = { 'content-type': 'application/timestamp-query', accept: 'application/timestamp-reply' };
  const { status, bytes } = await postOutside({ url, body: request.bytes, headers, timeout_ms: answer_ms }, policy);
  if (status !== 200) throw refused(url, `answered with status ${status}`);
  const stamp = readTimeStamp(bytes, request);
  if ('problem' in stamp) throw refused(url, `gave an answer that does not count: ${stamp.problem}`);
  return { bytes, ending: `-${shortHash(url)}.tsr`, at: stamp.at };
}

function nameOf({ size, text }: KeptCheckpoint): string {
  return `${size}-${shortHash(text)}`;
}

function shortHash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 8);
}
