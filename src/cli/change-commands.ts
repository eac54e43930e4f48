import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { App, AskedCompaction, ImportRequest } from '../app/app.ts';
import { GexlakeError } from '../core/errors.ts';
import { makeCommand, openApp, type CommonOptions } from './command-line.ts';
import { withProgress } from './import-commands.ts';
import { addApplyOption, expectedPlan, printPlan, type ApplyOption } from './plan-output.ts';
import { reportRun } from './results.ts';
import { around } from './surroundings.ts';

type ChangeOptions = CommonOptions & { readonly reason: string; readonly date?: string };
type CorrectOptions = ChangeOptions & { readonly fromRecheck?: string };
export type PlannedOptions = ChangeOptions & ApplyOption & { readonly plan?: boolean };
type CompactOptions = PlannedOptions & { readonly contract?: string };

export function changeCommand(name: string, summary: string, examples: readonly string[]): Command {
  return makeCommand(name, summary, examples).requiredOption(
    '--reason <text>',
    'why; it stays in the job log for good',
  );
}

export function correctCommand(): Command {
  return changeCommand('correct', 'replace the sessions that a job has published by another source', [
    "correct 019a0b2c 2025-10-22_NQ_NDX_classic_gex_zero.json --reason 'the vendor sent the day again'",
    "correct --from-recheck 019a0b2d --reason 'the vendor sent the day again'",
  ])
    .argument('[job]', 'the id of the job with the wrong rows, or its first digits')
    .argument('[source]', 'an HTTPS URL or a local file with the right rows')
    .option('--date <YYYY-MM-DD>', 'the session date, if the file name does not say it')
    .option('--from-recheck <id>', 'take the source that a recheck has kept, for the job that it was compared with')
    .action(async (id: string | undefined, source: string | undefined, options: CorrectOptions) => {
      const { fromRecheck, date } = options;
      if (fromRecheck !== undefined && source === undefined && date === undefined) {
        const taken = { recheck: fromRecheck, id: id ?? null, reason: options.reason.trim() };
        await runChange(options, (app) => app.correctionFromRecheck(taken));
        return;
      }
      if (fromRecheck !== undefined || id === undefined || source === undefined)
        throw new GexlakeError('USAGE', 'a correction takes a job and a source, or --from-recheck', {
          hint: 'For example: gexlake correct 019a0b2c day.json --reason … or gexlake correct --from-recheck 019a0b2d --reason …',
        });
      const isUrl = /^[a-z][a-z0-9+.-]*:/i.test(source);
      const absolute = isUrl ? source : resolve(source);
      await runChange(options, (app) =>
        app.correction({ id, source: absolute, date: options.date, reason: options.reason.trim() }),
      );
    });
}

export function compactCommand(): Command {
  const command = changeCommand(
    'compact',
    'make one strikes.parquet and one snapshots.parquet of all files of a folder',
    [
      "compact parquet/gex/2025/10/NQ_NDX/gex_zero --reason 'month is complete' --plan",
      "compact parquet/gex/2025/10/NQ_NDX/gex_zero --reason 'month is complete'",
      "compact parquet/gex/2025/10/NQ_NDX/gex_zero --reason 'field ids' --contract 2",
    ],
  )
    .argument('<folder>', 'a canonical folder, relative to the data folder')
    .option('--contract <version>', 'raise all of its files to this version of the contract')
    .option('--plan', 'print what it would do, and do nothing');
  return addApplyOption(command).action(async (path: string, options: CompactOptions) => {
    const asked = { path, contract: options.contract ?? null, reason: options.reason.trim() };
    if (options.plan === true) await printCompaction(asked, options);
    else await runChange(options, (app) => app.compaction({ ...asked, planId: expectedPlan(options) }));
  });
}

async function printCompaction(asked: AskedCompaction, options: CompactOptions): Promise<void> {
  mustOnlyPlan(options);
  const { folder, plan } = await (await openApp(options)).planCompaction(asked);
  const report = { applied: false, plan_id: plan.id, plan: plan.actions };
  const raised = options.contract === undefined ? '' : ` --contract ${options.contract}`;
  printPlan(report, `compact ${folder} --reason '…'${raised}`, options.json === true);
}

export function withdrawCommand(): Command {
  const command = changeCommand(
    'withdraw',
    'take out of the live data what a job has brought, read as the wrong ticker, endpoint or session',
    [
      "withdraw 019a0b2c --reason 'it is gex_zero and was imported as gex_full' --plan",
      "withdraw 019a0b2c --reason 'it is gex_zero and was imported as gex_full'",
    ],
  )
    .argument('<job>', 'the id of the job with the wrong rows, or its first digits')
    .option('--plan', 'print what it would do, and do nothing');
  return addApplyOption(command).action(async (id: string, options: PlannedOptions) => {
    if (options.plan === true) await printWithdrawal(id, options);
    else await runChange(options, (app) => app.withdrawal(id, options.reason.trim(), expectedPlan(options)));
  });
}

async function printWithdrawal(id: string, options: PlannedOptions): Promise<void> {
  mustOnlyPlan(options);
  const { jobId, plan } = await (await openApp(options)).planWithdrawal(id);
  const report = { applied: false, plan_id: plan.id, plan: plan.actions };
  printPlan(report, `withdraw ${jobId} --reason '…'`, options.json === true);
}

export function mustOnlyPlan(options: PlannedOptions): void {
  if (options.apply !== undefined)
    throw new GexlakeError('USAGE', '--plan and --apply exclude each other', { hint: 'Give one of the two.' });
}

export function restoreFileCommand(): Command {
  return changeCommand(
    'restore-file',
    'undo the job that superseded a file: all files that it replaced are live again',
    ["restore-file parquet/gex/2025/10/NQ_NDX/gex_zero/strikes.parquet --reason 'the correction was wrong'"],
  )
    .argument('<path>', 'the path that the file had, or the one that it has in archive/, relative to the data folder')
    .action(async (path: string, options: ChangeOptions) => {
      await runChange(options, async (app) => app.restoration(path, options.reason.trim()));
    });
}

export async function runChange(options: ChangeOptions, request: (app: App) => Promise<ImportRequest>): Promise<void> {
  if (options.reason.trim() === '') {
    throw new GexlakeError('USAGE', '--reason is empty', { hint: 'Say why, for whoever reads the log in a year.' });
  }
  const app = await openApp(options);
  const change = await request(app);
  const run = await withProgress((listener, interrupts) => app.importSources([change], listener, interrupts));
  around().exitCode = reportRun(run, options.json === true);
}
