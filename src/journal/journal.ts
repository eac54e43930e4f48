import { createHash } from 'node:crypto';
import { basename, dirname } from 'node:path';
import { unlessDefect } from '../core/defects.ts';
import { GexlakeError } from '../core/errors.ts';
import { blocksOfLines } from '../core/line-blocks.ts';
import { appendAt, cutAt, giveToOwnerOf, placeLoose, placeWhole, isPart } from '../platform/append-file.ts';
import { exists, factsOf, fileBlocks, readBytes, signatureOf } from '../platform/files.ts';
import { makeFolder, syncFolder } from '../platform/folders.ts';
import { listNames } from '../platform/listing.ts';
import { giveMode, remove, syncWritten } from '../platform/work-files.ts';
import {
  decodeEntry,
  encodeEntry,
  entryHash,
  isPayload,
  largestEntry_bytes,
  noHash,
  payloadLine,
  secretHash,
  type Draft,
  type Entry,
  type Payload,
  type Position,
  type RowChange,
} from './entry.ts';
import { readEntryHead, type EntryHead } from './entry-head.ts';
import { damagedHint } from './hints.ts';
import { frameOf, readFrames } from './frames.ts';
import { bundle_entries, firstOfTail, placesIn, type JournalPlaces } from './places.ts';
import { encodeEntry as framed, hashLeaf, splitEntries, tile_width, type Tile } from '../tlog/tlog.ts';

export { forkedHint, lostHint, withoutDatabaseHint } from './hints.ts';
export {
  isPayload,
  noHash,
  payloadLine,
  secretHash,
  type Draft,
  type Entry,
  type JournalRow,
  type Position,
  type RowChange,
} from './entry.ts';
export { KeyHistory, stateSuccession } from './key-history.ts';
export { anchoredEnding, JournalTree, type KeptCheckpoint } from './journal-tree.ts';

/** Its end, and when the last entry was made; null where there is none. */
type End = Position & { readonly committed_at: string | null };

/** A value of a row that holds a secret, such as a URL with its query: not in the entries, which have its hash and what may be shown. */
export type KeptSecret = { readonly of: string; readonly column: string; readonly value: string };

/** An entry as it lies there, and its hash. */
export type StoredEntry = EntryHead & { readonly bytes: Uint8Array; readonly hash: string };

/** What a tail file held when it was read. */
type Tail = End & {
  readonly path: string;
  readonly first: number;
  readonly entries: readonly Buffer[];
  readonly end_bytes: number;
  readonly signature: string;
};

const nothing: End = { size: 0, head: noHash, committed_at: null };

/**
 * The journal of a log: every transaction that has changed it, in order, in files that are only added to. Whoever appends holds the
 * lock of the log's database; reading needs none.
 */
export class Journal {
  readonly #places: JournalPlaces;
  #known: Tail | null = null;
  #hasAppended = false;
  /** The tail whose name is known to be on the disk. */
  #settled: string | null = null;
  /** Whether the same is known of the file of secrets. */
  #hasSecrets = false;

  constructor(root: string) {
    this.#places = placesIn(root);
  }

  get root(): string {
    return this.#places.root;
  }

