import type { Command } from 'commander';
import type { AskedPurge } from '../app/app.ts';
import { GexlakeError } from '../core/errors.ts';
import { parseEndpoint, parseTicker } from '../core/names.ts';
import { isSessionDate } from '../core/session.ts';
import { changeCommand, mustOnlyPlan, runChange, type PlannedOptions } from './change-commands.ts';
import { openApp } from './command-line.ts';
import { say } from './output.ts';
import { addApplyOption, expectedPlan, printPlan } from './plan-output.ts';

type PurgeOptions = PlannedOptions & {
  readonly ticker?: string;
  readonly endpoint?: string;
  readonly from?: string;
  readonly to?: string;
  readonly pins: string;
};

export function purgeCommand(): Command {
  const command = changeCommand(
    'purge',
    'take what a job has brought, or sessions, away for good: rows, sources, earlier versions, copies',
    [
      "purge 019a0b2c --reason 'the contract with the vendor has ended' --plan",
      "purge --ticker SPX --endpoint gex_zero --from 2025-10-01 --to 2025-10-31 --reason 'no room' --apply",
    ],
  )
    .argument('[job]', 'the id of the job whose rows and source are to go, or its first digits')
    .option('--ticker <ticker>', 'without a job: the ticker')
    .option('--endpoint <endpoint>', 'without a job: the endpoint')
    .option('--from <YYYY-MM-DD>', 'without a job: the first session')
    .option('--to <YYYY-MM-DD>', 'without a job: the last session')
    .option('--pins <stop|remove>', 'what pins that hold some of it do: stop the purge, or go with it, whole', 'stop')
    .option('--plan', 'print what it would do, and do nothing: so it is without --apply, too');
  return addApplyOption(command).action(purge);
}

async function purge(id: string | undefined, options: PurgeOptions): Promise<void> {
  const asked: AskedPurge = { subject: subjectOf(id, options), pins: readPins(options.pins) };
  if (options.plan === true) mustOnlyPlan(options);
  if (options.apply === undefined) await printPurge(asked, options);
  else await runChange(options, (app) => app.purge(asked, options.reason.trim(), expectedPlan(options)));
}

async function printPurge(asked: AskedPurge, options: PurgeOptions): Promise<void> {
  const { plan, stays } = await (await openApp(options)).planPurge(asked);
  const report = { applied: false, plan_id: plan.id, plan: plan.actions, stays };
  const { subject, pins } = asked;
  const what =
    'id' in subject
      ? subject.id
      : `--ticker ${subject.ticker} --endpoint ${subject.endpoint} --from ${subject.from} --to ${subject.to}`;
  const json = options.json === true;
  printPlan(report, `purge ${what} --reason '…'${pins === 'remove' ? ' --pins remove' : ''}`, json);
  if (!json) for (const { job_id, reason } of stays) say(`stays: job ${job_id} ${reason}`);
}

function subjectOf(id: string | undefined, { ticker, endpoint, from, to }: PurgeOptions): AskedPurge['subject'] {
  const given = [ticker, endpoint, from, to];
  if (id !== undefined && given.every((value) => value === undefined)) return { id };
  if (id !== undefined || ticker === undefined || endpoint === undefined || from === undefined || to === undefined)
    throw new GexlakeError('USAGE', 'a purge is about one job, or about sessions', {
      hint: 'Give the id of a job, or all of --ticker, --endpoint, --from and --to.',
    });
  for (const date of [from, to]) if (!isSessionDate(date)) throw noDate(date);
  if (from > to)
    throw new GexlakeError('USAGE', `--from ${from} is later than --to ${to}`, { hint: 'Turn them around.' });
  return { ticker: parseTicker(ticker), endpoint: parseEndpoint(endpoint).name, from, to };
}

function noDate(date: string): GexlakeError {
  return new GexlakeError('SESSION_DATE_INVALID', `${JSON.stringify(date)} is no date`, {
    hint: 'Write it as YYYY-MM-DD.',
  });
}

function readPins(given: string): AskedPurge['pins'] {
  if (given === 'stop' || given === 'remove') return given;
  throw new GexlakeError('USAGE', `--pins is ${given}, expected stop or remove`, {
    hint: '`stop` names the pins that hold some of it; `remove` takes these away with it.',
  });
}
