import type { Agent, Dispatcher } from 'undici';
import { GexlakeError } from '../core/errors.ts';
import { redactUrl } from '../core/redact.ts';
import type { Connector, ConnectorSettings } from './connector.ts';
import { networkError } from './network-errors.ts';
import { readAhead } from './read-ahead.ts';
import { version } from './version.ts';

export type HttpSettings = ConnectorSettings & {
  /** Silence after which an answer is given up, before its first byte and within it. */
  readonly stall_timeout_ms: number;
  /** Bytes of a body below which so long a time counts as silence. */
  readonly stall_bytes: number;
  /** Interim answers (1xx) that may come before an answer. */
  readonly interim_answers: number;
  readonly answer_header_bytes: number;
  /** Bytes that may come besides the body: headers, interim answers, the framing of chunks. */
  readonly framing_bytes: number;
};

/** An answer whose body has not been read yet. It is either read to its end or discarded. */
export type HttpAnswer = {
  readonly status: number;
  /** The values of a header field, by its name in lower case, in the order they came. */
  readonly fields: (name: string) => readonly string[];
  readonly body: AsyncIterable<Uint8Array>;
  readonly discard: () => void;
};

export type HttpClient = {
  /** One GET. Redirects are answers like any other. Rejects with DOWNLOAD_…, SOURCE_NOT_ALLOWED or INTERRUPTED. */
  readonly get: (url: URL, headers: Readonly<Record<string, string>>, signal?: AbortSignal) => Promise<HttpAnswer>;
  /** One HEAD, whose answer has no body. */
  readonly head: HttpClient['get'];
  readonly close: () => Promise<void>;
};

/** How often what comes besides a body is counted. */
const watch_ms = 100;

/**
 * A client for one download. It follows no redirects, decodes nothing, takes no proxy from the environment, and says who it is.
 * HTTP/1.1 only: one file needs one stream, and HTTP/2's flow control would slow it on a long line.
 */
export async function openHttp(settings: HttpSettings): Promise<HttpClient> {
  // Loaded here and not above: what undici and Node's own HTTP take to load is not for imports of local files to pay, 90 and 40 ms.
  const [undici, { checkedConnector }] = await Promise.all([import('undici'), import('./connector.ts')]);
  const connector = checkedConnector(undici.buildConnector, settings);
  const agent = new undici.Agent({
    connect: connector.connect,
    headersTimeout: settings.stall_timeout_ms,
    bodyTimeout: settings.stall_timeout_ms,
    maxHeaderSize: settings.answer_header_bytes,
    allowH2: false,
  });
  return {
    get: (url, headers, signal) =>
      new Exchange({ settings, connector, url, signal, method: 'GET' }).ask(agent, headers),
    head: (url, headers, signal) =>
      new Exchange({ settings, connector, url, signal, method: 'HEAD' }).ask(agent, headers),
    close: async () => {
      const closed = agent.destroy();
      connector.close();
      await closed;
    },
  };
}

type ExchangeOptions = {
  readonly settings: HttpSettings;
  readonly connector: Connector;
  readonly url: URL;
  readonly signal: AbortSignal | undefined;
  readonly method: 'GET' | 'HEAD';
};

/** One request and its answer. Its limits count from the request on, whatever arrives meanwhile. */
class Exchange {
  readonly #options: ExchangeOptions;
  /** Ends the exchange with the error that it is aborted with. */
  readonly #limit = new AbortController();
  readonly #before_bytes: number;
  #interim = 0;
  #body_bytes = 0;
  #answerTimer: NodeJS.Timeout | undefined;
  #watch: NodeJS.Timeout | undefined;

  constructor(options: ExchangeOptions) {
    this.#options = options;
    this.#before_bytes = options.connector.read_bytes();
  }

