import type { Command } from 'commander';
import { allowFaults, type ListedPin, type PinReport, type PinsReport } from '../app/app.ts';
import { parseMoment } from '../core/as-of.ts';
import { counted } from '../core/counted.ts';
import { GexlakeError } from '../core/errors.ts';
import { parseEndpoint, parseTicker } from '../core/names.ts';
import { makeCommand, openApp, type CommonOptions } from './command-line.ts';
import { formatBytes, formatCount } from './format.ts';
import { watching } from './govern-progress.ts';
import { say, terminalWidth, writeData, writeJson } from './output.ts';
import { addApplyOption, askOf, printActions, totalOf, type ApplyOption } from './plan-output.ts';
import { around } from './surroundings.ts';
import { renderTable } from './table.ts';
import { exitVerificationFailed } from './verify-command.ts';

type PinOptions = CommonOptions &
  ApplyOption & { readonly asOf?: string; readonly ticker?: string; readonly endpoint?: string };

export function pinCommand(): Command {
  const command = makeCommand(
    'pin',
    'keep what counted at a time under a name, with an id that can be cited; list or verify pins',
    ['pin paper --as-of 2025-11-03T21:00:00Z', 'pin list', 'pin verify'],
  )
    .argument('<name>', 'the name of the pin: letters, digits, ., _ and -')
    .option('--as-of <time>', 'the time (RFC 3339, with its zone); needed')
    .option('--ticker <ticker>', 'only files of this ticker')
    .option('--endpoint <endpoint>', 'only files of this endpoint');
  return addApplyOption(command)
    .action(async (name: string, options: PinOptions) => printPinned(await pin(name, options), options))
    .addCommand(listCommand())
    .addCommand(verifyCommand());
}

async function pin(name: string, options: PinOptions): Promise<PinReport> {
  const { ticker, endpoint, asOf } = options;
  if (asOf === undefined)
    throw new GexlakeError('USAGE', '--as-of is missing', {
      hint: `For example: gexlake pin ${name} --as-of 2025-11-03T21:00:00Z`,
    });
  const asked = {
    name,
    at: parseMoment(asOf),
    ticker: ticker === undefined ? null : parseTicker(ticker),
    endpoint: endpoint === undefined ? null : parseEndpoint(endpoint).name,
  };
  allowFaults();
  return watching(options, (app, onProgress) => app.pin(asked, askOf(options), onProgress));
}

function printPinned(report: PinReport, options: PinOptions): void {
  if (options.json === true) {
    writeJson(report);
    return;
  }
  const { applied, plan, plan_id, name, as_of, basis, pin_id } = report;
  if (plan.length === 0) say(`${name} is there already, and pins just that`);
  else if (!applied) {
    printActions(plan);
    say(`planned: ${totalOf(plan)}, plan ${plan_id}: this disk has no hard links, so the files would be copied`);
    say(`to do it: the same command with --apply ${plan_id}`);
    return;
  }
  say(
    `${name} as of ${as_of} (basis: ${basis}): ${applied ? `${counted(plan.length, 'file')} in pins/${name}` : 'unchanged'}`,
  );
  writeData(pin_id);
}

function listCommand(): Command {
  return makeCommand('list', 'list the pins', ['pin list']).action(async (_own: unknown, command: Command) => {
    const options = withoutPinned(command.optsWithGlobals<PinOptions>(), 'list');
    const pins = await (await openApp(options)).pins();
    if (options.json === true) writeJson(pins);
    else writeData(pins.length === 0 ? 'no pins' : tableOf(pins));
  });
}

/** What says what to pin means nothing where nothing is pinned. @throws USAGE */
function withoutPinned(options: PinOptions, verb: string): CommonOptions {
  const { asOf, ticker, endpoint, apply } = options;
  const given = Object.entries({ '--as-of': asOf, '--ticker': ticker, '--endpoint': endpoint, '--apply': apply });
  const other = given.find(([, value]) => value !== undefined);
  if (other === undefined) return options;
  throw new GexlakeError('USAGE', `pin ${verb} does not take ${other[0]}`, { hint: `See: gexlake pin ${verb} --help` });
}

function tableOf(pins: readonly ListedPin[]): string {
  const titles = [
    { title: 'PIN' },
    { title: 'AS OF (UTC)' },
    { title: 'FILES', right: true },
    { title: 'ROWS', right: true },
    { title: 'SIZE', right: true },
    { title: 'ID (SHA-256 OF THE MANIFEST)', shrinks: true, least: 12 },
  ];
  const rows = pins.map(({ name, as_of, files, rows: count, bytes, pin_id }) => {
    if (pin_id === null) return [name, 'no manifest that can be read', '', '', '', ''];
    return [name, as_of ?? '', formatCount(files), formatCount(count), formatBytes(bytes), pin_id];
  });
  return renderTable(titles, rows, terminalWidth());
}

function verifyCommand(): Command {
  return makeCommand('verify', 'compare every byte of pins with their manifests', ['pin verify', 'pin verify paper'])
    .argument('[name]', 'the name of a pin; without one, all')
    .action(async (name: string | undefined, _own: unknown, command: Command) => {
      const options = withoutPinned(command.optsWithGlobals<PinOptions>(), 'verify');
      printVerified(
        await watching(options, (app, onProgress) => app.verifyPins(name ?? null, onProgress)),
        options.json === true,
      );
    });
}

function printVerified(report: PinsReport, json: boolean): void {
  if (!report.ok) around().exitCode = exitVerificationFailed;
  if (json) {
    writeJson(report);
    return;
  }
  const { ok, pins, files, bytes_read, problems } = report;
  for (const { message, code, hint } of problems) {
    say(`${message} [${code}]`);
    say(`  ${hint}`);
  }
  const what = `${counted(pins.length, 'pin')}, ${counted(files, 'file')}, ${formatBytes(bytes_read)} read`;
  writeData(`${ok ? 'ok' : counted(problems.length, 'problem')}: ${what}`);
}
