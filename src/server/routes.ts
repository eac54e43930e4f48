import type { App } from '../app/app.ts';
import type { Limits } from '../core/limits.ts';
import type { EventStreams } from './event-streams.ts';
import type { HttpApp } from './http-app.ts';
import type { JobMirror } from './job-mirror.ts';
import type { LogAccess } from './log-access.ts';
import type { Metrics } from './metrics.ts';
import type { Runner } from './runner.ts';

/** What the routes are made of. */
export type Service = {
  readonly http: HttpApp;
  readonly app: App;
  readonly limits: Limits;
  /** Bytes of records that a request may bring itself. */
  readonly upload_bytes: number;
  readonly version: string;
  readonly mirror: JobMirror;
  readonly log: LogAccess;
  readonly runner: Runner;
  readonly streams: EventStreams;
  readonly metrics: Metrics;
  /** Aborted when the service is about to stop. */
  readonly stopping: AbortSignal;
};

/** The limit that routes share which ask for work. */
export function importLimit({ limits }: Service) {
  return { rateLimit: { max: limits.imports_per_minute, timeWindow: 60_000, groupId: 'imports' } };
}
