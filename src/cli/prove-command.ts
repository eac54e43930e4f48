import { Option, type Command } from 'commander';
import { checkProofFile, type App, type NumberReport, type OnGoverned, type ProveReport } from '../app/app.ts';
import { parseMoment } from '../core/as-of.ts';
import { counted } from '../core/counted.ts';
import { GexlakeError } from '../core/errors.ts';
import { parseEndpoint, parseTicker } from '../core/names.ts';
import { redactText } from '../core/redact.ts';
import { makeCommand, type CommonOptions } from './command-line.ts';
import { watching } from './govern-progress.ts';
import { say, terminalWidth, writeData, writeJson } from './output.ts';
import { printChecked, printNumber, printResult } from './prove-output.ts';
import { around } from './surroundings.ts';
import { renderTable } from './table.ts';
import { exitVerificationFailed, tell } from './verify-command.ts';

type ProveOptions = CommonOptions & {
  readonly column?: string;
  readonly asOf?: string;
  readonly out?: string;
  readonly check?: string;
  readonly key?: string;
  readonly sql?: string;
};

export function proveCommand(): Command {
  return makeCommand(
    'prove',
    'make files again from their sources and compare; trace one number to its source; check a proof',
    [
      'prove parquet/gex/2025/10/NQ_NDX/gex_zero/strikes.parquet',
      'prove',
      'prove NQ_NDX gex_zero 2025-10-22T14:30:00Z 24999.93 --column gex_vol',
      'prove NQ_NDX gex_zero 2025-10-22T14:30:00Z 24999.93 --out number.proof',
      'prove --check number.proof',
      'prove --sql "SELECT sum(gex_vol) FROM strikes" --json',
    ],
  )
    .argument(
      '[what...]',
      'files, relative to the data folder; or ticker, endpoint, time and strike; without any, all files',
    )
    .option('--column <name>', 'the column of the number that is meant (default: the first one behind the strike)')
    .option('--as-of <time>', 'what counted at a time (RFC 3339, with its zone)')
    .addOption(new Option('--out <file>', 'write a proof of the number that needs no lake').conflicts(['check', 'sql']))
    .addOption(
      new Option('--check <file>', 'check such a proof, without lake and network').conflicts(['sql', 'asOf', 'column']),
    )
    .option(
      '--key <file or key>',
      'with --check: the key (name+hash+base64) that must have signed the log, or one that it handed over to',
    )
    .option('--sql <query>', 'the hash of a query’s result, and the files that it rests on')
    .action(async (what: string[], options: ProveOptions) => {
      if (options.check !== undefined) return check(what, options.check, options);
      if (options.key !== undefined) throw usage('--key goes with --check');
      if (options.sql !== undefined) return proveSql(what, options.sql, options);
      if (what.length === 4 && !what.some((one) => one.endsWith('.parquet'))) return proveOne(what, options);
      return proveFiles(what, options);
    });
}

async function proveFiles(paths: readonly string[], options: ProveOptions): Promise<void> {
  const other = (['column', 'asOf', 'out'] as const).find((name) => options[name] !== undefined);
  if (other !== undefined)
    throw usage(`--${other === 'asOf' ? 'as-of' : other} goes with a number or a query, not with files`);
  const report = await proving(options, (app, onProgress) => app.prove(paths, onProgress));
  if (!report.ok) around().exitCode = exitVerificationFailed;
  if (options.json === true) writeJson(report);
  else print(report, paths.length > 0);
}

async function proveOne(
  [ticker = '', endpoint = '', time = '', strike = '']: readonly string[],
  options: ProveOptions,
) {
  const { asOf, out } = options;
  const found = parseEndpoint(endpoint);
  const request = {
    ticker: parseTicker(ticker),
    endpoint: found,
    second: parseSecond(time),
    strike: parseStrike(strike),
    column: options.column ?? null,
    asOf: asOf === undefined ? null : parseMoment(asOf),
  };
  const report: NumberReport = await proving(options, (app, onProgress) =>
    app.proveNumber(request, out ?? null, onProgress),
  );
  if (report.result === 'contradicted') around().exitCode = exitVerificationFailed;
  if (options.json === true) writeJson(report);
  else printNumber(report);
  if (out !== undefined) say(`${out}: the proof; check it with: gexlake prove --check ${out}`);
}

/** Says besides what is not claimed any more. */
async function proving<T>(options: ProveOptions, act: (app: App, onProgress: OnGoverned) => Promise<T>): Promise<T> {
  const { report, notes } = await watching(options, async (app, onProgress) => {
    return { report: await act(app, onProgress), notes: await app.logNotes() };
  });
  tell(notes);
  return report;
}

async function check(what: readonly string[], path: string, options: ProveOptions): Promise<void> {
  if (what.length > 0) throw usage('--check takes the file of a proof and nothing else');
  const report = await checkProofFile(path, options.key ?? null);
  if (!report.ok) around().exitCode = exitVerificationFailed;
  if (options.json === true) writeJson(report);
  else printChecked(report);
}

async function proveSql(what: readonly string[], sql: string, options: ProveOptions): Promise<void> {
  if (what.length > 0 || options.column !== undefined) throw usage('--sql takes a query and nothing else');
  const asOf = options.asOf === undefined ? null : parseMoment(options.asOf);
  const report = await watching(options, (app, onProgress) => app.proveQuery({ sql, asOf }, onProgress));
  if (!report.ok) around().exitCode = exitVerificationFailed;
  if (options.json === true) writeJson(report);
  else printResult(report);
}

/** A second, as Unix seconds or as RFC 3339 with its zone. */
function parseSecond(text: string): number {
  if (/^\d{1,11}$/.test(text)) return Number(text);
  const at_ms = Date.parse(parseMoment(text));
  if (at_ms % 1000 === 0) return at_ms / 1000;
  throw usage(`${text} is no whole second, and the data have seconds`);
}

function parseStrike(text: string): number {
  const strike = /^-?\d+(?:\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isFinite(strike)) return strike;
  throw usage(`${JSON.stringify(text)} is no strike`);
}

function usage(problem: string): GexlakeError {
  return new GexlakeError('USAGE', problem, { hint: 'See: gexlake prove --help' });
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
