import type { Command } from 'commander';
import { GexlakeError } from '../core/errors.ts';
import { parseTicker } from '../core/names.ts';
import type { SampleVendor, SampleVendorOptions } from '../sample-vendor/sample-vendor.ts';
import { sampleDefaults } from '../sample/sample.ts';
import { makeCommand, type CommonOptions } from './command-line.ts';
import { listenForInterrupts } from './interrupts.ts';
import { writeData } from './output.ts';
import { aborted } from './serve-command.ts';

type Options = CommonOptions & {
  readonly port: string;
  readonly now?: string;
  readonly speed: string;
  readonly tickers: string;
  readonly full?: boolean;
  readonly seed: string;
  readonly eodAt: string;
  readonly histAt: string;
  readonly spacing: string;
  readonly dailyCalls?: string;
  readonly monthlyCalls?: string;
  readonly signatureLife: string;
  readonly bandwidth?: string;
  readonly fault?: readonly string[];
};

/** A record a minute: a day that is quickly made and yet shows how a day goes. */
const smallDay = { records: 390, strikes: 25, span_s: sampleDefaults.records, flaws: true } as const;
const fullDay = { ...smallDay, records: sampleDefaults.records, strikes: sampleDefaults.strikes } as const;

export function sampleVendorCommand(): Command {
  return makeCommand(
    'sample-vendor',
    'answer on this machine as GEXBot’s API does, over made-up sessions, for trying things out without a key',
    [
      'sample-vendor',
      'sample-vendor --now 2026-07-17T17:04:00-04:00 --speed 60 --fault throttled=0.1 --fault cut=0.05',
    ],
  )
    .option(
      '--port <port>',
      'the API’s port; the blob store and its fallback take the two behind it, 0 any three',
      '9123',
    )
    .option('--now <time>', 'where its clock begins, as in 2026-07-17T17:04:00-04:00 (default: now)')
    .option('--speed <times>', 'how many of its seconds go by in one; 0 stands still', '1')
    .option('--tickers <list>', 'the tickers that it has', 'SPX,NQ_NDX')
    .option('--full', 'sessions as large as real ones: 23,400 records of 99 strikes')
    .option('--seed <number>', 'equal seeds make equal sessions and faults', '1')
    .option('--eod-at <HH:MM>', 'when a session’s bundle comes out, New York', '17:05')
    .option('--hist-at <HH:MM>', 'when a session’s files can be had one by one, New York', '20:00')
    .option('--spacing <ms>', 'the least time between two calls of one ticker and category, 0 for none', '1000')
    .option('--daily-calls <count>', 'calls that a key may make in a day (default: any number)')
    .option('--monthly-calls <count>', 'calls that a key may make in a month (default: any number)')
    .option('--signature-life <seconds>', 'how long a signed URL opens', '900')
    .option('--bandwidth <bytes>', 'bytes a second that all downloads share (default: as fast as it goes)')
    .option('--fault <kind=probability>', 'something that goes wrong at times; may be repeated', collect)
    .action(async (options: Options) => {
      const wanted = await readOptions(options);
      const { startSampleVendor } = await import('../sample-vendor/sample-vendor.ts');
      const { interrupts, stop } = listenForInterrupts('stopping');
      try {
        const vendor = await startSampleVendor(wanted);
        writeData(options.json === true ? JSON.stringify(asJson(vendor)) : describe(vendor, wanted));
        await aborted(interrupts.finish);
        await vendor.close();
      } finally {
        stop();
      }
    });
}

function collect(text: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), text];
}

async function readOptions(options: Options): Promise<SampleVendorOptions & { readonly tickers: readonly string[] }> {
  const { parseFault } = await import('../sample-vendor/sample-vendor.ts');
  const { dailyCalls, monthlyCalls, bandwidth } = options;
  return {
    port: whole('--port', options.port, 65_533),
    clock: { now_ms: readTime(options.now), speed: readSpeed(options.speed) },
    tickers: options.tickers.split(',').map(parseTicker),
    size: options.full === true ? fullDay : smallDay,
    seed: whole('--seed', options.seed),
    schedule: { eod_minute: minuteOf('--eod-at', options.eodAt), hist_minute: minuteOf('--hist-at', options.histAt) },
    pace: {
      spacing_ms: whole('--spacing', options.spacing),
      day: dailyCalls === undefined ? null : whole('--daily-calls', dailyCalls),
      month: monthlyCalls === undefined ? null : whole('--monthly-calls', monthlyCalls),
    },
    signature_life_s: whole('--signature-life', options.signatureLife),
    bandwidth_bytes_s: bandwidth === undefined ? null : Math.max(1, whole('--bandwidth', bandwidth)),
    faults: (options.fault ?? []).map(parseFault),
  };
}

