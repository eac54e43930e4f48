import type { Command } from 'commander';
import { resolve } from 'node:path';
import {
  allowFaults,
  type App,
  type BackupReport,
  type OnGoverned,
  type PruneReport,
  type Restored,
} from '../app/app.ts';
import { counted } from '../core/counted.ts';
import { GexlakeError } from '../core/errors.ts';
import { makeCommand, type CommonOptions } from './command-line.ts';
import { watching } from './govern-progress.ts';
import { say, writeData } from './output.ts';
import { addApplyOption, askOf, printPlan, type ApplyOption } from './plan-output.ts';
import { exitVerificationFailed, printVerified } from './verify-command.ts';
import { around } from './surroundings.ts';

type PlanOptions = CommonOptions & ApplyOption;

/** Opens the data folder for a command that does the work in this process, and shows how far it is. */
async function governing<T>(options: CommonOptions, act: (app: App, onProgress: OnGoverned) => Promise<T>): Promise<T> {
  allowFaults();
  return watching(options, act);
}

export function pruneCommand(): Command {
  const command = makeCommand(
    'prune',
    'archive staged JSON and remove raw JSON by the retention rules, empty the trash',
    ['prune', 'prune --apply', 'prune --apply 3f9c0a51b2de'],
  );
  return addApplyOption(command).action(async (options: PlanOptions) => {
    const report = await governing(options, (app, onProgress) => app.prune(askOf(options), onProgress));
    printPruned(report, 'prune', options);
  });
}

export function archiveCommand(): Command {
  return makeCommand('archive', 'move staged sources into the archive now, whatever their age', [
    'archive source/gexbot/2025-10-22_NQ_NDX_classic_gex_zero.json',
  ])
    .argument('<file...>', 'paths of staged sources, relative to the data folder')
    .action(async (paths: string[], options: CommonOptions) => {
      const report = await governing(options, (app, onProgress) => app.archive(paths, onProgress));
      printPruned(report, 'archive', options);
    });
}

function printPruned(report: PruneReport, command: string, options: CommonOptions): void {
  printPlan(report, command, options.json === true);
  if (options.json === true) return;
  for (const { path, reason } of report.kept) say(`kept: ${path} ${reason}`);
  const { files_without_proof: files } = report;
  if (files > 0) say(`${counted(files, 'published file')} can no longer be made again or compared: the raw JSON goes`);
}

type BackupOptions = PlanOptions & { readonly keep?: string };

export function backupCommand(): Command {
  const command = makeCommand('backup', 'save both databases in backups/, then open and compare the copies', [
    'backup',
    'backup --apply',
    'backup --keep 10 --apply',
  ]).option('--keep <count>', 'how many snapshots stay; the others go to the trash');
  return addApplyOption(command).action(async (options: BackupOptions) => {
    const keep = options.keep === undefined ? null : readKeep(options.keep);
    printBackup(await governing(options, (app, onProgress) => app.backUp(askOf(options), keep, onProgress)), options);
  });
}

function printBackup(report: BackupReport, options: BackupOptions): void {
  printPlan(report, options.keep === undefined ? 'backup' : `backup --keep ${options.keep}`, options.json === true);
  if (report.plan.length === 0) say('there is no job log here yet, so there is nothing to save');
  for (const what of report.left_out) say(`left out: ${what}`);
  if (report.snapshot !== null && options.json !== true) writeData(report.snapshot);
}

function readKeep(text: string): number {
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text);
  throw new GexlakeError('USAGE', `--keep is ${text}, expected a whole number from 1`, {
    hint: 'For example --keep 10; without it all snapshots stay.',
  });
}

type RestoreOptions = PlanOptions & { readonly into?: string; readonly rebuildLog?: boolean };

export function restoreCommand(): Command {
  const command = makeCommand(
    'restore',
    'put the databases of a snapshot back, or rebuild the job log from the files',
    [
      'restore backups/2025-10-23T061240.123Z',
      'restore backups/2025-10-23T061240.123Z --apply',
      'restore /mnt/safe/2025-10-23T061240.123Z --into ../fresh --apply',
      'restore --rebuild-log',
    ],
  )
    .argument('[snapshot]', 'a snapshot that backup has made: its folder, or its name in backups/')
    .option('--into <folder>', 'restore into a data folder without databases, instead of over those that are here')
    .option(
      '--rebuild-log',
      'without a snapshot: rebuild the log from the Parquet files, the sources and what was set aside',
    );
  return addApplyOption(command).action(async (snapshot: string | undefined, options: RestoreOptions) => {
    const given = readRestore(snapshot, options);
    const report = await governing(options, (app, onProgress) => {
      const ask = askOf(options);
      return given === null ? app.rebuildLog(ask, onProgress) : app.restore({ ask, ...given }, onProgress);
    });
    printRestored(report, given, options);
  });
}

type Given = { readonly snapshot: string; readonly into: string | null };

/** Null for rebuilding, which needs no snapshot. @throws USAGE */
function readRestore(snapshot: string | undefined, { rebuildLog, into }: RestoreOptions): Given | null {
  const hint = 'Give a snapshot (`ls backups`), or --rebuild-log without one.';
  if (rebuildLog === true && (snapshot !== undefined || into !== undefined))
    throw new GexlakeError('USAGE', '--rebuild-log goes with neither a snapshot nor --into', { hint });
  if (rebuildLog === true) return null;
  if (snapshot === undefined) throw new GexlakeError('USAGE', 'there is no snapshot to restore', { hint });
  return { snapshot, into: into === undefined ? null : resolve(into) };
}

function printRestored(report: Restored, given: Given | null, options: RestoreOptions): void {
  const words =
    given === null ? '--rebuild-log' : `${given.snapshot}${given.into === null ? '' : ` --into ${given.into}`}`;
  printPlan(report, `restore ${words}`, options.json === true);
  if (report.verify?.ok === false) around().exitCode = exitVerificationFailed;
  if (options.json === true) return;
  if (report.aside !== null) say(`what was there before is in ${report.aside}`);
  for (const note of report.notes) say(note);
  if (report.verify !== null) printVerified(report.verify, false);
}
