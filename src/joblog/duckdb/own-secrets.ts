import { isUrl, redactUrl } from '../../core/redact.ts';
import { importJobs } from '../../core/log-tables.ts';
import { toText } from '../../core/row-texts.ts';
import { hasTable, withDatabase, type Database, type DatabaseOptions } from '../../db/db.ts';
import { secretHash, type Journal, type KeptSecret } from '../../journal/journal.ts';
import { exists } from '../../platform/files.ts';
import { rowName } from '../journal/rows.ts';
import { isDamage } from './damaged.ts';

/*
 * The links of jobs lie in two places: in the log's database, and beside the journal's entries, which have their hashes. Where the second is
 * lost, the first still has them.
 */

type LinkedLog = { readonly path: string; readonly options: DatabaseOptions; readonly journal: Journal };

/** The links of a log, whose catalog must be the current one, that are not kept beside its journal. */
export async function unkeptLinks(database: Database, { journal }: Pick<LinkedLog, 'journal'>): Promise<KeptSecret[]> {
  const kept = await journal.secrets();
  const rows = await database.all(`SELECT id, url FROM ${importJobs.name} WHERE position('?' IN url) > 0`);
  const links = rows.map((row) => ({ id: toText(row['id']), url: toText(row['url']) }));
  return links
    .filter(({ url }) => isUrl(url) && redactUrl(url) !== url && !kept.has(secretHash(url)))
    .map(({ id, url }) => ({ of: rowName(importJobs, { id }), column: 'url', value: url }));
}

/** Keeps what only the database has, before that is made again from the journal. One that cannot be read has nothing to give. */
export async function keepOwnLinks(log: LinkedLog): Promise<void> {
  const { path, options, journal } = log;
  if (!(await exists(path))) return;
  try {
    const links = await withDatabase(path, { ...options, readOnly: true }, async (database) =>
      // A kill may have left one that was begun and has no tables yet.
      (await hasTable(database, importJobs.name)) ? unkeptLinks(database, log) : [],
    );
    await journal.keepSecrets(links);
  } catch (error) {
    if (!isDamage(error)) throw error;
  }
}