  /** The folders that an entry is written into. */
  get writtenFolders(): readonly string[] {
    return [this.#places.root, this.#places.tails];
  }

  /** Whether this process has added an entry. */
  get hasAppended(): boolean {
    return this.#hasAppended;
  }

  /** Its end; size 0 where there is none. @throws JOURNAL_DAMAGED */
  async position(): Promise<Position> {
    const { size, head } = (await this.#tail()) ?? nothing;
    return { size, head };
  }

  /** When its first entry was made; null where there is none. @throws JOURNAL_DAMAGED */
  async beganAt(): Promise<string | null> {
    for await (const [first] of this.stored()) return first?.committed_at ?? null;
    return null;
  }

  /** Whether there is a journal. @throws JOURNAL_DAMAGED, also where there was one that has lost its entries */
  async isThere(): Promise<boolean> {
    if ((await this.position()).size > 0) return true;
    if (await this.mayBegin()) return false;
    // Somebody may have begun it since.
    if ((await this.position()).size > 0) return true;
    throw this.#withoutEntries();
  }

  /** Whether one without entries may begin: nothing at all is in its folder, or what a crash has left of a beginning. */
  async mayBegin(): Promise<boolean> {
    // A crash in the middle of placing that file leaves a part of it.
    return (await exists(this.#places.beginning)) || (await listNames(this.root)).every(isPart);
  }

  /** Whether there is none, and one may begin. @throws JOURNAL_DAMAGED */
  async isGone(): Promise<boolean> {
    return (await this.position()).size === 0 && this.mayBegin();
  }

  /** Whether it was begun anew where another one, which was gone, had come so far. @throws JOURNAL_DAMAGED */
  async follows({ size, head }: Position): Promise<boolean> {
    for await (const { entry } of this.entries()) return entry.before?.size === size && entry.before.head === head;
    return false;
  }

  /** Whether something lies behind the last whole entry, as a crash or a disk has left it. @throws JOURNAL_DAMAGED */
  async isCut(): Promise<boolean> {
    const tail = await this.#tail();
    return tail !== null && ((await factsOf(tail.path))?.size_bytes ?? 0) > tail.end_bytes;
  }

  #withoutEntries(): GexlakeError {
    const problem = `the journal ${this.root} has lost its entries: there are other files of it, and none in tail/`;
    return new GexlakeError('JOURNAL_DAMAGED', problem, { details: { path: this.root }, hint: damagedHint });
  }

  /**
   * Adds the entry of one transaction, and gives the journal's end then. When this returns, the entry is on the disk: the transaction
   * has happened. When it throws, it has not.
   */
  async append(draft: Draft): Promise<Position> {
    const tail = (await this.#tail()) ?? this.#emptyTail();
    // Bundles of another journal would be replaced by those of a new one.
    if (tail.size === 0) await this.#begin();
    if (!this.#hasAppended) await this.requireBundles();
    const committed_at = laterThan(tail.committed_at, draft.committed_at);
    const placed = { ...draft, committed_at, seq: tail.size, prev: tail.head };
    const bytes = encodeEntry({ ...placed, rows: await this.#rowsOf(placed) });
    const { path, first, at, isNew } = await this.#place(tail);
    // Whoever has made it may have been killed before that was on the disk.
    if (!isNew && path !== this.#settled) await this.#syncNames();
    const frame = frameOf(bytes);
    await appendAt('journal:append', path, at, frame);
    if (isNew) await this.#syncNew(path);
    this.#settled = path;
    if (!this.#hasAppended) await this.#endBeginning();
    this.#hasAppended = true;
    const entries = isNew ? [bytes] : [...tail.entries, bytes];
    const signature = await signatureOf([path]);
    const end_bytes = at + frame.byteLength;
    const end = { size: tail.size + 1, head: entryHash(bytes), committed_at };
    this.#known = { path, first, entries, end_bytes, signature, ...end };
    return end;
  }

  /** Brings to the disk what a process that was killed may have left of it in memory. */
  async settle(): Promise<void> {
    const tail = await this.#tail();
    if (tail === null) return;
    if (tail.end_bytes > 0) await syncWritten('journal:append', tail.path);
    await this.#syncNames();
    this.#settled = tail.path;
  }

  async #syncNames(): Promise<void> {
    for (const folder of [this.#places.tails, this.root, dirname(this.root)])
      await syncFolder('journal:sync-folder', folder);
  }

  /**
   * The entries from one on, in order, each compared with the one before it.
   * @throws JOURNAL_DAMAGED that names the entry
   */
  async *entries(from = 0): AsyncGenerator<{ readonly entry: Entry; readonly hash: string }, void, void> {
    for await (const some of this.stored(from))
      for (const one of some) yield { entry: this.decode(one), hash: one.hash };
  }

  /** An entry that {@link stored} has given. */
  decode({ bytes, seq }: StoredEntry): Entry {
    return decoded(bytes, { seq, root: this.root }, decodeEntry);
  }

  /** The same as bytes, many at a time, with what is known of an entry without parsing it. @throws JOURNAL_DAMAGED */
  async *stored(from = 0): AsyncGenerator<readonly StoredEntry[], void, void> {
    const tail = await this.#tail();
    if (tail === null) return;
    let before: string | null = from === 0 ? noHash : null;
    for await (const { first, entries } of this.#parts(tail, from)) {
      const checked: StoredEntry[] = [];
      for (const [at, bytes] of entries.entries()) {
        const seq = first + at;
        if (seq < from) continue;
        const head = decoded(bytes, { seq, root: this.root }, readEntryHead);
        if (head.seq !== seq || (before !== null && head.prev !== before)) throw damaged(this.root, seq);
        before = entryHash(bytes);
        checked.push({ ...head, bytes, hash: before });
      }
      yield checked;
    }
  }

  /** Reads every entry, whose hash it tells, and every row that lies in a file of its own; gives the end. @throws JOURNAL_DAMAGED */
  async readWhole(onHash: (hash: string) => Promise<void> = async () => undefined): Promise<Position> {
    let end: Position = { size: 0, head: noHash };
    for await (const some of this.stored())
      for (const one of some) {
        const rows = one.hasPayload ? this.decode(one).rows : [];
        if (isPayload(rows)) for await (const _ of this.payloadLines(rows, one.seq));
        await onHash(one.hash);
        end = { size: one.seq + 1, head: one.hash };
      }
    return end;
  }

  /** The bytes of the entries from one on, in order, as they were written; nothing is compared. @throws JOURNAL_DAMAGED */
  async *bytes(from = 0): AsyncGenerator<Uint8Array, void, void> {
    const tail = await this.#tail();
    if (tail === null) return;
    for await (const { first, entries } of this.#parts(tail, from))
      for (const [at, bytes] of entries.entries()) if (first + at >= from) yield bytes;
  }

  /** The hash of the entry that is the last of the first `size`; null where the journal is shorter. */
  async headAt(size: number): Promise<string | null> {
    const tail = await this.#tail();
    if (tail === null || size > tail.size) return size === 0 ? noHash : null;
    if (size === tail.size) return tail.head;
    for await (const [next] of this.stored(size)) return next?.prev ?? null;
    return null;
  }

  /** The rows that an entry changes, those of a payload compared with its sum as they come. @throws JOURNAL_DAMAGED */
  async *changes({ seq, rows }: Entry): AsyncGenerator<RowChange, void, void> {
    if (!isPayload(rows)) yield* rows;
    else
      for await (const lines of this.payloadLines(rows, seq))
        for (const line of lines) yield JSON.parse(line) as RowChange;
  }

  /** The same of a payload as lines, many at a time. @throws JOURNAL_DAMAGED behind the last one, where they are not what they were */
  async *payloadLines({ sha256, size_bytes }: Payload, seq: number): AsyncGenerator<readonly string[], void, void> {
    const path = this.#places.payload(sha256);
    if (!(await exists(path))) throw damaged(this.root, seq, `its rows, ${path}, are not there`);
    const hash = createHash('sha256');
    let rest = '';
    let read_bytes = 0;
    const decoder = new TextDecoder();
    for await (const block of fileBlocks(path)) {
      hash.update(block);
      read_bytes += block.byteLength;
      const lines = (rest + decoder.decode(block, { stream: true })).split('\n');
      rest = lines.pop() ?? '';
      yield lines;
    }
    if (read_bytes !== size_bytes || hash.digest('hex') !== sha256)
      throw damaged(this.root, seq, `its rows, ${path}, are not what they were`);
  }

  /** The files of the entries from one on, whole: the first may begin earlier. */
  async *#parts(
    tail: Tail,
    from: number,
  ): AsyncGenerator<{ readonly first: number; readonly entries: readonly Uint8Array[] }, void, void> {
    for (let first = from - (from % bundle_entries); first < tail.first; first += bundle_entries)
      yield { first, entries: await this.#bundle(first / bundle_entries) };
    yield { first: tail.first, entries: tail.entries };
  }

  /** Makes sure that the bundles before the tail are there, by their names: reading them takes seconds. @throws JOURNAL_DAMAGED */
  async requireBundles(): Promise<void> {
    const count = ((await this.#tail())?.first ?? 0) / bundle_entries;
    let folder = '';
    let names: ReadonlySet<string> = new Set();
    for (let index = 0; index < count; index++) {
      const path = this.#places.tile(bundleAt(index));
      if (dirname(path) !== folder) {
        folder = dirname(path);
        names = new Set(await listNames(folder));
      }
      if (!names.has(basename(path)))
        throw damaged(this.root, index * bundle_entries, `its bundle, ${path}, is not there`);
    }
  }

  async #bundle(index: number): Promise<readonly Uint8Array[]> {
    const path = this.#places.tile(bundleAt(index));
    const bytes = await readBytes(path);
    const { entries, end } = splitEntries(bytes ?? Buffer.alloc(0));
    if (entries.length === bundle_entries && end === bytes?.byteLength) return entries;
    const why = `its bundle, ${path}, is ${bytes === null ? 'not there' : 'not whole'}`;
    throw damaged(this.root, index * bundle_entries, why);
  }

  /** What is behind the last full bundle; null where there is no journal. */
  async #tail(): Promise<Tail | null> {
    const known = this.#known;
    // A new tail begins with the entry that follows a full one, so a full one may no longer be the last.
    if (
      known !== null &&
      known.entries.length < bundle_entries &&
      known.signature === (await signatureOf([known.path]))
    )
      return known;
    const first = await this.#lastTail();
    if (first === null) return null;
    const path = this.#places.tail(first);
    const signature = await signatureOf([path]);
    const { entries, end } = readFrames((await readBytes(path)) ?? Buffer.alloc(0), path);
    const last = entries.at(-1) ?? (first === 0 ? undefined : (await this.#bundle(first / bundle_entries - 1)).at(-1));
    const size = first + entries.length;
    const { committed_at, seq } =
      last === undefined ? { ...nothing, seq: -1 } : decoded(last, { seq: size - 1, root: this.root }, readEntryHead);
    if (seq !== size - 1) throw damaged(this.root, size - 1, `${path} has other entries than its name says`);
    const head = last === undefined ? noHash : entryHash(last);
    this.#known = { path, first, entries, end_bytes: end, signature, size, head, committed_at };
    return this.#known;
  }

  async #lastTail(): Promise<number | null> {
    const firsts = (await listNames(this.#places.tails)).map(firstOfTail).filter((first) => first !== null);
    return firsts.length === 0 ? null : Math.max(...firsts);
  }

  #emptyTail(): Tail {
    return { ...nothing, path: this.#places.tail(0), first: 0, entries: [], end_bytes: 0, signature: '' };
  }

  async #begin(): Promise<void> {
    if (!(await this.mayBegin())) throw this.#withoutEntries();
    await this.#makeFolders();
  }

  /** The entry is on the disk, whatever becomes of this: the next process tries again. */
  async #endBeginning(): Promise<void> {
    const path = this.#places.beginning;
    if (await exists(path)) await remove('journal:remove', path).catch(unlessDefect(undefined));
  }

  /** Keeps what the entries do not have: on the disk before the entry that has its hash. */
  async keepSecrets(secrets: readonly KeptSecret[]): Promise<void> {
    if (secrets.length === 0) return;
    await this.#makeFolders();
    const at = (await factsOf(this.#places.secrets))?.size_bytes ?? 0;
    const lines = secrets.map((kept) => `${JSON.stringify(kept)}\n`).join('');
    // A line that a crash has cut must not take the next one with it.
    await appendAt('journal:append', this.#places.secrets, at, Buffer.from(at === 0 ? lines : `\n${lines}`));
    if (at === 0 || !this.#hasSecrets) await syncFolder('journal:sync-folder', this.root);
    this.#hasSecrets = true;
  }

  /** What is kept. */
  async keptSecrets(): Promise<readonly KeptSecret[]> {
    const text = (await readBytes(this.#places.secrets))?.toString('utf8') ?? '';
    return text.split('\n').flatMap((line) => secretOf(line) ?? []);
  }

  /** The values that are kept, by {@link secretHash}. */
  async secrets(): Promise<ReadonlyMap<string, string>> {
    return new Map((await this.keptSecrets()).map(({ value }) => [secretHash(value), value]));
  }

  async #makeFolders(): Promise<void> {
    if (await exists(this.#places.payloads)) return;
    // Those below have its rights.
    await this.#makeFolder(this.root);
    await giveMode('journal:folder', this.root, 0o700);
    if (await this.mayBegin()) {
      await placeLoose('journal:folder', this.#places.beginning, Buffer.alloc(0));
      // A power cut must not leave what comes next without it, as if that had lost its entries.
      await syncFolder('journal:sync-folder', this.root);
    }
    await this.#makeFolder(this.#places.tails);
    await this.#makeFolder(this.#places.payloads);
  }

  /** Makes a folder and those between it and the journal's, for who has the data folder. */
  async #makeFolder(path: string): Promise<void> {
    if (path !== this.root) await this.#makeFolder(dirname(path));
    // Whoever has made it may have been killed before its name was on the disk.
    if (await exists(path)) return syncFolder('journal:sync-folder', dirname(path));
    await makeFolder('journal:folder', path);
    await giveToOwnerOf(path, dirname(path));
  }

  /** Where the next entry goes: behind the others, or where they fill a bundle, into a new file. */
  async #place(tail: Tail): Promise<{ path: string; first: number; at: number; isNew: boolean }> {
    if (tail.entries.length === bundle_entries) {
      await this.#seal(tail);
      const first = tail.first + bundle_entries;
      return { path: this.#places.tail(first), first, at: 0, isNew: true };
    }
    const isNew = tail.end_bytes === 0;
    const size_bytes = (await factsOf(tail.path))?.size_bytes ?? 0;
    if (size_bytes > tail.end_bytes) await cutAt('journal:cut', tail.path, tail.end_bytes);
    return { path: tail.path, first: tail.first, at: tail.end_bytes, isNew };
  }

  /** Where the folder cannot be synced the entry counts as not made, and must not be found later. */
  async #syncNew(path: string): Promise<void> {
    try {
      await syncFolder('journal:sync-folder', this.#places.tails);
    } catch (error) {
      await cutAt('journal:cut', path, 0).catch(unlessDefect(undefined));
      throw error;
    }
  }

  /** Makes the bundle of a full tail. Older tails, whose bundles are there, go. */
  async #seal(tail: Tail): Promise<void> {
    const index = tail.first / bundle_entries;
    await this.#placeTile(bundleAt(index), tail.entries.map(framed));
    await this.#placeTile({ level: 0, index, width: tile_width }, tail.entries.map(hashLeaf));
    for (const name of await listNames(this.#places.tails)) {
      const first = firstOfTail(name);
      if (first !== null && first < tail.first) await remove('journal:remove', this.#places.tail(first));
    }
  }

  async #placeTile(tile: Tile, blocks: readonly Uint8Array[]): Promise<void> {
    const path = this.#places.tile(tile);
    const bytes = Buffer.concat(blocks);
    const found = await readBytes(path);
    if (found?.equals(bytes) === true) return;
    if (found !== null) throw damaged(this.root, tile.index * bundle_entries, `${path} is there with other bytes`);
    await this.#makeFolder(dirname(path));
    await placeWhole('journal:bundle', dirname(path), { blocks: [bytes], name: () => basename(path) });
  }

  /** The rows as the entry has them: where they are too many for one, by the file that holds them, which is on the disk before. */
  async #rowsOf(entry: Entry): Promise<Draft['rows']> {
    const { rows } = entry;
    if (isPayload(rows) || encodeEntry(entry).byteLength <= largestEntry_bytes) return rows;
    return this.keepRows(rows);
  }

  /** Brings rows that an entry will name to the disk. */
  async keepRows(rows: Iterable<RowChange> | AsyncIterable<RowChange>): Promise<Payload> {
    await this.#makeFolders();
    const hash = createHash('sha256');
    let size_bytes = 0;
    async function* counted(): AsyncGenerator<Uint8Array, void, void> {
      for await (const block of blocksOfLines(linesOf(rows))) {
        hash.update(block);
        size_bytes += block.byteLength;
        yield block;
      }
    }
    let sha256 = '';
    const name = () => (sha256 = hash.digest('hex'));
    await placeWhole('journal:payload', this.#places.payloads, { blocks: counted(), name });
    return { sha256, size_bytes };
  }
}

/** A line that a crash has cut is none. */
function secretOf(line: string): KeptSecret | null {
  try {
    return line === '' ? null : (JSON.parse(line) as KeptSecret);
  } catch {
    return null;
  }
}

async function* linesOf(rows: Iterable<RowChange> | AsyncIterable<RowChange>): AsyncGenerator<string, void, void> {
  for await (const row of rows) yield payloadLine(row);
}

function bundleAt(index: number): Tile {
  return { level: 'entries', index, width: tile_width };
}

/** A time of an entry: the clock's, but always later than the entry before. */
function laterThan(before: string | null, now: string): string {
  if (before === null || before < now) return now;
  return new Date(Date.parse(before) + 1).toISOString();
}

function decoded<T>(
  bytes: Uint8Array,
  { seq, root }: { readonly seq: number; readonly root: string },
  decode: (bytes: Uint8Array) => T,
): T {
  try {
    return decode(bytes);
  } catch {
    throw damaged(root, seq);
  }
}

function damaged(root: string, seq: number, why = 'it is not what the entries beside it say'): GexlakeError {
  return new GexlakeError('JOURNAL_DAMAGED', `the journal ${root} is damaged at entry ${seq}: ${why}`, {
    details: { path: root, record: seq },
    hint: damagedHint,
  });
}
