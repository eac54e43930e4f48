/** What to do about a journal that has other bytes than it should. */
export const damagedHint =
  'Nothing was changed. Check the disk, and put the file back if there is a copy. Otherwise move the folder `log/` out of the data folder: the next command that writes begins a new journal from the log as it is. docs/recovery.md says more.';

/** What to do about a journal that lacks what the log has, or is another log's. */
export const lostHint =
  'Nothing was changed. Put the folder `log/` back as it was. Where it is lost, move what is left of it out of the data folder: the next command that writes begins a new journal from the log as it is. docs/recovery.md says more.';
