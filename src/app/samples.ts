import type { Writable } from 'node:stream';
import type { Flags } from '../config/config.ts';
import { parseEndpoint } from '../core/names.ts';
import { formatVendorSource } from '../core/vendor-source.ts';
import { writeOutputFile } from '../platform/output-file.ts';
import { startSampleVendor } from '../sample-vendor/sample-vendor.ts';
import { generateSample, sampleDefaults, type SampleFacts, type SampleOptions } from '../sample/sample.ts';

/** Writes a sample session into a file, or to a stream that somebody else ends. */
export async function writeSampleFile(
  options: SampleOptions,
  target: string | Writable,
  gzip: boolean,
): Promise<SampleFacts> {
  let facts: SampleFacts | null = null;
  const chunks = generateSample(options);
  await writeOutputFile(
    target,
    remember(chunks, (found) => (facts = found)),
    gzip,
  );
  if (facts === null) throw new Error('the sample has no end');
  return facts;
}

/** A made-up vendor that has one session, and what makes gexlake ask it. */
export type SampleServer = {
  /** The session as a source: `gexbot:hist/…`. */
  readonly source: string;
  readonly size_bytes: number;
  readonly settings: Flags;
  readonly apiUrl: string;
  readonly close: () => Promise<void>;
};

/** Starts a vendor on this machine that has a sample session, on the day after it. Other settings than the options' are not its own. */
export async function serveSample(options: SampleOptions, source_allow: readonly string[]): Promise<SampleServer> {
  const { ticker, sessionDate, seed, records, strikes, flaws } = options;
  const endpoint = parseEndpoint(options.endpoint);
  const vendor = await startSampleVendor({
    clock: { now_ms: Date.parse(`${sessionDate}T23:59:00Z`) + day_ms, speed: 1 },
    tickers: [ticker],
    seed,
    size: { records, strikes, span_s: options.span_s ?? sampleDefaults.records, flaws, form: 'gzip' },
    pace: { spacing_ms: 0 },
  });
  try {
    const size_bytes = await vendor.prepare({ ticker, endpoint, date: sessionDate });
    assertMade(size_bytes);
    return {
      source: formatVendorSource({ kind: 'hist', ticker, endpoint, date: sessionDate }),
      size_bytes,
      settings: {
        source_allow: [...source_allow, vendor.blobUrl, vendor.fallbackUrl],
        gexbot_url: vendor.apiUrl,
        gexbot_key: vendor.keys[0]?.key,
        gexbot_fallback_host: vendor.fallbackUrl,
        gexbot_pace_ms: 0,
      },
      apiUrl: vendor.apiUrl,
      close: vendor.close,
    };
  } catch (error) {
    await vendor.close();
    throw error;
  }
}

const day_ms = 86_400_000;

function assertMade(size_bytes: number | null): asserts size_bytes is number {
  if (size_bytes === null) throw new Error('the sample vendor does not have the session that it was started for');
}

/** Passes a generator's values on and hands its result to `keep`. */
function* remember<T, R>(values: Generator<T, R, void>, keep: (result: R) => void): Generator<T, void, void> {
  keep(yield* values);
}
