import { InvalidArgumentError, type Command } from 'commander';
import type { MigrationReport } from '../app/app.ts';
import { GexlakeError } from '../core/errors.ts';
import { redactText } from '../core/redact.ts';
import { makeCommand, openApp, type CommonOptions } from './command-line.ts';
import { formatBytes, formatCount } from './format.ts';
import { GovernProgress } from './govern-progress.ts';
import { listenForInterrupts } from './interrupts.ts';
import { reportError, say, terminalWidth, writeData } from './output.ts';
import { addApplyOption, expectedPlan, printPlan, type ApplyOption } from './plan-output.ts';
import { ProgressDisplay } from './progress.ts';
import { exitCodeOfRun, printRun } from './results.ts';
import { renderTable } from './table.ts';
import { around } from './surroundings.ts';

const exitPartly = 4;

type MigrateOptions = CommonOptions &
  ApplyOption & { readonly removeSources?: boolean; readonly reason: string; readonly workers: number };

export function migrateCommand(): Command {
  const command = makeCommand(
    'migrate',
    'bring Parquet files of old layouts into the canonical one; prints the plan first',
    ['migrate ~/old/gexbot', 'migrate ~/old/gexbot --apply', 'migrate ~/old/gexbot --apply --remove-sources'],
  )
    .argument('[folder]', 'the folder with the old files; without one, the data folder itself')
    .option('--remove-sources', 'with --apply: move files whose rows are all live into the trash')
    .option('--reason <text>', 'why; it stays in the job log for good', 'a file of an old layout')
    .option('--workers <count>', 'importer processes that run side by side', readWorkers, 1);
  return addApplyOption(command).action(async (folder: string | undefined, options: MigrateOptions) => {
    const { apply, removeSources = false, reason, workers } = options;
    if (removeSources && apply === undefined)
      throw new GexlakeError('USAGE', '--remove-sources is given without --apply', {
        hint: 'Look at the plan first, then give both.',
      });
    const app = await openApp(options);
    const looking = new GovernProgress(around().stderr);
    const display = new ProgressDisplay(around().stderr);
    const { interrupts, stop } = listenForInterrupts();
    const request = {
      folder: folder ?? null,
      removeSources,
      reason: reason.trim() === '' ? 'a file of an old layout' : reason.trim(),
      apply: apply === undefined ? null : { expected: expectedPlan(options) },
    };
    const report = await app
      .migrate({ ...request, workers }, { onProgress: looking.onProgress, listener: display }, interrupts)
      .finally(() => {
        looking.clear();
        display.clear();
        stop();
      });
    around().exitCode = print(report, folder, options);
  });
}

function readWorkers(given: string): number {
  const workers = /^[1-9]\d?$/.test(given) ? Number(given) : 0;
  if (workers >= 1 && workers <= 64) return workers;
  throw new InvalidArgumentError('Expected a whole number from 1 to 64.');
}

/** Prints plan and results, and gives the exit code: with `--apply`, 4 where anything was left as it was. */
function print(report: MigrationReport, folder: string | undefined, options: MigrateOptions): number {
  const applied = options.apply !== undefined;
  const json = options.json === true;
  const { plan, run, snapshot, kept } = report;
  const { id, actions, left, done, others, layout } = plan;
  const printed = { applied, plan_id: id, plan: actions, left, done, others, layout };
  const after = applied ? { snapshot, results: run?.results ?? [], kept } : {};
  printPlan({ ...printed, ...after }, folder === undefined ? 'migrate' : `migrate ${folder}`, json);
  if (!json) {
    if (run !== null) printRun(run);
    printLeft('LEFT AS IT IS', left);
    printLeft('NOT REMOVED', kept);
    if (done > 0) say(`${formatCount(done)} files are migrated already`);
    if (others > 0) say(`${formatCount(others)} files are no Parquet and were not looked at`);
    if (folder === undefined) say(`the data folder has layout ${layout.found}, the newest known is ${layout.known}`);
  }
  if (run?.error != null) {
    const exitCode = reportError(run.error, json);
    return run.results.length > 0 ? exitPartly : exitCode;
  }
  const exitCode = run === null ? 0 : exitCodeOfRun(run);
  return exitCode === 0 && applied && left.length + kept.length > 0 ? exitPartly : exitCode;
}

function printLeft(title: string, files: MigrationReport['kept']): void {
  if (files.length === 0) return;
  const titles = [
    { title, shrinks: true, least: 30 },
    { title: 'SIZE', right: true },
    { title: 'WHY', shrinks: true },
  ];
  const rows = files.map(({ path, bytes, reason }) => [redactText(path), formatBytes(bytes), redactText(reason)]);
  writeData(renderTable(titles, rows, terminalWidth()));
}
