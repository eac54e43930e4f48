import { dirname, join, relative } from 'node:path';
import { unlessDefect } from '../core/defects.ts';
import type { Clock } from '../core/clock.ts';
import { placeOf } from '../core/canonical-path.ts';
import { contracts } from '../core/contract.ts';
import type { Job, ParquetFile } from '../core/job.ts';
import type { LoadedSource } from '../core/journey.ts';
import type { Limits } from '../core/limits.ts';
import { keptFolders } from '../core/kept-places.ts';
import { parseStoredPath, type StoredPath } from '../core/stored-path.ts';
import type { Database } from '../db/db.ts';
import type { LogSnapshot } from '../joblog/joblog.ts';
import { checkShape, loadSource } from '../load/load.ts';
import { hashFile } from '../platform/checksum.ts';
import { factsOf } from '../platform/files.ts';
import { makeFolder } from '../platform/folders.ts';
import { listFiles } from '../platform/listing.ts';
import { publishedTimestamps, writeByEngine, writeRewritten, type Rewriting } from '../publish/publish.ts';
import { openSource, sourcePolicy } from '../source/source.ts';
import { packSource, receiveSource } from '../staging/staging.ts';
import { expectationOf } from './explain.ts';

/** What files are made again with. `privateFolder` is on the disk of the data, and takes all that is made. */
export type Workshop = {
  readonly root: string;
  readonly log: LogSnapshot;
  readonly engine: Database;
  readonly clock: Clock;
  readonly limits: Limits;
  readonly privateFolder: string;
  /** Files of the data folder that may hold a source although the log does not say so, relative to it. */
  readonly suspects?: readonly string[];
  /** Whether what was made again is the file; without it, its bytes are. */
  readonly accepts?: Accepts;
};

/** A file that was made again, by the SHA-256 of its bytes and the hash of its rows. */
export type Remade = { readonly checksum: string; readonly contentHash: string | null };

export type Accepts = (made: Remade, file: ParquetFile) => boolean;

const equalBytes: Accepts = (made, file) => made.checksum === file.checksum;

/** Where whole copies of published files can lie under whatever name. */
const parquetPlaces = [keptFolders.parquet, keptFolders.archive, keptFolders.trash];

/**
 * Finds or makes again the bytes of files that are missing or damaged: another copy that is whole, or else what the file's job made
 * it from. Nothing counts but the checksum in the log. Gives absolute paths, of files of the data folder or of private ones, or null
 * where there is no way. Changes nothing outside its private folder.
 */
export class Rebuilder {
  readonly #shop: Workshop;
  readonly #accepts: Accepts;
  readonly #jobs: ReadonlyMap<string, Job>;
  /** By checksum. What is being made counts as not there, so that no file is made from itself. */
  readonly #found = new Map<string, string | null>();
  /** The files of these places by their size. */
  #lying: Map<number, string[]> | null = null;
  #count = 0;

  constructor(shop: Workshop) {
    this.#shop = shop;
    this.#accepts = shop.accepts ?? equalBytes;
    this.#jobs = new Map(shop.log.jobs.map((job) => [job.id, job]));
  }

