import { snapshotBeforeUpgrade } from '../backup/backup.ts';
import type { Config, Settings } from '../config/config.ts';
import type { Clock } from '../core/clock.ts';
import { dataFolder, type DataFolder } from '../core/data-folder.ts';
import type { NoticeTarget } from '../core/notices.ts';
import type { Subscription } from '../core/subscription.ts';
import { limits as defaultLimits, type Limits } from '../core/limits.ts';
import { openJobLog, type JobLog } from '../joblog/joblog.ts';
import type { Note } from '../core/problem.ts';
import { beginOn, type GovernContext } from '../maintenance/maintenance.ts';
import {
  importerProcess,
  openVendorIn,
  type Importers,
  type QueriedLake,
  type StartImporter,
} from '../pipeline/pipeline.ts';
import { currentSigner, type KeyPlace } from '../trust/trust.ts';
import { settling, tellContradiction } from './settling.ts';
import { systemClock } from '../platform/clock.ts';
import { makeDataFolder } from '../platform/folders.ts';
import { limitNewFiles } from '../platform/new-files.ts';
import { guardDataFolder, mustBeDatabaseFile, mustBeOwn } from '../platform/own-places.ts';
import { commandOf } from '../platform/processes.ts';
import { sourcePolicy, type SourcePolicy } from '../source/source.ts';
import { openLocalStore } from '../store/store.ts';
import type { Vendor, VendorSettings } from '../vendor/vendor.ts';

/** Hears how far long work is: a few words, how much is done, of how much. */
export type OnGoverned = GovernContext['onProgress'];

export type AppOptions = {
  /** Hears of the app's own waiting for databases, in milliseconds. */
  readonly onLockWait?: (waited_ms: number) => void;
  /** Hears what a person should know that no command has asked for, such as that the job log was saved and upgraded. */
  readonly onNotice?: (message: string) => void;
  /** How importers are started; without it, in processes of their own. */
  readonly startImporter?: StartImporter | undefined;
  /** The time that this process goes by; without it, the system's. */
  readonly clock?: Clock | undefined;
};

/** What the groups of the app share: one data folder, its log, the settings, and who acts. */
export type AppContext = {
  readonly folder: DataFolder;
  readonly log: JobLog;
  readonly limits: Limits;
  readonly clock: Clock;
  readonly actor: string;
  /** What this machine's command line may fetch, and what those outside it may. */
  readonly policy: SourcePolicy;
  readonly outsidePolicy: SourcePolicy;
  /** The vendor's API, with the key of the settings; `hasKey`: whether they have one. */
  readonly vendor: Vendor;
  readonly hasKey: boolean;
  readonly vendorSettings: VendorSettings;
  /** What is wanted of it. */
  readonly subscriptions: readonly Subscription[];
  readonly importers: Importers;
  readonly lake: QueriedLake;
  readonly governing: (onProgress: OnGoverned) => GovernContext;
  readonly quietly: GovernContext;
  /** Where the keys are that sign checkpoints. */
  readonly keys: KeyPlace;
  /** The key of this service as a witness of other journals, and the keys of those. */
  readonly witness: { readonly key_file: string | null; readonly logs: readonly string[] };
  /** Who is told what should be known in time, and from when on it is. */
  readonly notifying: {
    readonly targets: readonly NoticeTarget[];
    readonly disk_low_gb: number;
    readonly urgent_days: number;
  };
  /** Brings the journal's checkpoint to its end; where it cannot, it stays behind. */
  readonly keepCheckpoint: () => Promise<void>;
  /** The same, where this process or an importer of it may have added to it. */
  readonly settle: () => Promise<void>;
  /** @throws where the folder is somebody else's */
  readonly ours: () => Promise<void>;
  /** Makes sure that there is a folder of ours to write into; gives what its disk lacks, before anything depends on it. */
  readonly ready: () => Promise<Note[]>;
};

export function createContext(
  { settings, actor, key_folder }: Config,
  { onLockWait, onNotice = () => undefined, startImporter = importerProcess, clock = systemClock }: AppOptions,
): AppContext {
  const folder = dataFolder(settings.data_dir);
  limitNewFiles(settings.log_mode);
  guardDataFolder(folder.root);
  const limits = { ...defaultLimits, ...settings.limits };
  const { threads, memory_mb, staged_days, raw_days, log_mode } = settings;
  const hearing = onLockWait === undefined ? {} : { onLockWait };
  const database = { clock, commandOf, mustBeFile: mustBeDatabaseFile, lockWait_ms: limits.lock_wait_ms, ...hearing };
  const engine = { ...database, threads, memory_mb };
  const log = openJobLog(folder.history, {
    ...database,
    onNotice,
    beforeUpgrade: (upgrade) => snapshotBeforeUpgrade(quietly, upgrade, onNotice),
  });
  const policy = sourcePolicy(settings.source_allow, true, settings.proxy);
  const vendorSettings = vendorOf(settings);
  const vendor = openVendorIn({ folder, settings: vendorSettings, policy, limits, clock });
  const store = openLocalStore(folder.root);
  const governing = (onProgress: OnGoverned): GovernContext => {
    return { folder, store, log, clock, limits, engine, actor, staged_days, raw_days, log_mode, onProgress };
  };
  const quietly = governing(() => undefined);
  let hasStarted = false;
  const keys = { file: settings.log_key_file, folder: key_folder };
  const keepCheckpoint = async () => {
    await keep(quietly, keys).catch(tellContradiction(onNotice));
  };
  const settle = settling(async () => {
    if (hasStarted || log.whole.journal.hasAppended) await keepCheckpoint();
  });
  const ours = () => mustBeOwn(folder);
  return {
    folder,
    log,
    limits,
    clock,
    actor,
    policy,
    vendor,
    vendorSettings,
    subscriptions: settings.subscribe,
    hasKey: vendorSettings.key !== null || vendorSettings.key_file != null,
    outsidePolicy: sourcePolicy(settings.source_allow, false, settings.proxy),
    importers: {
      settings: {
        dataDir: settings.data_dir,
        policy,
        vendor: vendorSettings,
        actor,
        threads,
        memory_mb,
        limits,
        log_mode,
      },
      start: (...given) => {
        hasStarted = true;
        return startImporter(...given);
      },
    },
    lake: { folder, store, log, engine: { ...engine, spill_bytes: limits.query_spill_bytes } },
    governing,
    quietly,
    keys,
    witness: { key_file: settings.witness_key_file, logs: settings.witness_logs },
    notifying: { targets: settings.notify, disk_low_gb: settings.disk_low_gb, urgent_days: settings.urgent_days },
    keepCheckpoint,
    settle,
    ours,
    ready: async () => {
      await ours();
      await makeDataFolder('stage:folder', folder.root);
      return beginOn(folder.root);
    },
  };
}

function vendorOf(settings: Settings): VendorSettings {
  return {
    url: settings.gexbot_url,
    key: settings.gexbot_key,
    key_file: settings.gexbot_key_file,
    fallback_host: settings.gexbot_fallback_host,
    pace_ms: settings.gexbot_pace_ms,
  };
}

async function keep(context: GovernContext, keys: KeyPlace): Promise<void> {
  const signer = await currentSigner(context, keys);
  await context.log.whole.tree.keep(signer === null ? [] : [signer]);
}
