import { createHash } from 'node:crypto';
import { join, posix } from 'node:path';
import { toGexlakeError } from '../core/errors.ts';
import { isJobId } from '../core/ids.ts';
import { isIn, keptFolders, quarantinePath } from '../core/kept-places.ts';
import { nameIn, type StoredPath } from '../core/stored-path.ts';
import { hashFile } from '../platform/checksum.ts';
import { sizeOf } from '../platform/files.ts';
import { contentOfPacked } from '../staging/staging.ts';
import { listOurs } from '../verify/verify.ts';
import type { GovernContext } from '../maintenance/maintenance.ts';
import { Lookout, type Sighting } from '../maintenance/maintenance.ts';
import type { FoundQuarantine, FoundSource } from './found.ts';

/** Reads every staged and archived source whole, and recognises those whose records were set aside. */
export async function scanSources(
  context: GovernContext,
  onNote: (note: string) => void,
): Promise<{ sources: FoundSource[]; quarantine: FoundQuarantine[] }> {
  const { store } = context;
  const { quarantine, sightings } = await readQuarantine(context, onNote);
  const sources: FoundSource[] = [];
  const paths = [
    ...(await listOurs(store, keptFolders.gexbotSources)),
    ...(await listOurs(store, keptFolders.archivedSources)),
  ];
  for (const [at, path] of paths.entries()) {
    context.onProgress('reading sources', at, paths.length);
    try {
      sources.push(await readSource(context, path, sightings));
    } catch (thrown) {
      onNote(`${path} cannot be read: ${toGexlakeError(thrown).message}`);
    }
  }
  return { sources, quarantine };
}

async function readSource(
  { folder: { root }, store }: GovernContext,
  path: StoredPath,
  sightings: readonly Sighting[],
): Promise<FoundSource> {
  const full = join(root, path);
  const isArchived = isIn(keptFolders.archivedSources, path);
  const look = new Lookout(sightings);
  const content = isArchived
    ? await contentOfPacked(full, (bytes) => look.pass(bytes))
    : await contentOf(store.read(path), look);
  const folder = posix.basename(posix.dirname(path));
  return {
    path,
    isArchived,
    name: isArchived ? posix.basename(path).replace(/\.zst$/, '') : posix.basename(path),
    namedJob: isJobId(folder) ? folder : null,
    ...content,
    packed_checksum: isArchived ? await hashFile(full) : content.checksum,
    packed_size_bytes: await sizeOf(full),
    quarantinedBy: look.seen().map(({ jobId }) => jobId),
  };
}

async function contentOf(
  blocks: AsyncIterable<Uint8Array>,
  look: Lookout,
): Promise<{ size_bytes: number; checksum: string }> {
  const hash = createHash('sha256');
  let size_bytes = 0;
  for await (const bytes of blocks) {
    hash.update(bytes);
    look.pass(bytes);
    size_bytes += bytes.byteLength;
  }
  return { size_bytes, checksum: hash.digest('hex') };
}

async function readQuarantine(
  { store }: GovernContext,
  onNote: (note: string) => void,
): Promise<{ quarantine: FoundQuarantine[]; sightings: Sighting[] }> {
  const quarantine: FoundQuarantine[] = [];
  const sightings: Sighting[] = [];
  for (const path of await listOurs(store, keptFolders.quarantine)) {
    const jobId = nameIn(path).replace(/\.ndjson$/, '');
    const isOurs = isJobId(jobId) && path === quarantinePath(jobId);
    const lines = isOurs ? await linesOf(store.read(path)) : null;
    const first = lines === null ? null : parseFirst(lines.first);
    if (lines === null || first === null) onNote(`${path} is not what a job writes`);
    else {
      quarantine.push({ jobId, records: lines.count });
      sightings.push({ jobId, byte: first.byte, text: Buffer.from(first.source) });
    }
  }
  return { quarantine, sightings };
}

async function linesOf(blocks: AsyncIterable<Uint8Array>): Promise<{ count: number; first: string }> {
  const newline = 0x0a;
  let count = 0;
  const head: Uint8Array[] = [];
  for await (const bytes of blocks) {
    if (count === 0) head.push(bytes);
    for (let at = bytes.indexOf(newline); at !== -1; at = bytes.indexOf(newline, at + 1)) count++;
  }
  const text = Buffer.concat(head);
  const end = text.indexOf(newline);
  return { count, first: text.subarray(0, end === -1 ? text.byteLength : end).toString('utf8') };
}

function parseFirst(line: string): { readonly byte: number; readonly source: string } | null {
  try {
    const { byte, source } = JSON.parse(line) as { readonly byte?: unknown; readonly source?: unknown };
    return typeof byte === 'number' && typeof source === 'string' ? { byte, source } : null;
  } catch {
    return null;
  }
}
