/** What to do about a journal that has other bytes than it should. */
export const damagedHint =
  'Nothing was changed. Check the disk, and restore the newest snapshot, which has a journal with it: `gexlake restore <snapshot> --apply`. Without one, move the folder `log/` out of the data folder: the next command that writes begins a new journal from the log as it is.';

/** What to do about a journal that lacks what the log has, or is another log's. */
export const lostHint =
  'Nothing was changed. Put the folder `log/` back as it was, or restore the newest snapshot: `gexlake restore <snapshot> --apply`. Without one, move `log/` out of the data folder: the next command that writes begins a new journal from the log as it is.';
