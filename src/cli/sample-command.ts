import type { Command } from 'commander';
import { writeSampleFile } from '../app/app.ts';
import { GexlakeError } from '../core/errors.ts';
import { sampleDefaults, type SampleFacts, type SampleOptions } from '../sample/sample.ts';
import { makeCommand, type CommonOptions } from './command-line.ts';
import { formatBytes, formatCount } from './format.ts';
import { say, writeJson } from './output.ts';
import { around } from './surroundings.ts';

type Options = CommonOptions & {
  readonly ticker: string;
  readonly endpoint: string;
  readonly date: string;
  readonly seed: string;
  readonly records: string;
  readonly strikes: string;
  readonly flaws: boolean;
  readonly gzip?: boolean;
  readonly out: string;
};

export function sampleCommand(): Command {
  return makeCommand('sample', 'write a made-up but realistic session in the vendor’s form, for trying things out', [
    'sample --ticker NQ_NDX --endpoint gex_zero --date 2025-10-22 --out 2025-10-22_NQ_NDX_classic_gex_zero.json',
    'sample --ticker SPX --endpoint orderflow --date 2025-10-22 --records 600 --gzip --out 2025-10-22_SPX_orderflow_orderflow.json.gz',
  ])
    .option('--ticker <ticker>', 'the ticker', 'NQ_NDX')
    .option('--endpoint <endpoint>', 'the endpoint, of any package', 'gex_zero')
    .option('--date <YYYY-MM-DD>', 'the session date, a weekday', '2025-10-22')
    .option('--seed <number>', 'equal seeds and options give equal bytes', String(sampleDefaults.seed))
    .option('--records <count>', 'records of the session', String(sampleDefaults.records))
    .option('--strikes <count>', 'about how many strikes each ladder has', String(sampleDefaults.strikes))
    .option('--no-flaws', 'leave out the stale first record and the duplicates that real files have')
    .option('--gzip', 'compress the file')
    .requiredOption('--out <file>', 'the file to write, which must not exist; - for standard output')
    .action(async (options: Options) => {
      const target = options.out === '-' ? around().stdout : options.out;
      const facts = await writeSampleFile(toSampleOptions(options), target, options.gzip === true);
      // With the sample itself on standard output, the facts go beside it.
      if (options.json === true && options.out !== '-') writeJson(facts);
      else say(describe(facts, options.out));
    });
}

function toSampleOptions(options: Options): SampleOptions {
  const number = (name: 'seed' | 'records' | 'strikes') => {
    if (/^\d{1,9}$/.test(options[name])) return Number(options[name]);
    throw new GexlakeError('USAGE', `--${name} is ${options[name]}, expected a whole number`, {
      hint: '`gexlake sample --help` shows examples.',
    });
  };
  return {
    ticker: options.ticker,
    endpoint: options.endpoint,
    sessionDate: options.date,
    seed: number('seed'),
    records: number('records'),
    strikes: number('strikes'),
    flaws: options.flaws,
  };
}

function describe(facts: SampleFacts, out: string): string {
  const records = `${formatCount(facts.records_read)} records (${facts.records_duplicate} duplicate, ${facts.records_quarantined} stale)`;
  return `${out}: ${formatBytes(facts.size_bytes)} of JSON, ${records}, ${formatCount(facts.strike_rows_read)} strike rows`;
}