  /** A file with the bytes of a published one. */
  async copyOf(file: ParquetFile): Promise<string | null> {
    const known = this.#found.get(file.checksum);
    if (known !== undefined) return known;
    this.#found.set(file.checksum, null);
    const equal = this.#shop.log.files.filter(({ checksum }) => checksum === file.checksum);
    const found = (await this.#wholeAmong(equal)) ?? (await this.#lyingAround(file)) ?? (await this.#rebuiltAs(equal));
    this.#found.set(file.checksum, found);
    return found;
  }

  /** A file as it is made again from what its job made it from, whatever copies there are; null where there is no way. */
  async remake(file: ParquetFile): Promise<string | null> {
    return this.#rebuiltAs(this.#shop.log.files.filter(({ checksum }) => checksum === file.checksum));
  }

  /** The hash of a file's rows as they lie there; null where the file is gone. */
  async contentHashOf(file: ParquetFile): Promise<string | null> {
    const rewriting = await this.#rewriting(file, [file], { without: [], added: [] });
    return rewriting === null ? null : ((await writeRewritten(rewriting))?.contentHash ?? null);
  }

  /** The files that a compaction or a correction has replaced by a file of its, and whose bytes are nowhere any more. */
  async lostInputsOf(file: ParquetFile): Promise<readonly ParquetFile[]> {
    const job = this.#jobs.get(file.job_id);
    const lost: ParquetFile[] = [];
    for (const old of job === undefined ? [] : this.#replacedBy(job, file))
      if ((await this.copyOf(old)) === null) lost.push(old);
    return lost;
  }

  /** The unpacked source of a job: as it was staged, by this job or another, or from the local file that it came from. */
  async sourceOf(job: Job): Promise<string | null> {
    if (job.checksum === null) return null;
    const key = `source ${job.checksum}`;
    const known = this.#found.get(key);
    if (known !== undefined) return known;
    const found =
      (await this.#stagedSource(job.checksum)) ??
      (await this.#suspect(job.checksum)) ??
      (await this.#archivedSource(job, job.checksum)) ??
      (await this.#localSource(job, job.url, job.checksum));
    this.#found.set(key, found);
    return found;
  }

  /** What belongs at a path of a job's source: the source, or in the archive its packed form, byte for byte. */
  async sourceAt(job: Job, path: string): Promise<string | null> {
    const row = this.#shop.log.archived.find(({ archive_path }) => archive_path === path);
    const source = await this.sourceOf(job);
    if (row === undefined || source === null) return source;
    const packed = join(await this.#newFolder(), 'source.zst');
    const made = await packSource(source, packed).catch(unlessDefect(null));
    return made?.packed.checksum === row.archived_checksum ? packed : null;
  }

  /** The records that a job has set aside, as the private file of its load. */
  async setAsideBy(job: Job, isRight: (path: string) => Promise<boolean>): Promise<string | null> {
    for (const reading of readingsOf(job)) {
      const path = (await this.#load(job, reading, new Set()))?.quarantinePath ?? null;
      if (path !== null && (await isRight(path))) return path;
    }
    return null;
  }

  /** What a job's source gives when it is loaded once more, if that is as many records as the log says; null where nothing does. */
  async loadedAsLogged(job: Job): Promise<LoadedSource | null> {
    for (const reading of readingsOf(job)) {
      const loaded = await this.#load(job, reading, new Set());
      if (loaded?.counts.records_processed === job.records_processed) return loaded;
    }
    return null;
  }

  async #wholeAmong(files: readonly ParquetFile[]): Promise<string | null> {
    for (const file of files) {
      const path = join(this.#shop.root, placeOf(file));
      if (await isFile(path, file.checksum, file.size_bytes)) return path;
    }
    return null;
  }

  /** A copy under another name: two files that have changed places, one that was moved, one that went to the trash. */
  async #lyingAround({ checksum, size_bytes }: ParquetFile): Promise<string | null> {
    this.#lying ??= await this.#bySize(parquetPlaces);
    for (const path of this.#lying.get(size_bytes) ?? []) if (await isFile(path, checksum, size_bytes)) return path;
    return null;
  }

  async #bySize(folders: readonly string[]): Promise<Map<number, string[]>> {
    const found = new Map<number, string[]>();
    for (const folder of folders.map((name) => join(this.#shop.root, name))) {
      for (const name of await listFiles(folder)) {
        const facts = await factsOf(join(folder, name));
        if (facts === null || !facts.isFile) continue;
        found.set(facts.size_bytes, [...(found.get(facts.size_bytes) ?? []), join(folder, name)]);
      }
    }
    return found;
  }

  async #suspect(checksum: string): Promise<string | null> {
    for (const name of this.#shop.suspects ?? []) {
      const path = join(this.#shop.root, name);
      if (await isFile(path, checksum, null)) return path;
    }
    return null;
  }

  async #rebuiltAs(files: readonly ParquetFile[]): Promise<string | null> {
    for (const file of files) {
      const job = this.#jobs.get(file.job_id);
      const made = job === undefined ? null : await this.#rebuild(job, file).catch(unlessDefect(null));
      if (made !== null) return made;
    }
    return null;
  }

  async #rebuild(job: Job, file: ParquetFile): Promise<string | null> {
    if (job.kind === 'rewrite') return job.target?.kind === 'compaction' ? this.#merge(job, file) : null;
    for (const reading of readingsOf(job, file.contract_version)) {
      const whole = await this.#load(job, reading, new Set());
      if (whole === null) continue;
      const found = this.#matching(whole, file) ?? (await this.#rebuildFrom(job, file, { reading, whole }));
      if (found !== null) return found;
    }
    return null;
  }

  async #rebuildFrom(job: Job, file: ParquetFile, read: Read): Promise<string | null> {
    return job.kind === 'import' ? this.#extend(job, file, read) : this.#correct(job, file, read.whole);
  }

  /** A job that met seconds which were live already has published only the others. */
  async #extend(job: Job, file: ParquetFile, { reading, whole }: Read): Promise<string | null> {
    for (const known of [await this.#unpublishedBy(job, file, whole), await this.#liveBefore(job)]) {
      if (known === null || known.size === 0) continue;
      const loaded = await this.#load(job, reading, known);
      const found = loaded === null ? null : this.#matching(loaded, file);
      if (found !== null) return found;
    }
    return null;
  }

  /** The seconds of a source that its job did not publish, as another file of the job shows that is whole. */
  async #unpublishedBy(job: Job, file: ParquetFile, whole: LoadedSource): Promise<ReadonlySet<number> | null> {
    const others = this.#shop.log.files.filter((other) => other.job_id === job.id && other.dataset !== file.dataset);
    const paths: string[] = [];
    for (const other of others) {
      const path = await this.#wholeAmong([other]);
      if (path === null) return null;
      paths.push(path);
    }
    const published = await publishedTimestamps(this.#shop.engine, paths);
    const all = await publishedTimestamps(this.#shop.engine, pathsOf(whole, 'snapshots'));
    return paths.length === 0 ? null : all.difference(published);
  }

  /** The seconds that were live when a job was compared with them. */
  async #liveBefore(job: Job): Promise<ReadonlySet<number> | null> {
    const then = job.finished_at ?? '';
    const endOf = (id: string | null) => (id === null ? null : (this.#jobs.get(id)?.finished_at ?? null));
    const files = this.#shop.log.files.filter((file) => {
      if (file.dataset !== 'snapshots' || file.ticker !== job.ticker || file.endpoint !== job.endpoint) return false;
      const [begin, end] = [endOf(file.job_id), endOf(file.superseded_by)];
      return file.job_id !== job.id && begin !== null && begin <= then && (end === null || end > then);
    });
    const paths: string[] = [];
    for (const file of files) {
      const path = await this.copyOf(file);
      if (path !== null) paths.push(path);
    }
    return publishedTimestamps(this.#shop.engine, paths);
  }

  /** A correction has put other sessions of the replaced file beside the rows of its source, or only these into a file. */
  async #correct(job: Job, file: ParquetFile, whole: LoadedSource): Promise<string | null> {
    const replaced = this.#replacedBy(job, file).filter(({ path }) => path === file.path);
    const added = whole.files.filter(({ dataset, month }) => dataset === file.dataset && month === monthOf(file));
    for (const some of [added, []]) {
      const found = await this.#rewrite(file, replaced, { without: whole.sessionDates, added: some });
      if (found !== null) return found;
    }
    return null;
  }

  async #merge(job: Job, file: ParquetFile): Promise<string | null> {
    return this.#rewrite(file, this.#replacedBy(job, file), { without: [], added: [] });
  }

  #replacedBy(job: Job, file: ParquetFile): ParquetFile[] {
    return this.#shop.log.files.filter(
      (old) => old.superseded_by === job.id && old.dataset === file.dataset && dirname(old.path) === dirname(file.path),
    );
  }

  async #rewrite(file: ParquetFile, from: readonly ParquetFile[], parts: Parts): Promise<string | null> {
    const rewriting = await this.#rewriting(file, from, parts);
    if (rewriting === null) return null;
    const made = await writeRewritten(rewriting);
    if (made !== null && this.#accepts(made, file)) return made.path;
    return this.#rewriteByEngine(file, {
      ...rewriting,
      target: { ...rewriting.target, path: `${rewriting.target.path}_by_engine` },
    });
  }

  /** How a file is written anew from others; null where one of these is nowhere. */
  async #rewriting(file: ParquetFile, from: readonly ParquetFile[], parts: Parts): Promise<Rewriting | null> {
    const files: ParquetFile[] = [];
    for (const old of from) {
      const path = await this.copyOf(old);
      if (path === null) return null;
      files.push({ ...old, path: parseStoredPath(relative('/', path)) });
    }
    const path = join(await this.#newFolder(), 'rewritten.parquet');
    const block = { month: monthOf(file), ticker: file.ticker, endpoint: file.endpoint };
    return {
      database: this.#shop.engine,
      // Where the copies lie need be no path in the data folder, so all paths start at the root of the file system here.
      store: { engineUrl: async (from_root: StoredPath) => `/${from_root}` },
      source: { dataset: file.dataset, files, ...parts },
      target: { ...block, path, contract: file.contract_version },
    };
  }

  /** Old compactions and corrections were written by DuckDB, and their log does not name a writer. */
  async #rewriteByEngine(file: ParquetFile, rewriting: Rewriting): Promise<string | null> {
    if (file.writer !== null) return null;
    const { path } = rewriting.target;
    await writeByEngine(rewriting);
    return (await isFile(path, file.checksum, null)) ? path : null;
  }

