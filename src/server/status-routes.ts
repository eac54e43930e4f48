import type { GexlakeError } from '../core/errors.ts';
import { healthRoute } from './http-app.ts';
import type { Service } from './routes.ts';
import { problems } from './problem-schemas.ts';
import { answer } from './schema-parts.ts';
import { healthSchema, type Health } from './status-schemas.ts';

/** How the service is. */
export function addStatusRoutes(service: Service): void {
  addHealth(service);
  addMetrics(service);
}

function addHealth(service: Service): void {
  const { http, limits } = service;
  http.get(
    healthRoute,
    {
      // What else a client has asked for does not count against it.
      config: {
        needs: 'anyone',
        rateLimit: { max: limits.requests_per_minute, timeWindow: 60_000, groupId: 'health' },
      },
      schema: {
        operationId: 'health',
        tags: ['service'],
        summary: 'Whether the service lives, and whether it can work',
        security: [],
        response: {
          200: answer(healthSchema, 'It can.'),
          503: answer(healthSchema, 'It lives, but cannot work now; `reasons` says why.'),
        },
      },
    },
    async (_request, reply) => {
      const health = await healthOf(service);
      return reply.code(health.ready ? 200 : 503).send(health);
    },
  );
}

function addMetrics({ http, metrics }: Service): void {
  http.get(
    '/metrics',
    {
      config: { needs: 'viewer' },
      schema: {
        operationId: 'metrics',
        tags: ['service'],
        summary: 'Figures of the service, for Prometheus',
        response: {
          200: { description: 'The figures.', content: { 'text/plain': { schema: { type: 'string' } } } },
          ...problems(),
        },
      },
    },
    async (_request, reply) => {
      const { text, type } = await metrics.render();
      return reply.type(type).serializer(String).send(text);
    },
  );
}

async function healthOf({ app, limits, version, mirror, runner, stopping }: Service): Promise<Health> {
  const { problem, free_bytes } = await app.diskState();
  const ofLog = problem === null ? await app.logProblem() : null;
  const reasons: Health['reasons'] = [problem, ofLog, mirror.problem, runner.problem]
    .filter((error): error is GexlakeError => error !== null)
    // No paths here: this route needs no token.
    .filter(({ code }, at, all) => all.findIndex((other) => other.code === code) === at)
    .map(({ code }) => ({ code, message: meanings[code] ?? 'the data folder or its log cannot be used' }));
  if (problem === null && free_bytes < limits.disk_free_bytes)
    reasons.push({ code: 'DISK_FULL', message: `less than ${limits.disk_free_bytes} bytes are free on the disk` });
  if (stopping.aborted) reasons.push({ code: 'SHUTTING_DOWN', message: 'the service is about to stop' });
  const ready = reasons.length === 0;
  return { status: ready ? 'ready' : 'not ready', live: true, ready, reasons, fetch: runner.fetching, version };
}

const meanings: Readonly<Record<string, string>> = {
  FOLDER_NOT_WRITABLE: 'the data folder cannot be written into',
  LOCK_BUSY: 'another process keeps the job log locked',
  DATABASE_NEWER: 'a newer gexlake has written the job log',
  DATABASE_DAMAGED: 'the job log cannot be opened',
  JOURNAL_DAMAGED: 'the journal of the job log is damaged, and nothing is written',
  LOG_FORKED: 'the job log is not the one of its journal, and nothing is written',
  LOG_ROLLED_BACK: 'the journal of the job log has lost entries, and nothing is written',
  LOG_LOST: 'the job log and its journal are gone, and nothing is written',
};
