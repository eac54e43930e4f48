import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { unlessDefect } from '../core/defects.ts';
import { GexlakeError } from '../core/errors.ts';
import { keptFolders } from '../core/kept-places.ts';
import { noteOf, problem, type Note, type Problem, type ProblemCode } from '../core/problem.ts';
import { KeyHistory, type Entry, type KeptCheckpoint } from '../journal/journal.ts';
import type { GovernContext } from '../maintenance/maintenance.ts';
import { readBytes } from '../platform/files.ts';
import { checkNote, GrowingTree, parseNote, sameHash, type Hash, type Verifier } from '../tlog/tlog.ts';
import { journalNotes, journalProblems } from '../verify/verify.ts';
import { readCheckpoint } from './read-checkpoint.ts';
import { readVerifier } from './read-verifier.ts';

/** What a journal is held against besides its own files. */
export type AskedLog = {
  /** The path of an older checkpoint, which must be of its beginning. */
  readonly checkpoint: string | null;
  /** A key as `name+hash+base64`, or the path of a file with it, that checkpoints must be signed by, or by one that it has handed over to. */
  readonly key: string | null;
};

export type LogReport = {
  readonly ok: boolean;
  /** What the journal is called in checkpoints; null where there is none. */
  readonly origin: string | null;
  readonly entries: number;
  /** Rows that the entries have, each as often as it changed. */
  readonly rows: number;
  /** Base64. */
  readonly root: string | null;
  /** Of the checkpoint that is kept: how many entries it is of, and the keys that have signed it. */
  readonly checkpoint: { readonly size: number; readonly signed_by: readonly string[] } | null;
  /** How many checkpoints were given to somebody outside, each of which is held against the entries, too. */
  readonly anchors: number;
  /** The key that the journal names, as `name+hash+base64`. */
  readonly key: string | null;
  readonly problems: readonly Problem[];
  readonly notes: readonly Note[];
};

const ofJournal = new Set<string>(['JOURNAL_DAMAGED', 'LOG_ROLLED_BACK', 'LOG_FORKED', 'CHECKPOINT_UNTRUSTED']);

function isOfJournal(error: unknown): error is GexlakeError & { readonly code: ProblemCode } {
  return error instanceof GexlakeError && ofJournal.has(error.code);
}

type NotedAnchor = NonNullable<Entry['anchor']> & { readonly seq: number };

/** What one reading of all entries has found. */
type ReadWhole = {
  readonly entries: number;
  readonly rows: number;
  readonly root: Hash;
  readonly keys: KeyHistory;
  readonly anchors: readonly NotedAnchor[];
  /** The roots of the sizes that were asked for. */
  readonly roots: ReadonlyMap<number, Hash>;
};

/**
 * Reads every entry and every payload, and holds against them: the tiles, the checkpoint and its signature, an older checkpoint, and each row of the
 * log. Changes nothing.
 * @throws CHECKPOINT_INVALID, LOG_KEY_INVALID for what was given
 */
export async function verifyLog(context: GovernContext, asked: AskedLog): Promise<LogReport> {
  const { tree, journal } = context.log.whole;
  const older = asked.checkpoint === null ? null : await readCheckpoint(asked.checkpoint);
  const trusted = asked.key === null ? null : await readVerifier(asked.key);
  const kept = await tree.kept();
  const anchored = await tree.anchored();
  const origin = await tree.origin().catch(unlessDefect(null));
  const problems: Problem[] = [];
  const found = await readWhole(context, origin ?? '', [kept, older, ...anchored.values()]).catch((error: unknown) => {
    if (!isOfJournal(error)) throw error;
    problems.push(problem(error.code, { path: keptFolders.journal }, error.message));
    return null;
  });
  for (const one of await journalProblems(context))
    if (!problems.some(({ code, message }) => code === one.code && message === one.message)) problems.push(one);
  if (found !== null && origin !== null) {
    if (older !== null)
      problems.push(...olderProblems(context, older, { where: asked.checkpoint ?? '', found, origin }));
    for (const [file, one] of anchored)
      if (one !== null)
        problems.push(...olderProblems(context, one, { where: `${keptFolders.journal}/${file}`, found, origin }));
    for (const checkpoint of [kept, older])
      if (checkpoint !== null) problems.push(...signatureProblems(checkpoint, { found, trusted }));
    problems.push(...successionProblems(found.keys), ...(await anchorProblems(context, found.anchors)));
    problems.push(...unreadAnchors(anchored, problems));
  } else if (older !== null && problems.length === 0)
    problems.push(problem('LOG_ROLLED_BACK', { path: keptFolders.journal }, `there is no journal in ${journal.root}`));
  return {
    ok: problems.length === 0,
    origin,
    entries: found?.entries ?? 0,
    rows: found?.rows ?? 0,
    root: found === null || origin === null ? null : base64(found.root),
    checkpoint: kept === null ? null : { size: kept.size, signed_by: signersOf(kept.text) },
    anchors: anchored.size,
    key: found?.keys.current?.text ?? null,
    problems,
    notes: [...(await journalNotes(context)), ...unsignedNotes(kept, found)],
  };
}