function refused(option: string, text: string, expected: string): GexlakeError {
  return new GexlakeError('USAGE', `${option} is ${text}, expected ${expected}`, {
    hint: '`gexlake sample-vendor --help` shows examples.',
  });
}

function whole(option: string, text: string, most = 999_999_999): number {
  if (/^\d{1,9}$/.test(text) && Number(text) <= most) return Number(text);
  throw refused(option, text, `a whole number up to ${most}`);
}

function readSpeed(text: string): number {
  if (/^\d{1,6}(?:\.\d+)?$/.test(text)) return Number(text);
  throw refused('--speed', text, 'a number such as 60');
}

function readTime(text: string | undefined): number {
  if (text === undefined) return Date.now();
  const isWhole = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d)?(?:Z|[+-]\d\d:\d\d)$/.test(text);
  if (isWhole && !Number.isNaN(Date.parse(text))) return Date.parse(text);
  throw refused('--now', text, 'a time with its zone, as in 2026-07-17T17:04:00-04:00');
}

function minuteOf(option: string, text: string): number {
  const [, hours, minutes] = /^([01]?\d|2[0-3]):([0-5]\d)$/.exec(text) ?? [];
  if (hours === undefined || minutes === undefined) throw refused(option, text, 'a time of day, as in 17:05');
  return Number(hours) * 60 + Number(minutes);
}

function asJson({ apiUrl, blobUrl, fallbackUrl, keys, now_ms }: SampleVendor): object {
  // The keys are no secrets: they open nothing but this.
  return {
    api_url: apiUrl,
    blob_url: blobUrl,
    fallback_url: fallbackUrl,
    now: new Date(now_ms()).toISOString(),
    keys,
  };
}

function describe(
  { apiUrl, blobUrl, fallbackUrl, keys, now_ms }: SampleVendor,
  { tickers, clock }: { readonly tickers: readonly string[] } & SampleVendorOptions,
): string {
  const time = new Date(now_ms()).toLocaleString('sv-SE', { timeZone: 'America/New_York' });
  const speed = clock !== undefined && 'speed' in clock ? pastOf(clock.speed) : '';
  const width = Math.max(...keys.map(({ key }) => key.length));
  return [
    `the sample vendor answers at ${apiUrl}`,
    `signed URLs lead to ${blobUrl}; the same is at ${fallbackUrl}`,
    `its clock says ${time} in New York${speed}`,
    '',
    'keys:',
    ...keys.map((key) => `  ${key.key.padEnd(width)}  ${mayDo(key)}`),
    '',
    'in another terminal:',
    `  export GEXLAKE_GEXBOT_URL=${apiUrl}`,
    `  export GEXLAKE_GEXBOT_KEY=${keys[0]?.key ?? ''}`,
    `  export GEXLAKE_GEXBOT_FALLBACK_HOST=${fallbackUrl}`,
    `  export GEXLAKE_SOURCE_ALLOW=${blobUrl},${fallbackUrl}`,
    '  gexlake vendor',
    `  gexlake fetch --plan --ticker ${tickers[0] ?? ''} --endpoint gex_zero`,
  ].join('\n');
}

function pastOf(speed: number): string {
  if (speed === 0) return ' and stands still';
  return speed === 1 ? '' : `, and goes ${speed} times as fast`;
}

function mayDo({ tier, packages, eod, hist }: SampleVendor['keys'][number]): string {
  const has = [eod ? 'the bundle of the last session' : '', hist ? 'every session of 90 days' : ''].filter(
    (text) => text !== '',
  );
  return `${tier}: ${has.length === 0 ? 'no history' : `${packages.join(', ')}; ${has.join(', ')}`}`;
}
