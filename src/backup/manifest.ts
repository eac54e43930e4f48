import { join } from 'node:path';
import { unlessDefect } from '../core/defects.ts';
import { GexlakeError } from '../core/errors.ts';
import { isIn, keptFolders } from '../core/kept-places.ts';
import type { TablePrint } from '../db/db.ts';
import { hashFile } from '../platform/checksum.ts';
import { exists, readText } from '../platform/files.ts';
import { listFolders } from '../platform/listing.ts';
import { writeSmall } from '../platform/work-files.ts';

/** A file of a snapshot, by its path in it. */
export type SavedFile = { readonly file: string; readonly size_bytes: number; readonly checksum: string };

/** One database in a snapshot. */
export type SavedDatabase = SavedFile & {
  readonly tables: readonly TablePrint[];
};

/** `manifest.json` of a snapshot: what was saved, when, by what, and why. */
export type Manifest = {
  readonly format: 1;
  readonly gexlake: string;
  readonly duckdb: string;
  readonly made_at: string;
  readonly actor: string;
  readonly reason: string;
  readonly databases: readonly SavedDatabase[];
  /** The files of the job log's journal; not there in snapshots of a version that had none. */
  readonly journal?: readonly SavedFile[];
  /** Databases that are not in it, and why. */
  readonly left_out: readonly { readonly file: string; readonly reason: string }[];
};

const manifestName = 'manifest.json';
/** In the form of `sha256sum --check`: the databases, the journal and the manifest itself, so that no byte of a snapshot goes unchecked. */
const sumsName = 'SHA256SUMS';

const steps = { write: 'backup:write', readOnly: 'backup:read-only', sync: 'backup:sync' } as const;

/** Writes a snapshot's manifest and sums beside its databases. */
export async function writeManifest(snapshotFolder: string, manifest: Manifest): Promise<void> {
  const write = (name: string, text: string) => writeSmall(steps, join(snapshotFolder, name), Buffer.from(text));
  await write(manifestName, `${JSON.stringify(manifest, null, 2)}\n`);
  await write(sumsName, await sumsOf(snapshotFolder, manifest));
}

/** The sums as the files have them now. */
async function sumsOf(snapshotFolder: string, manifest: Manifest): Promise<string> {
  const lines: string[] = [];
  for (const file of [...filesOf(manifest).map((saved) => saved.file), manifestName])
    lines.push(`${await hashFile(join(snapshotFolder, file))}  ${file}\n`);
  return lines.join('');
}

/**
 * Reads a snapshot's manifest and compares every byte of the snapshot with its sums.
 * @throws SNAPSHOT_DAMAGED that names the file, or says that it is no snapshot
 */
export async function checkedManifest(snapshotFolder: string): Promise<Manifest> {
  const text = await readText(join(snapshotFolder, manifestName)).catch(unlessDefect(null));
  const sums = await readText(join(snapshotFolder, sumsName)).catch(unlessDefect(null));
  if (text === null || sums === null)
    throw damaged(snapshotFolder, `has no ${text === null ? manifestName : sumsName}`);
  const manifest = parseManifest(text);
  if (manifest === null) throw damaged(snapshotFolder, `has a ${manifestName} that cannot be read`);
  for (const { file, checksum } of filesOf(manifest)) {
    const path = join(snapshotFolder, file);
    const found = (await exists(path)) ? await hashFile(path) : null;
    if (found === null) throw damaged(snapshotFolder, `has no ${file}`);
    if (found !== checksum) throw damaged(snapshotFolder, `has a ${file} with SHA-256 ${found}, saved was ${checksum}`);
  }
  if ((await sumsOf(snapshotFolder, manifest)) !== sums)
    throw damaged(snapshotFolder, `has a ${manifestName} that its ${sumsName} does not agree with`);
  return manifest;
}

function filesOf({ databases, journal = [] }: Manifest): readonly SavedFile[] {
  return [...databases, ...journal];
}

/** Whether a path is one that a saved journal may have: any file of its folder, also one that somebody else has put there. */
function isOfJournal(file: string): boolean {
  const names = file.slice(keptFolders.journal.length + 1).split('/');
  const isName = (name: string) => name !== '.' && name !== '..' && /^[^\p{Cc}\\]+$/u.test(name);
  return isIn(keptFolders.journal, file) && names.every(isName);
}

function parseManifest(text: string): Manifest | null {
  try {
    // What has the right sums was written by writeManifest; here only what the sums themselves need is looked at.
    const manifest = JSON.parse(text) as Partial<Manifest> | null;
    const isKnown = manifest?.format === 1 && Array.isArray(manifest.databases);
    const areNamed = manifest?.databases?.every(({ file }) => /^gex_\w+\.db$/.test(file)) === true;
    const isJournal = manifest?.journal?.every(({ file }) => isOfJournal(file)) ?? true;
    return isKnown && areNamed && isJournal ? (manifest as Manifest) : null;
  } catch {
    return null;
  }
}

function damaged(snapshotFolder: string, what: string): GexlakeError {
  return new GexlakeError('SNAPSHOT_DAMAGED', `${snapshotFolder} ${what}`, {
    details: { path: snapshotFolder },
    hint: 'Nothing was changed. Take another snapshot from backups/; without any, gexlake restore --rebuild-log makes the log again.',
  });
}

/** The names of all snapshots in a folder, oldest first. Their names are their times, in UTC. */
export async function listSnapshots(backups: string): Promise<string[]> {
  const names = await listFolders(backups);
  return names.filter((name) => /^\d{4}-\d{2}-\d{2}T\d{6}\.\d{3}Z$/.test(name)).sort();
}