/** @throws JOURNAL_DAMAGED */
async function readWhole(
  { log, onProgress }: GovernContext,
  origin: string,
  checkpoints: readonly (KeptCheckpoint | null)[],
): Promise<ReadWhole> {
  const { journal } = log.whole;
  const { size } = await journal.position();
  const wanted = new Set(checkpoints.map((checkpoint) => checkpoint?.size));
  const roots = new Map<number, Hash>();
  const tree = new GrowingTree();
  const keys = new KeyHistory(origin);
  const anchors: NotedAnchor[] = [];
  let rows = 0;
  for await (const { entry, hash } of journal.entries()) {
    for (const { tile, bytes } of tree.append(Buffer.from(hash, 'hex'))) await log.whole.tree.compareTile(tile, bytes);
    if (wanted.has(tree.size)) roots.set(tree.size, tree.root());
    rows += await countRows(journal, entry);
    keys.take(entry);
    if (entry.anchor !== undefined) anchors.push({ ...entry.anchor, seq: entry.seq });
    onProgress('reading the journal', tree.size, size);
  }
  return { entries: tree.size, rows, root: tree.root(), keys, anchors, roots };
}

async function countRows(journal: GovernContext['log']['whole']['journal'], entry: Entry): Promise<number> {
  let rows = 0;
  for await (const _ of journal.changes(entry)) rows += 1;
  return rows;
}

/** Whether an older checkpoint is of the journal's beginning. */
function olderProblems(
  { folder }: GovernContext,
  { origin: said, size, root }: KeptCheckpoint,
  { where, found, origin }: { readonly where: string; readonly found: ReadWhole; readonly origin: string },
): Problem[] {
  const path = keptFolders.journal;
  if (said !== origin)
    return [
      problem(
        'LOG_FORKED',
        { path },
        `the checkpoint ${where} is of ${said}, and the journal ${folder.journal} is ${origin}`,
      ),
    ];
  if (size > found.entries)
    return [
      problem(
        'LOG_ROLLED_BACK',
        { path },
        `the checkpoint ${where} has ${size} entries, and there are ${found.entries}`,
      ),
    ];
  const own = found.roots.get(size);
  if (size === 0 || (own !== undefined && sameHash(own, root))) return [];
  return [
    problem(
      'LOG_FORKED',
      { path },
      `the checkpoint ${where} says another root of the first ${size} entries than they have`,
    ),
  ];
}

function signatureProblems(
  { text, size, origin }: KeptCheckpoint,
  { found, trusted }: { readonly found: ReadWhole; readonly trusted: Verifier | null },
): Problem[] {
  const { signatures } = parseNote(text);
  const named = found.keys.keyAt(size);
  const expected = trusted === null ? (named === null ? [] : [named.verifier]) : found.keys.trustedFrom(trusted);
  // Nobody has said by which key, or that it must be signed.
  if (expected.length === 0 || (trusted === null && signatures.length === 0)) return [];
  try {
    checkNote(parseNote(text), expected);
    return [];
  } catch (error) {
    if (!isOfJournal(error)) throw error;
    return [
      problem(
        'CHECKPOINT_UNTRUSTED',
        { path: keptFolders.journal },
        `the checkpoint of ${origin} with ${size} entries: ${error.message}`,
      ),
    ];
  }
}

function successionProblems({ keys }: KeyHistory): Problem[] {
  const path = keptFolders.journal;
  return keys
    .filter(({ isSigned }) => isSigned === false)
    .map(({ seq, text }) =>
      problem(
        'CHECKPOINT_UNTRUSTED',
        { path },
        `entry ${seq} names the key ${text}, which the key before it has not signed`,
      ),
    );
}

/** What somebody outside has given is evidence: nobody takes it away unseen. */
async function anchorProblems({ folder }: GovernContext, anchors: readonly NotedAnchor[]): Promise<Problem[]> {
  const problems: Problem[] = [];
  for (const { file, sha256, seq, to } of anchors) {
    const bytes = await readBytes(join(folder.journal, file));
    if (bytes !== null && createHash('sha256').update(bytes).digest('hex') === sha256) continue;
    const path = `${keptFolders.journal}/${file}`;
    const what = bytes === null ? 'is gone' : 'has other bytes than that says';
    problems.push(problem('ANCHOR_CHANGED', { path }, `${path}, which entry ${seq} has of ${to}, ${what}`));
  }
  return problems;
}

/** Files of anchors that are no checkpoints any more, and that nobody has told yet. */
function unreadAnchors(anchored: ReadonlyMap<string, KeptCheckpoint | null>, told: readonly Problem[]): Problem[] {
  return [...anchored].flatMap(([file, one]) => {
    const path = `${keptFolders.journal}/${file}`;
    if (one !== null || told.some((known) => known.path === path)) return [];
    return [problem('ANCHOR_CHANGED', { path }, `${path} is no checkpoint`)];
  });
}

function unsignedNotes(kept: KeptCheckpoint | null, found: ReadWhole | null): Note[] {
  const key = found?.keys.current ?? null;
  if (kept === null || found === null || key === null) return [];
  const isSigned = signersOf(kept.text).includes(`${key.verifier.name}+${key.verifier.keyId}`);
  if (isSigned && kept.size === found.entries) return [];
  const since = isSigned
    ? `is of ${kept.size} of ${found.entries} entries`
    : 'is not signed by the key that the journal names';
  return [noteOf('CHECKPOINT_UNSIGNED', { path: 'log/checkpoint' }, `the checkpoint ${since}`)];
}

function signersOf(text: string): string[] {
  return parseNote(text).signatures.map(({ name, keyId }) => `${name}+${keyId}`);
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}
