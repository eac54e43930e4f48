import type { Command } from 'commander';
import { allowFaults, type App, type BackupReport, type PruneReport } from '../app.ts';
import { GexlakeError } from '../core/errors.ts';
import { makeCommand, openApp, type CommonOptions } from './command-line.ts';
import { say, writeData } from './output.ts';
import { addApplyOption, expectedPlan, printPlan, type ApplyOption } from './plan-output.ts';

type PlanOptions = CommonOptions & ApplyOption;

/** Opens the data folder for a command that does the work in this process. */
async function openToGovern(options: CommonOptions): Promise<App> {
  allowFaults();
  return openApp(options);
}

function askOf(options: ApplyOption): { readonly apply: boolean; readonly expected: string | null } {
  return { apply: options.apply !== undefined && options.apply !== false, expected: expectedPlan(options) };
}

export function pruneCommand(): Command {
  const command = makeCommand(
    'prune',
    'archive staged JSON and remove raw JSON by the retention rules, empty the trash',
    ['prune', 'prune --apply', 'prune --apply 3f9c0a51b2de'],
  );
  return addApplyOption(command).action(async (options: PlanOptions) => {
    const app = await openToGovern(options);
    printPruned(await app.prune(askOf(options), () => undefined), 'prune', options);
  });
}

export function archiveCommand(): Command {
  return makeCommand('archive', 'move staged sources into the archive now, whatever their age', [
    'archive source/gexbot/2025-10-22_NQ_NDX_classic_gex_zero.json',
  ])
    .argument('<file...>', 'paths of staged sources, relative to the data folder')
    .action(async (paths: string[], options: CommonOptions) => {
      const app = await openToGovern(options);
      printPruned(await app.archive(paths, () => undefined), 'archive', options);
    });
}

function printPruned(report: PruneReport, command: string, options: CommonOptions): void {
  printPlan(report, command, options.json === true);
  if (options.json !== true) for (const { path, reason } of report.kept) say(`kept: ${path} ${reason}`);
}

type BackupOptions = PlanOptions & { readonly keep?: string };

export function backupCommand(): Command {
  const command = makeCommand('backup', 'save both databases in backups/, opened and compared', [
    'backup',
    'backup --apply',
    'backup --keep 10 --apply',
  ]).option('--keep <count>', 'send all but the newest so many snapshots to the trash');
  return addApplyOption(command).action(async (options: BackupOptions) => {
    const keep = options.keep === undefined ? null : readKeep(options.keep);
    const app = await openToGovern(options);
    printBackup(await app.backUp(askOf(options), keep, () => undefined), options);
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