  /** What a job's source gives; null where there is no source, or it cannot be loaded so. */
  async #load(job: Job, reading: Reading, alreadyLive: ReadonlySet<number>): Promise<LoadedSource | null> {
    const path = await this.sourceOf(job);
    if (path === null || job.checksum === null) return null;
    const { clock } = this.#shop;
    const expected = { ...expectationOf(job), sessionDate: reading.sessionDate };
    const folder = await this.#newFolder();
    const request = {
      path,
      name: job.url,
      checksum: job.checksum,
      expected,
      contract: reading.contract,
      folder,
      now_ms: clock.now_ms(),
      alreadyLive,
      keepsLone: reading.keepsLone,
    };
    return loadSource(request).catch(unlessDefect(null));
  }

  async #stagedSource(checksum: string): Promise<string | null> {
    for (const job of this.#shop.log.jobs) {
      if (job.staged_path === null || job.checksum !== checksum) continue;
      const path = join(this.#shop.root, job.staged_path);
      if (await isFile(path, checksum, null)) return path;
    }
    return null;
  }

  async #archivedSource(job: Job, checksum: string): Promise<string | null> {
    const row = this.#shop.log.archived.find((known) => known.checksum === checksum && known.state === 'archived');
    return row === undefined ? null : this.#localSource(job, join(this.#shop.root, row.archive_path), checksum);
  }

  /** Sources that came over the network are not fetched again: their addresses expire, and repairing must not depend on them. */
  async #localSource(job: Job, place: string, checksum: string): Promise<string | null> {
    const { clock, limits } = this.#shop;
    try {
      const signal = new AbortController().signal;
      const source = openSource(place, { policy: sourcePolicy([], true), limits, clock, signal });
      if (source.kind !== 'local') return null;
      const received = await receiveSource(source, {
        workFolder: await this.#newFolder(),
        jobId: job.id,
        limits,
        look: checkShape,
      });
      await received.synced;
      return received.checksum === checksum ? received.path : null;
    } catch {
      return null;
    }
  }

  #matching({ files }: LoadedSource, file: ParquetFile): string | null {
    return files.find((made) => made.dataset === file.dataset && this.#accepts(made, file))?.path ?? null;
  }

  async #newFolder(): Promise<string> {
    const folder = join(this.#shop.privateFolder, `rebuilt_${this.#count++}`);
    await makeFolder('load:folder', folder);
    return folder;
  }
}

