import { join } from 'node:path';
import { canonicalRoot, parseCanonicalPath, parsePublishedName } from '../../core/canonical-path.ts';
import { inFolder } from '../../core/stored-path.ts';
import { GexlakeError } from '../../core/errors.ts';
import { readFooter } from '../../parquet/parquet.ts';
import { findFile } from '../../platform/listing.ts';

/**
 * Makes sure that a log may begin in a data folder: where files are published, there was one, and it and its journal are lost. Another
 * one would know none of these files, and publish their rows a second time.
 * @throws LOG_LOST
 */
export async function requireNothingPublished(root: string): Promise<void> {
  const folder = join(root, canonicalRoot);
  const path = await findFile(
    folder,
    async (below) => hasPublishedName(`${canonicalRoot}/${below}`) && (await mayBeOurs(join(folder, below))),
  );
  if (path === null) return;
  throw new GexlakeError(
    'LOG_LOST',
    `there are published files in ${root}, such as ${inFolder(canonicalRoot, path)}, and neither gex_history.db nor log/`,
    {
      details: { path: root },
      hint: 'Nothing was changed. Put `gex_history.db` and `log/` back, or restore a snapshot (`gexlake restore backups/…`). Without one, `gexlake restore --rebuild-log` makes the log from the files. docs/recovery.md says more.',
    },
  );
}

function hasPublishedName(path: string): boolean {
  const canonical = parseCanonicalPath(path);
  return canonical !== null && parsePublishedName(canonical.file) !== null;
}

/** What each of our files says in its footer; files of old layouts may have the same names and do not. */
const mark = 'gexlake.source_checksum';

/** Whether a file is one that gexlake has written, or so damaged that nobody can say. */
async function mayBeOurs(path: string): Promise<boolean> {
  const footer = await readFooter(path);
  return footer === null || footer.includes(mark, 0, 'latin1');
}
