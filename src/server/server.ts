import { createApp, appVersion } from '../app/app.ts';
import type { Config } from '../config/config.ts';
import { GexlakeError } from '../core/errors.ts';
import { limits as defaultLimits } from '../core/limits.ts';
import type { TokenEntry } from '../core/tokens.ts';
import { isLoopback, loopbackHosts } from './access.ts';
import { addEventRoutes } from './event-routes.ts';
import { EventStreams } from './event-streams.ts';
import { addDataRoutes } from './data-routes.ts';
import { makeHttpApp, type HttpApp } from './http-app.ts';
import { addImportRoutes } from './import-routes.ts';
import { JobMirror } from './job-mirror.ts';
import { addJobRoutes } from './job-routes.ts';
import { LogAccess } from './log-access.ts';
import { Metrics } from './metrics.ts';
import type { Service } from './routes.ts';
import { Runner } from './runner.ts';
import { addStatusRoutes } from './status-routes.ts';
import { addWitnessRoutes } from './witness-routes.ts';

/** How long answers that are under way may take once all else has ended. */
const lastWords_ms = 5_000;

export type ServerOptions = {
  readonly config: Config;
  readonly tokens: readonly TokenEntry[];
  /** Importer processes side by side. */
  readonly workers: number;
  /** Where the log of the service goes, one line of JSON for each entry. */
  readonly log: { readonly write: (text: string) => void };
};

export type RunningServer = {
  /** Where it listens: `http://127.0.0.1:8877`. */
  readonly url: string;
  /**
   * Takes no work any more, lets running imports finish, closes streams and connections. What runs is cut off at the limit
   * `shutdown_ms`, or from the moment that `abort` says so; its jobs are pending again then.
   */
  readonly stop: (abort: AbortSignal) => Promise<void>;
};

/**
 * Starts the service on a data folder: HTTP, and the importers that work off its jobs.
 * @throws CONFIG_INVALID, PORT_TAKEN, ADDRESS_UNUSABLE, FOLDER_NOT_WRITABLE, DATABASE_NEWER, LOCK_BUSY, …
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { host, port } = options.config.settings;
  mustBeClosed(host, options.tokens);
  const stopping = new AbortController();
  const service = await makeService(options, stopping.signal);
  const { http, mirror, runner } = service;
  await addRoutes(service);
  await mirror.start();
  const url = await listen(http, host, port).catch((error: unknown) => {
    mirror.stop();
    throw error;
  });
  runner.start();
  return {
    url,
    stop: async (abort) => {
      stopping.abort();
      await end(service, abort);
    },
  };
}

/** The parts of the service, each knowing those that it needs. Nothing listens and nothing runs yet. */
async function makeService({ config, tokens, workers, log }: ServerOptions, stopping: AbortSignal): Promise<Service> {
  const { settings } = config;
  const limits = { ...defaultLimits, ...settings.limits };
  let heard: (waited_ms: number) => void = () => undefined;
  const notices: string[] = [];
  let noticed: (message: string) => void = (message) => void notices.push(message);
  const app = createApp(config, {
    onLockWait: (waited_ms) => heard(waited_ms),
    onNotice: (message) => noticed(message),
  });
  await app.prepare();
  const mirror = new JobMirror(app);
  const metrics = new Metrics(app, mirror);
  heard = (waited_ms) => metrics.onLockWait(waited_ms);
  const rules = {
    tokens,
    hosts: isLoopback(settings.host) ? loopbackHosts(settings.host) : null,
    origins: settings.cors_origins,
  };
  const version = appVersion();
  const http = await makeHttpApp({ rules, limits, version, log, isStopping: () => stopping.aborted });
  noticed = (message) => http.log.warn(message);
  for (const message of notices) noticed(message);
  const runner = new Runner(app, { workers, log: http.log, metrics });
  const streams = new EventStreams(app, mirror, limits);
  runner.onProgress = (progress) => streams.onProgress(progress);
  runner.onFetch = (state) => streams.onFetch(state);
  runner.onResult = ({ job_id }) => {
    streams.onEnd(job_id);
    void mirror.refresh();
    app.settle().catch((error: unknown) => http.log.error(error));
  };
  return {
    http,
    app,
    limits,
    upload_bytes: settings.max_upload_mb * 1024 ** 2,
    version,
    mirror,
    log: new LogAccess(app, mirror),
    runner,
    streams,
    metrics,
    stopping,
  };
}

async function end({ app, http, limits, mirror, runner, streams }: Service, abort: AbortSignal): Promise<void> {
  streams.close();
  await runner.stop(AbortSignal.any([abort, AbortSignal.timeout(limits.shutdown_ms)]));
  await app.settle();
  mirror.stop();
  const cut = setTimeout(() => http.server.closeAllConnections(), lastWords_ms);
  await http.close();
  clearTimeout(cut);
}

async function addRoutes(service: Service): Promise<void> {
  addImportRoutes(service);
  addJobRoutes(service);
  addDataRoutes(service);
  addEventRoutes(service);
  addStatusRoutes(service);
  await addWitnessRoutes(service, service.app);
}

/** Whoever can reach another address than this machine's own is asked who they are. */
function mustBeClosed(host: string, tokens: readonly TokenEntry[]): void {
  if (isLoopback(host) || tokens.length > 0) return;
  throw new GexlakeError('CONFIG_INVALID', `host is ${host}, which others can reach, and there are no tokens`, {
    hint: 'Make a token with `gexlake token <name> --role operator` and give its entry in GEXLAKE_TOKENS, or listen on 127.0.0.1.',
  });
}

async function listen(http: HttpApp, host: string, port: number): Promise<string> {
  try {
    return await http.listen({ host, port });
  } catch (error) {
    await http.close();
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EADDRINUSE')
      throw new GexlakeError('PORT_TAKEN', `port ${port} of ${host} is in use by another program`, {
        hint: 'Stop that program, or choose another port with --port or GEXLAKE_PORT.',
      });
    if (code !== undefined && /^E(?:ACCES|PERM|ADDRNOTAVAIL|AFNOSUPPORT|NOTFOUND|AI_AGAIN|INVAL)$|^EAI_/.test(code))
      throw new GexlakeError('ADDRESS_UNUSABLE', `cannot listen on port ${port} of ${host} (${code})`, {
        hint: 'Choose an address of this machine, and a port above 1023.',
      });
    throw error;
  }
}