/** One way in which a job can have read its source. */
type Reading = { readonly sessionDate: string | null; readonly keepsLone: boolean; readonly contract: string };

/** What of the replaced files stays, and what comes to it. */
type Parts = Pick<Rewriting['source'], 'without' | 'added'>;

/** All that a source gives by one reading. */
type Read = { readonly reading: Reading; readonly whole: LoadedSource };

/**
 * A session that was not given is known to the log afterwards where there was one only, and records of others were not set aside.
 * Earlier versions have published the lone seconds of earlier sessions, too, and followed the contract of their time, which the log
 * says of newer files.
 */
function readingsOf(job: Job, contract: string | null = null): Reading[] {
  const open = [false, true].map((keepsLone) => ({ sessionDate: null, keepsLone }));
  const all = job.session_date === null ? open : [{ sessionDate: job.session_date, keepsLone: false }, ...open];
  return (contract === null ? [...contracts.keys()].toReversed() : [contract]).flatMap((version) =>
    all.map(({ sessionDate, keepsLone }) => ({ sessionDate, keepsLone, contract: version })),
  );
}

function pathsOf(loaded: LoadedSource, dataset: ParquetFile['dataset']): string[] {
  return loaded.files.filter((file) => file.dataset === dataset).map(({ path }) => path);
}

function monthOf({ session_dates }: ParquetFile): string {
  return (session_dates[0] ?? '').slice(0, 7);
}

async function isFile(path: string, checksum: string, size_bytes: number | null): Promise<boolean> {
  const facts = await factsOf(path);
  if (facts === null || !facts.isFile || (size_bytes !== null && facts.size_bytes !== size_bytes)) return false;
  return (await hashFile(path)) === checksum;
}
