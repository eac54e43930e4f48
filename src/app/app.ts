import type { Config } from '../config/config.ts';
import type { DataFolder } from '../core/data-folder.ts';
import { armFault } from '../platform/faults.ts';
import { version } from '../platform/version.ts';
import { changes, type AppChanges } from './changes.ts';
import { createContext, type AppOptions } from './context.ts';
import { fetching, type AppFetching } from './fetching.ts';
import { imports, type AppImports } from './imports.ts';
import { jobs, type AppJobs } from './jobs.ts';
import { lake, type AppLake } from './lake.ts';
import { maintenance, type AppMaintenance } from './maintenance.ts';
import { notices, type AppNotices } from './notices.ts';
import { service, type AppService } from './service.ts';
import { trust, type AppTrust } from './trust.ts';
import { vendor, type AppVendor } from './vendor.ts';

export type { ImportListener, ImportRequest, Interrupts, QueryRequest, StartImporter } from '../pipeline/pipeline.ts';
export type { QueryRows } from '../core/query.ts';
export type { RequestedSource } from '../source/source.ts';
export type { DoctorReport } from '../maintenance/maintenance.ts';
export type { BackupReport } from '../backup/backup.ts';
export type { MigrationReport } from '../migrate/migrate.ts';
export type { ListedPin, PinReport, PinsReport } from '../pins/pins.ts';
export type { CheckReport, NumberReport, ProveReport, QueryProof } from '../prove/prove.ts';
export { checkProofFile } from './proofs.ts';
export type { ListedRecheck, RecheckReport } from '../recheck/recheck.ts';
export type { Telling } from '../notify/notify.ts';
export type { PruneReport } from '../retention/retention.ts';
export { parseSample, type Reading, type VerifyReport } from '../verify/verify.ts';
export type { AnchorReport, KeyReport, LogReport, RestartReport, ShownEntry, WholeEntry } from '../trust/trust.ts';
export { type RepairReport } from '../repair/repair.ts';
export type { Changes, FileFilter, JobDetails, JobStory } from '../joblog/joblog.ts';
export type { AskedCompaction, AskedPurge } from './changes.ts';
export type { OnGoverned } from './context.ts';
export type { AskedFetch, FetchListener, FetchRun } from './fetching.ts';
export type { Brought } from '../fetch/fetch.ts';
export type { ImportRun } from './imports.ts';
export type { Restored } from './maintenance.ts';
export { serveSample, writeSampleFile } from './samples.ts';
export { isUrgent } from './notices.ts';
export type { OutsideRequest } from './service.ts';
export type { AskedAnchor } from './trust.ts';
export type { VendorReport } from './vendor.ts';

/** All that the ways in (command line, HTTP) may do. The rooms are wired together in this folder and nowhere else. */
export type App = {
  readonly folder: DataFolder;
  /** At the end of a command, or of some work of a service: keeps the journal's checkpoint. Never fails for what the world does. */
  readonly settle: () => Promise<void>;
} & AppImports &
  AppFetching &
  AppChanges &
  AppJobs &
  AppLake &
  AppMaintenance &
  AppNotices &
  AppTrust &
  AppVendor &
  AppService;

export function createApp(config: Config, options: AppOptions = {}): App {
  const context = createContext(config, options);
  return {
    folder: context.folder,
    settle: context.settle,
    ...imports(context),
    ...fetching(context),
    ...changes(context),
    ...jobs(context),
    ...lake(context),
    ...maintenance(context),
    ...notices(context),
    ...trust(context),
    ...vendor(context),
    ...service(context),
  };
}

/** Lets the tests of crash safety place a kill or a failure at one step of this process; nobody else sets what it looks at. */
export function allowFaults(): void {
  armFault();
}

export function appVersion(): string {
  return version();
}
