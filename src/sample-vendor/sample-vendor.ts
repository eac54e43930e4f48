import type { Clock } from '../core/clock.ts';
import { systemClock } from '../platform/clock.ts';
import { startHttpServer, type HttpAnswer, type HttpRequest, type HttpServer } from '../platform/http-server.ts';
import { createLink } from '../platform/link.ts';
import type { Endpoint } from '../core/names.ts';
import { answerApi } from './api-routes.ts';
import { answerBlob } from './blob-routes.ts';
import { createCalls, type Call } from './calls.ts';
import { answerControl } from './control-routes.ts';
import { createFaults, type Fault } from './faults.ts';
import { createSampleFiles, type SampleSize } from './files.ts';
import { createPace, type PaceLimits } from './pace.ts';
import { createPublished, type Restated } from './published.ts';
import { defaultSchedule, type Schedule } from './schedule.ts';
import { createSigner } from './signing.ts';
import { sampleKeys, type SampleKey } from './tiers.ts';
import type { Vendor } from './vendor.ts';
import { createVendorClock, followClock, type VendorClock, type VendorTime } from './vendor-clock.ts';

export type { Call } from './calls.ts';
export { faultKinds, parseFault, type Fault } from './faults.ts';
export { type SampleKey } from './tiers.ts';

/** What a stand-in is like; each has a default. */
export type SampleVendorOptions = {
  /** Its time: a clock that it follows, or where it begins and how fast it goes. The system's where it is not said. */
  readonly clock?: Pick<Clock, 'now_ms'> | VendorTime;
  readonly schedule?: Partial<Schedule>;
  readonly tickers?: readonly string[];
  readonly keys?: readonly SampleKey[];
  readonly seed?: number;
  readonly size?: Partial<SampleSize>;
  readonly faults?: readonly Fault[];
  readonly pace?: Partial<PaceLimits>;
  /** How long a signed URL opens. */
  readonly signature_life_s?: number;
  /** What all bodies share; as fast as it goes where it is null. */
  readonly bandwidth_bytes_s?: number | null;
  /** How fast an answer comes that the fault `slow` strikes. */
  readonly slow_bytes_s?: number;
  /** Made bodies are kept in memory up to so many bytes. */
  readonly cache_bytes?: number;
  /** The port of the API; the blob store and its fallback have the two behind it. 0 takes any three. */
  readonly port?: number;
};

/** A session's file by its endpoint. */
export type SampleSession = { readonly ticker: string; readonly endpoint: Endpoint; readonly date: string };

export type SampleVendor = {
  /** The API's base: `http://127.0.0.1:<port>/v2`. */
  readonly apiUrl: string;
  /** The origin that signed URLs lead to, and the one that has the same under the same paths. */
  readonly blobUrl: string;
  readonly fallbackUrl: string;
  readonly keys: readonly SampleKey[];
  /** Every call so far but those of `/_control`. */
  readonly calls: () => readonly Call[];
  readonly now_ms: () => number;
  readonly advance: (ms: number) => void;
  readonly setFaults: (faults: readonly Fault[]) => void;
  /** From now on a session's file has other bytes under the same name. */
  readonly restate: (session: Restated) => void;
  /** The JSON of a session as it is told now, whether it is out or not; null where there is none. */
  readonly sourceOf: (session: SampleSession) => Promise<Uint8Array | null>;
  /** Makes a session's file before it is asked for, and gives its bytes; null where it cannot be had. */
  readonly prepare: (session: SampleSession) => Promise<number | null>;
  readonly close: () => Promise<void>;
};

/** Small enough that thousands of sessions are made in a minute. */
const smallSize: SampleSize = { records: 30, strikes: 9, span_s: 30, flaws: false, form: 'mixed' };

/** Starts a stand-in for the vendor's API and its blob store on this machine. */
export async function startSampleVendor(options: SampleVendorOptions = {}): Promise<SampleVendor> {
  const vendor = createVendor(options);
  const { port = 0 } = options;
  const started: HttpServer[] = [];
  const close = async () => {
    await Promise.all(started.map((server) => server.close()));
  };
  const start = async (offset: number, answer: (request: HttpRequest) => Promise<HttpAnswer>) => {
    const server = await startHttpServer(answer, port === 0 ? 0 : port + offset);
    started.push(server);
    return server.origin;
  };
  try {
    const blobUrl = await start(1, (request) => answerBlob(vendor, 'blob', request));
    const fallbackUrl = await start(2, (request) => answerBlob(vendor, 'fallback', request));
    const api = await start(0, (request) => answerAny(vendor, blobUrl, request));
    return { ...outside(vendor), apiUrl: `${api}/v2`, blobUrl, fallbackUrl, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function answerAny(vendor: Vendor, blobOrigin: string, request: HttpRequest): Promise<HttpAnswer> {
  const isControl = request.path.startsWith('/_control/');
  return isControl ? answerControl(vendor, request) : answerApi(vendor, blobOrigin, request);
}

function createVendor(options: SampleVendorOptions): Vendor {
  const { seed = 1, bandwidth_bytes_s = null } = options;
  const clock = clockOf(options.clock ?? systemClock);
  const faults = createFaults(seed, options.faults ?? []);
  const schedule = { ...defaultSchedule, ...options.schedule };
  const size = { ...smallSize, ...options.size };
  return {
    clock,
    tickers: options.tickers ?? ['SPX', 'NQ_NDX'],
    keys: options.keys ?? sampleKeys,
    faults,
    files: createSampleFiles({ seed, size, faults, cache_bytes: options.cache_bytes ?? 256 * 1024 * 1024 }),
    published: createPublished({ now_ms: clock.now_ms, schedule, faults }),
    signer: createSigner(seed, options.signature_life_s ?? 15 * 60),
    pace: createPace({ spacing_ms: 1_000, day: null, month: null, ...options.pace }),
    calls: createCalls(),
    link: bandwidth_bytes_s === null ? null : createLink(bandwidth_bytes_s, systemClock),
    slowLink: createLink(options.slow_bytes_s ?? 16 * 1024, systemClock),
  };
}

function clockOf(clock: Pick<Clock, 'now_ms'> | VendorTime): VendorClock {
  return 'speed' in clock ? createVendorClock(clock, systemClock) : followClock(clock);
}

function outside({ keys, calls, clock, faults, published, files }: Vendor) {
  return {
    keys,
    calls: calls.all,
    now_ms: clock.now_ms,
    advance: clock.advance,
    setFaults: faults.set,
    restate: published.restate,
    sourceOf: async ({ ticker, endpoint, date }: SampleSession) => {
      const file = published.member(endpoint, ticker, date);
      return file === null ? null : files.json(file);
    },
    prepare: async ({ ticker, endpoint, date }: SampleSession) => {
      const file = published.member(endpoint, ticker, date);
      return file === null ? null : (await files.make(file)).body.byteLength;
    },
  };
}
