import { join } from 'node:path';
import { parseCanonicalPath, parsePublishedName, parseRetiredPath } from '../core/canonical-path.ts';
import { GexlakeError } from '../core/errors.ts';
import { beganAt_ms } from '../core/ids.ts';
import type { LogSnapshot } from '../joblog/joblog.ts';
import { modifiedAt_ms } from '../platform/files.ts';

/** What goes, as far as it matters here. */
type Going = { readonly action: string; readonly path: string };

/** A log may put so few files away that are older than itself, for each that it knows. */
const eldersForEach = 1 / 10;

/**
 * Makes sure that a log puts no files away that are older than itself, or a few at most, for its not knowing them: it was begun when the
 * one before was lost, and is no witness against them.
 * @throws LOG_LOST
 */
export async function mustBeWitness(root: string, log: LogSnapshot, actions: readonly Going[]): Promise<void> {
  const away = actions.filter(
    ({ action, path }) => action === 'trash republished' || (action === 'trash' && parseRetiredPath(path) !== null),
  );
  const known = log.files.filter(({ state }) => state !== 'publishing').length;
  const began_ms = Math.min(...log.jobs.map(({ created_at }) => Date.parse(created_at)));
  const made_ms = await Promise.all(away.map(({ path }) => madeAt_ms(root, path)));
  const elders = away.filter((_, at) => known === 0 || (made_ms[at] ?? 0) < began_ms);
  if (elders.length <= known * eldersForEach) return;
  throw new GexlakeError(
    'LOG_LOST',
    `the log knows ${known} published files, and ${elders.length} that are older than it would go for its not knowing them, such as ${elders[0]?.path}`,
    {
      hint: 'Nothing was changed. If the log before was lost, restore a snapshot that knows them, or let this log take them in: `gexlake restore --rebuild-log`. If the log is right all the same, repair with --trust-log.',
    },
  );
}

/** When a file was made, at the latest: the job in its name has that time, also where it was copied since. */
async function madeAt_ms(root: string, path: string): Promise<number> {
  const retired = parseRetiredPath(path);
  const canonical = retired?.live ?? parseCanonicalPath(path);
  const jobId = (canonical === null ? null : parsePublishedName(canonical.file)?.jobId) ?? retired?.by ?? null;
  return jobId === null ? modifiedAt_ms(join(root, path)) : beganAt_ms(jobId);
}
