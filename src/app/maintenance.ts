import { join, resolve } from 'node:path';
import { backUp, restoreSnapshot, type BackupReport, type RestoreReport } from '../backup/backup.ts';
import { dataFolder, type DataFolder } from '../core/data-folder.ts';
import {
  examine,
  tighten,
  type Ask,
  type DoctorReport,
  type GovernContext,
  type PlanReport,
  type TightenAction,
} from '../maintenance/maintenance.ts';
import { migrateFolder, type MigrationReport, type MigrationRequest } from '../migrate/migrate.ts';
import {
  runImporter,
  runImporters,
  type ImportListener,
  type ImportRequest,
  type Interrupts,
} from '../pipeline/pipeline.ts';
import { exists } from '../platform/files.ts';
import { mustBeOwn } from '../platform/own-places.ts';
import { rebuildLog } from '../rebuild/rebuild.ts';
import { repair, type AskedRepair, type RepairReport } from '../repair/repair.ts';
import { archiveNow, prune, type PruneReport } from '../retention/retention.ts';
import { verify, type Reading, type VerifyReport } from '../verify/verify.ts';
import type { AppContext, OnGoverned } from './context.ts';
import { relativePath } from './changes.ts';

/** What a restoration did, and what verifying found afterwards; null where nothing was done or there are no files to verify. */
export type Restored = RestoreReport & { readonly verify: VerifyReport | null };

/** `into`: another folder than the data folder. */
export type AskedRestoration = { readonly ask: Ask; readonly snapshot: string; readonly into: string | null };

/** `folder`: the data folder itself where it is null. */
export type AskedMigration = Omit<MigrationRequest, 'folder'> & {
  readonly folder: string | null;
  readonly workers: number;
};

/** Looking after what imports have left. */
export type AppMaintenance = {
  /** What is due by the retention rules, printed or done. */
  readonly prune: (ask: Ask, onProgress: OnGoverned) => Promise<PruneReport>;
  /** Archives staged sources at once, whatever their age. */
  readonly archive: (paths: readonly string[], onProgress: OnGoverned) => Promise<PruneReport>;
  /** A snapshot of both databases; `keep` sends all but the newest so many to the trash. */
  readonly backUp: (ask: Ask, keep: number | null, onProgress: OnGoverned) => Promise<BackupReport>;
  /** Puts a snapshot back, over the databases or into another folder, and says whether all is well then. */
  readonly restore: (asked: AskedRestoration, onProgress: OnGoverned) => Promise<Restored>;
  /** Makes the job log again from the files alone. */
  readonly rebuildLog: (ask: Ask, onProgress: OnGoverned) => Promise<Restored>;
  /** Migrates files of old layouts below a folder, the data folder itself where none is given; or only plans it. */
  readonly migrate: (
    request: AskedMigration,
    hearing: { readonly onProgress: OnGoverned; readonly listener: ImportListener },
    interrupts: Interrupts,
  ) => Promise<MigrationReport>;
  /** Changes nothing, and needs no right to write. */
  readonly verify: (reading: Reading, onProgress: OnGoverned) => Promise<VerifyReport>;
  readonly repair: (reading: Reading, ask: AskedRepair, onProgress: OnGoverned) => Promise<RepairReport>;
  /** What the disk of the data folder can do. */
  readonly doctor: () => Promise<DoctorReport>;
  /** Takes rights away from what is open to more than the settings say. */
  readonly tighten: (ask: Ask) => Promise<PlanReport<TightenAction>>;
};

export function maintenance({
  folder,
  log,
  importers,
  governing,
  quietly,
  keepCheckpoint,
  ours,
  ready,
}: AppContext): AppMaintenance {
  /** Runs what a governing command asks for as jobs of an importer; it is not interrupted half-way. */
  const runJobs = async (requests: readonly ImportRequest[]) => {
    const never = new AbortController().signal;
    const company = { listener: unheard, interrupts: { finish: never, abort: never } };
    const run = await runImporter({ log, importers }, { kind: 'sources', requests }, company);
    if (run.error !== null) throw run.error;
    return run.results;
  };
  return {
    prune: async (ask, onProgress) => {
      await ours();
      return prune(governing(onProgress), ask);
    },
    archive: async (paths, onProgress) => {
      await ours();
      const inside = paths.map((path) => relativePath(folder, path));
      return archiveNow(governing(onProgress), inside);
    },
    backUp: async (ask, keep, onProgress) => {
      await ours();
      if (ask.apply) await keepCheckpoint();
      return backUp(governing(onProgress), ask, keep);
    },
    restore: async ({ ask, snapshot, into }, onProgress) => {
      await mustBeOwn(into === null ? folder : dataFolder(into));
      const context = governing(onProgress);
      const found = await snapshotFolder(folder, snapshot);
      const report = await restoreSnapshot(context, ask, { snapshotFolder: found, into });
      return { ...report, verify: into === null ? await verified(context, report) : null };
    },
    rebuildLog: async (ask, onProgress) => {
      await ours();
      const context = governing(onProgress);
      const report = await rebuildLog(context, ask);
      return { ...report, verify: await verified(context, report) };
    },
    migrate: async ({ folder: given, workers, ...request }, { onProgress, listener }, interrupts) => {
      if (request.apply !== null) await ready();
      const work = { kind: 'pending', watch: false, only: 'migration', workers } as const;
      return migrateFolder(
        governing(onProgress),
        { ...request, folder: given === null ? folder.root : resolve(given) },
        (limit) => runImporters({ log, importers }, { ...work, limit }, { listener, interrupts }),
      );
    },
    verify: (reading, onProgress) => verify(governing(onProgress), reading),
    repair: async (reading, ask, onProgress) => {
      await ours();
      return repair(governing(onProgress), { reading, ask, runJobs });
    },
    doctor: () => examine(quietly),
    tighten: async (ask) => {
      await ours();
      return tighten(quietly, ask);
    },
  };
}

/** A snapshot by its path, its path in the data folder, or its name in `backups/`. */
async function snapshotFolder(folder: DataFolder, given: string): Promise<string> {
  for (const path of [join(folder.root, given), join(folder.backups, given)]) if (await exists(path)) return path;
  return resolve(given);
}

async function verified(context: GovernContext, report: RestoreReport): Promise<VerifyReport | null> {
  const isDone = report.applied && report.plan.length > 0;
  return isDone ? verify(context, { kind: 'usual' }) : null;
}

/** For jobs whose results are told by the command that asked for them. */
const unheard: ImportListener = {
  onJob: () => undefined,
  onProgress: () => undefined,
  onWarning: () => undefined,
  onResult: () => undefined,
};
