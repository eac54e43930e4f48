export const jobStatuses = ['pending', 'started', 'staged', 'completed', 'failed', 'skipped', 'cancelled'] as const;
export type JobStatus = (typeof jobStatuses)[number];

export const jobKinds = ['import', 'correction', 'rewrite', 'migration'] as const;
export type JobKind = (typeof jobKinds)[number];

export type FileState = 'publishing' | 'live' | 'superseded';
export type ArchiveState = 'archived' | 'removed';

/** What is to go with a purge, is going since its commit, or is gone. */
export type PurgeState = 'intended' | 'removing' | 'purged';

/** What a purged file was. `pin` is a whole pin, `copy` what lay in the trash. */
export const purgedKinds = ['live', 'superseded', 'source', 'archived', 'quarantine', 'copy', 'pin'] as const;
export type PurgedKind = (typeof purgedKinds)[number];

/** By which way a job came: a command of this machine, the service, or a log that was rebuilt from the files. */
export const jobOrigins = ['command', 'http', 'rebuild'] as const;
export type JobOrigin = (typeof jobOrigins)[number];

/** Where every record of a file went: `read = processed + duplicate + quarantined`, always. */
export type Counts = {
  readonly records_read: number;
  readonly records_processed: number;
  readonly records_duplicate: number;
  readonly records_quarantined: number;
};
