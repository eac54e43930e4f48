const wayOut =
  'Otherwise `gexlake log restart --reason "…"` shows how to begin a new journal from the log as it is, and keeps what is left of this one. docs/recovery.md says more.';

/** What to do about a journal that has other bytes than it should. */
export const damagedHint = `Nothing was changed. Check the disk, and put the file back if there is a copy. ${wayOut}`;

/** The same where there is no database from which a new journal could be begun. */
export const withoutDatabaseHint =
  'Nothing was changed. Put the file back if there is a copy. Otherwise restore the newest snapshot (`gexlake restore backups/…`), which has a journal with it, or make the log from the files: `gexlake restore --rebuild-log`. docs/recovery.md says more.';

/** What to do about a log that is another one than its journal's: the journal is as good as the log, and either can go on. */
export const forkedHint =
  'Nothing was changed. If `log/` was put here by mistake, put the right one back. To go on with the journal, move `gex_history.db` out of the data folder: the next command that writes makes it again from the journal, and the file that you moved keeps what only that has. To go on with the log as it is, `gexlake log restart --reason "…"` begins a new journal from it. docs/recovery.md says more.';

/** What to do about a journal that lacks what the log has, or is another log's. */
export const lostHint = `Nothing was changed. Put the folder \`log/\` back as it was, if there is a copy that is as new as the log. ${wayOut}`;
