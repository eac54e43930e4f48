import type { Command } from 'commander';
import type { ProveReport } from '../app/app.ts';
import { counted } from '../core/counted.ts';
import { redactText } from '../core/redact.ts';
import { makeCommand, type CommonOptions } from './command-line.ts';
import { watching } from './govern-progress.ts';
import { terminalWidth, writeData, writeJson } from './output.ts';
import { around } from './surroundings.ts';
import { renderTable } from './table.ts';
import { exitVerificationFailed } from './verify-command.ts';

export function proveCommand(): Command {
  return makeCommand('prove', 'make files again from their sources, privately, and compare; changes nothing', [
    'prove parquet/gex/2025/10/NQ_NDX/gex_zero/strikes.parquet',
    'prove',
    'prove --json',
  ])
    .argument('[file...]', 'paths of live or superseded files, relative to the data folder; without any, all')
    .action(async (paths: string[], options: CommonOptions) => {
      const report = await watching(options, (app, onProgress) => app.prove(paths, onProgress));
      if (!report.ok) around().exitCode = exitVerificationFailed;
      if (options.json === true) writeJson(report);
      else print(report, paths.length > 0);
    });
}

/** Files that were named are all told; of all files only those that did not come out byte for byte. */
function print({ results, proofs }: ProveReport, wereNamed: boolean): void {
  const told = proofs.filter(({ result }) => wereNamed || result !== 'bytes');
  const titles = [
    { title: 'RESULT' },
    { title: 'FILE', shrinks: true, least: 30 },
    { title: 'JOB', shrinks: true, least: 14 },
    { title: 'WHY OR FROM', shrinks: true, least: 20 },
  ];
  const rows = told.map(({ result, path, job_id, why, source }) => {
    return [result, redactText(path), job_id, redactText(why ?? source?.url ?? '')];
  });
  if (rows.length > 0) writeData(renderTable(titles, rows, terminalWidth()));
  const { bytes, content, unproven, contradicted } = results;
  const parts = [`${bytes} with the same bytes`, `${content} with the same rows`, `${unproven} unproven`];
  writeData(`${counted(proofs.length, 'file')}: ${parts.join(', ')}, ${contradicted} contradicted`);
}