  async ask(agent: Agent, headers: Readonly<Record<string, string>>): Promise<HttpAnswer> {
    const { url, signal, settings, method } = this.#options;
    const answer_ms = settings.connect_timeout_ms + settings.stall_timeout_ms;
    this.#answerTimer = setTimeout(
      () => this.#end('DOWNLOAD_STALLED', `gave no answer in ${answer_ms / 1000} s`),
      answer_ms,
    );
    this.#watch = setInterval(() => this.#checkFraming(), watch_ms);
    const stop = AbortSignal.any([this.#limit.signal, ...(signal === undefined ? [] : [signal])]);
    try {
      const asked = agent.request({
        origin: url.origin,
        path: url.pathname + url.search,
        method,
        headers: { ...headers, 'user-agent': `gexlake/${version()}` },
        signal: stop,
        onInfo: () => this.#countInterim(),
      });
      // While a connection is being made the library hears of no signal.
      return this.#answerOf(await orAborted(asked, stop));
    } catch (error) {
      this.#stopWatching();
      throw this.#failed(error, 'head');
    } finally {
      clearTimeout(this.#answerTimer);
    }
  }

  #answerOf({ body, headers, statusCode }: Dispatcher.ResponseData): HttpAnswer {
    const coming = readAhead(body);
    return {
      status: statusCode,
      fields: (name) => [headers[name] ?? []].flat(),
      body: this.#readBody(coming),
      discard: () => {
        this.#stopWatching();
        body.destroy();
      },
    };
  }

  async *#readBody(coming: AsyncGenerator<Uint8Array, void, void>): AsyncGenerator<Uint8Array, void, void> {
    try {
      const pace = new Pace(this.#options.settings);
      for (let next = await pace.wait(coming.next()); next.done !== true; next = await pace.wait(coming.next())) {
        this.#body_bytes += next.value.byteLength;
        if (pace.isTooSlow(next.value.byteLength)) throw this.#error('DOWNLOAD_STALLED', 'comes too slowly');
        yield next.value;
      }
    } catch (error) {
      throw this.#failed(error, 'body');
    } finally {
      this.#stopWatching();
    }
  }

  #countInterim(): void {
    this.#interim += 1;
    const most = this.#options.settings.interim_answers;
    if (this.#interim > most)
      this.#end('DOWNLOAD_REFUSED', `sent more than ${most} interim answers (1xx) and no other`);
  }

  /** What comes and is no body: a header without end, empty lines without end, chunks that are all framing. */
  #checkFraming(): void {
    const { connector, settings } = this.#options;
    const framing_bytes = connector.read_bytes() - this.#before_bytes - this.#body_bytes;
    // TLS adds little to a body; a client that is behind with reading has some of it still before it.
    if (framing_bytes > settings.framing_bytes + this.#body_bytes * framingShare)
      this.#end('DOWNLOAD_REFUSED', `sent ${framing_bytes} bytes besides ${this.#body_bytes} bytes of a file`);
  }

  #end(code: 'DOWNLOAD_STALLED' | 'DOWNLOAD_REFUSED', what: string): void {
    this.#stopWatching();
    this.#limit.abort(this.#error(code, what));
  }

  #error(code: 'DOWNLOAD_STALLED' | 'DOWNLOAD_REFUSED', what: string): GexlakeError {
    return new GexlakeError(code, `${redactUrl(this.#options.url.href)} ${what}`, {
      hint:
        code === 'DOWNLOAD_STALLED' ? 'Check the network, then retry the job.' : 'Check the URL, or ask for a new one.',
    });
  }

  #failed(error: unknown, phase: 'head' | 'body'): GexlakeError {
    const { url, signal, settings } = this.#options;
    return networkError(error, { url, phase, signal, proxied: settings.proxyFor(url.origin) !== null });
  }

  #stopWatching(): void {
    clearInterval(this.#watch);
    clearTimeout(this.#answerTimer);
  }
}

/** What a promise gives, unless the signal comes first; then what it may still give is thrown away. */
async function orAborted(asked: Promise<Dispatcher.ResponseData>, stop: AbortSignal): Promise<Dispatcher.ResponseData> {
  const aborted = Promise.withResolvers<never>();
  const abort = () => aborted.reject(stop.reason);
  if (stop.aborted) abort();
  stop.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([asked, aborted.promise]);
  } finally {
    stop.removeEventListener('abort', abort);
    // Whoever asked has been told; what comes now comes too late.
    aborted.promise.catch(() => undefined);
    // An answer that comes all the same is not read.
    if (stop.aborted) asked.then(({ body }) => body.on('error', () => undefined).destroy()).catch(() => undefined);
  }
}

/** Framing that a body may have for each of its bytes: a server may send chunks of a few bytes each. */
const framingShare = 8;

/** Whether a body comes as fast as it must. Only time that is spent waiting for it counts, not that of whoever takes it. */
class Pace {
  readonly #settings: HttpSettings;
  #waited_ms = 0;
  #bytes = 0;

  constructor(settings: HttpSettings) {
    this.#settings = settings;
  }

  async wait<T>(coming: Promise<T>): Promise<T> {
    const since_ms = performance.now();
    const came = await coming;
    this.#waited_ms += performance.now() - since_ms;
    return came;
  }

  isTooSlow(more_bytes: number): boolean {
    this.#bytes += more_bytes;
    if (this.#waited_ms < this.#settings.stall_timeout_ms) return false;
    const isSlow = this.#bytes < this.#settings.stall_bytes;
    this.#waited_ms = 0;
    this.#bytes = 0;
    return isSlow;
  }
}
