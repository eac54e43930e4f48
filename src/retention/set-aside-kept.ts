import { join } from 'node:path';
import { quarantinePath } from '../core/kept-places.ts';
import type { KeptSource } from '../joblog/joblog.ts';
import { inMemory, withDatabase } from '../db/db.ts';
import { Rebuilder } from '../pipeline/pipeline.ts';
import { fileBlocks, readText } from '../platform/files.ts';
import { contentOfPacked } from '../staging/staging.ts';
import type { GovernContext } from '../maintenance/maintenance.ts';
import { Lookout, type Sighting } from '../maintenance/maintenance.ts';
import { withPrivateFolder } from '../maintenance/maintenance.ts';

/**
 * Why a source may not leave the archive: a record that its job has set aside is not kept whole in `quarantine/`. The text of each is
 * compared with the source itself, at its place. Null where all are kept. `path` is where the source lies, relative to the data folder.
 */
export async function whySetAsideIsLost(
  context: GovernContext,
  source: KeptSource,
  path: string,
): Promise<string | null> {
  if (source.records_quarantined === 0 && source.records_read !== null) return null;
  const { root } = context.folder;
  const kept = quarantinePath(source.job_id);
  const text = (await readText(join(root, kept))) ?? '';
  const sightings = sightingsIn(text, source.job_id);
  if (sightings === null) return `stays as it is: ${kept} is not what a job writes`;
  if (sightings.length !== source.records_quarantined)
    return `stays as it is: its job has set ${source.records_quarantined} records aside, ${kept} keeps ${sightings.length}`;
  const lookout = new Lookout(sightings);
  const checksum = await passThrough(join(root, path), lookout);
  if (checksum !== null && checksum !== source.checksum)
    return `does not unpack to what the log knows: SHA-256 ${checksum}, logged is ${source.checksum}`;
  const seen = lookout.seen().length;
  if (seen < sightings.length)
    return `stays as it is: ${kept} has ${sightings.length - seen} records whose text is not that of the source`;
  return source.records_read === null ? whyNotCounted(context, source, text) : null;
}

/** Each record of a quarantine file once; null where a line is none. */
function sightingsIn(text: string, jobId: string): Sighting[] | null {
  const found = new Map<number, Sighting>();
  for (const line of text.split('\n')) {
    if (line === '') continue;
    try {
      const { byte, source } = JSON.parse(line) as { readonly byte?: unknown; readonly source?: unknown };
      if (typeof byte !== 'number' || typeof source !== 'string' || source === '') return null;
      found.set(byte, { jobId, byte, text: Buffer.from(source) });
    } catch {
      return null;
    }
  }
  return [...found.values()];
}

/** Lets a source's unpacked bytes go by; gives their SHA-256 where they had to be unpacked, which has compared it with nothing yet. */
async function passThrough(path: string, lookout: Lookout): Promise<string | null> {
  if (path.endsWith('.zst')) return (await contentOfPacked(path, (bytes) => lookout.pass(bytes))).checksum;
  for await (const bytes of fileBlocks(path)) lookout.pass(bytes);
  return null;
}

/**
 * A log that was rebuilt counts what it found in the quarantine, which may be less than was set aside. So the source is loaded once
 * more: it must give as many records as are published, and set aside what is kept.
 */
async function whyNotCounted(context: GovernContext, source: KeptSource, text: string): Promise<string | null> {
  const { folder, clock, limits, engine } = context;
  const log = await context.log.whole.snapshot();
  const job = log.jobs.find(({ id }) => id === source.job_id);
  const unknown = 'stays as it is: the log was rebuilt, and what its job has set aside cannot be made out again';
  if (job === undefined) return unknown;
  return withPrivateFolder(context, (privateFolder) =>
    withDatabase(inMemory, engine, async (database) => {
      const rebuilder = new Rebuilder({ root: folder.root, log, engine: database, clock, limits, privateFolder });
      const loaded = await rebuilder.loadedAsLogged(job);
      if (loaded === null) return unknown;
      const path = loaded.quarantinePath;
      const made = path === null ? '' : await readText(path);
      return made === text
        ? null
        : `stays as it is: its job has set records aside that ${quarantinePath(job.id)} does not keep`;
    }),
  );
}
