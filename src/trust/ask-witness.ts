import { GexlakeError } from '../core/errors.ts';
import type { JournalTree, KeptCheckpoint } from '../journal/journal.ts';
import { cosignedAt_s, parseNote, type Verifier } from '../tlog/tlog.ts';
import { refused } from './refused.ts';

export type Asking = {
  readonly tree: JournalTree;
  readonly checkpoint: KeptCheckpoint;
  readonly to: { readonly url: string; readonly key: Verifier | null };
  readonly post: (body: string, url: string) => Promise<{ readonly status: number; readonly bytes: Buffer }>;
};

/** The lines that a witness has signed a checkpoint with, and when, where its key is known. */
export type Cosigned = { readonly lines: string; readonly at: string | null };

/**
 * Gives a checkpoint to a witness (C2SP tlog-witness): it is asked what it has seen of this journal, by a first request that claims nothing
 * was, and gets the proof that this is the beginning of the new one.
 * @throws LOG_ROLLED_BACK where it has seen more, LOG_FORKED where it has seen something else, ANCHOR_REFUSED
 */
export async function askWitness({ tree, checkpoint, to, post }: Asking): Promise<Cosigned> {
  const url = `${to.url.replace(/\/$/, '')}/add-checkpoint`;
  let answer = await post(requestOf(0, [], checkpoint.text), url);
  if (answer.status === 409) {
    const seen = seenOf(answer.bytes, url);
    if (seen > checkpoint.size)
      throw contradiction(
        'LOG_ROLLED_BACK',
        url,
        `has seen ${seen} entries of this journal, which has ${checkpoint.size}`,
      );
    const from = { ...checkpoint, size: seen, root: await tree.rootAt(seen) };
    const proof = await tree.proveGrowth(from, checkpoint);
    answer = await post(requestOf(seen, proof, checkpoint.text), url);
    // It has seen as many entries, and refuses these: they are others.
    if (answer.status === 409 && seen === checkpoint.size && seenOf(answer.bytes, url) === seen)
      throw contradiction('LOG_FORKED', url, `has seen ${seen} other entries of this journal`);
  }
  if (answer.status === 422) throw contradiction('LOG_FORKED', url, 'has seen another beginning of this journal');
  const text = answer.bytes.toString('utf8');
  if (answer.status !== 200) throw refused(url, `answered with status ${answer.status}: ${plain(text)}`);
  return { lines: text, at: checked(text, { checkpoint, to, url }) };
}

function requestOf(old: number, proof: readonly Uint8Array[], checkpoint: string): string {
  const lines = proof.map((hash) => `${Buffer.from(hash).toString('base64')}\n`);
  return `old ${old}\n${lines.join('')}\n${checkpoint}`;
}

function seenOf(bytes: Buffer, url: string): number {
  const text = bytes.toString('utf8').trim();
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw refused(url, 'did not say what it has seen');
}

/** When the witness has signed it; null where no key says whose signature it must be. */
function checked(
  lines: string,
  { checkpoint, to, url }: { readonly url: string } & Pick<Asking, 'checkpoint' | 'to'>,
): string | null {
  try {
    parseNote(`${parseNote(checkpoint.text).text}\n${lines}`);
  } catch (error) {
    if (error instanceof GexlakeError) throw refused(url, 'answered with something else than signatures');
    throw error;
  }
  const { key } = to;
  if (key === null) return null;
  const times = lines.split(/(?<=\n)/).map((line) => cosignedAt_s(checkpoint.text, line, key));
  const at_s = times.find((time) => time !== null);
  if (at_s == null) throw refused(url, `did not sign with the key ${key.name}`);
  return new Date(at_s * 1000).toISOString();
}

/** The beginning of what a stranger says, as one line that does nothing to a terminal. */
function plain(text: string): string {
  return text
    .slice(0, 200)
    .replaceAll(/\p{C}+/gu, ' ')
    .trim();
}

function contradiction(code: 'LOG_ROLLED_BACK' | 'LOG_FORKED', url: string, what: string): GexlakeError {
  return new GexlakeError(code, `the witness ${url} ${what}`, {
    hint: 'Nothing was changed. Somebody may have put an older journal back, or another one in its place: keep everything as it is until you know.',
  });
}
