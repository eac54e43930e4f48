import type { FastifyReply } from 'fastify';
import type { Job } from '../core/job.ts';
import { actorOf } from './access.ts';
import { readImport } from './import-request.ts';
import { isOver } from './log-access.ts';
import { toShownResult } from './job-view.ts';
import { importLimit, type Service } from './routes.ts';
import {
  answer,
  correctionBodySchema,
  importBodySchema,
  importHeadersSchema,
  jobParamsSchema,
  jobResultSchema,
  problems,
  waitQuerySchema,
  type ShownResult,
} from './schemas.ts';

const answers = {
  200: answer(jobResultSchema, 'The finished job, where it was waited for or had finished before.'),
  202: answer(jobResultSchema, 'The job, which waits or runs; its place is in `Location`.'),
};

/** Asking for imports and corrections. */
export function addImportRoutes(service: Service): void {
  const { http, app, log, runner } = service;

  http.post(
    '/gex_history_url',
    {
      config: { needs: 'operator', ...importLimit(service) },
      schema: {
        operationId: 'importHistory',
        tags: ['imports'],
        summary: 'Import a history file',
        description:
          'The file name in the URL decides ticker, endpoint and session where it has them. Fields that are not known are kept ' +
          'with the job. The same URL, while its job waits or runs, and the same Idempotency-Key give the same job.',
        consumes: ['application/json', 'text/plain'],
        headers: importHeadersSchema,
        querystring: waitQuerySchema,
        body: importBodySchema,
        response: { ...answers, ...problems(413, 415) },
      },
    },
    async (request, reply) => {
      app.mayFetch(request.body.url);
      const idempotencyKey = request.headers['idempotency-key'] ?? null;
      const { job } = await log.submit({ ...readImport(request.body), idempotencyKey, actor: actorOf(request) });
      runner.wake();
      return answerWith(service, reply, job, waitOf(request.query.wait, request.headers.prefer));
    },
  );

  http.post(
    '/jobs/:id/corrections',
    {
      config: { needs: 'operator', ...importLimit(service) },
      schema: {
        operationId: 'correctJob',
        tags: ['imports'],
        summary: 'Replace the sessions that a job has published by the rows of another source',
        headers: importHeadersSchema,
        params: jobParamsSchema,
        querystring: waitQuerySchema,
        body: correctionBodySchema,
        response: { ...answers, ...problems(404, 409, 413, 415) },
      },
    },
    async (request, reply) => {
      const { url, reason, date } = request.body;
      app.mayFetch(url);
      const correction = await app.correction(request.params.id, url.trim(), date, reason.trim());
      const idempotencyKey = request.headers['idempotency-key'] ?? null;
      const { job } = await log.submit({
        request: correction,
        idempotencyKey,
        fields: null,
        notes: [],
        actor: actorOf(request),
      });
      runner.wake();
      return answerWith(service, reply, job, waitOf(request.query.wait, request.headers.prefer));
    },
  );
}

type Wait = { readonly wait_s: number; readonly preferred: boolean };

/** How long a client wants to wait: the query says, or else `Prefer: wait=` (RFC 7240). */
function waitOf(query: number | undefined, prefer: string | undefined): Wait {
  if (query !== undefined) return { wait_s: query, preferred: false };
  const found = /(?:^|[,;\s])wait\s*=\s*"?(\d{1,6})\b/i.exec(prefer ?? '')?.[1];
  return { wait_s: Number(found ?? 0), preferred: found !== undefined };
}

/** 200 with a job that is over, now or within the wait; else 202 with where it will be found. */
async function answerWith(
  service: Service,
  reply: FastifyReply,
  first: Job,
  { wait_s, preferred }: Wait,
): Promise<ShownResult> {
  const { log, limits, stopping } = service;
  const wait_ms = Math.min(wait_s * 1_000, limits.wait_ms);
  const job = wait_ms > 0 ? await log.ended(first, wait_ms, stopping) : first;
  if (preferred) reply.header('preference-applied', `wait=${Math.floor(wait_ms / 1_000)}`);
  reply.header('location', `/jobs/${job.id}`).code(isOver(job) ? 200 : 202);
  return resultOf(service, job);
}

/** A job with what it has published; one that has not ended yet has nothing to be looked up. */
export async function resultOf({ log, runner }: Service, job: Job): Promise<ShownResult> {
  const details = isOver(job) ? await log.details(job.id) : { job, files: [], events: [] };
  return toShownResult(details.job, details, runner.hintOf(job.id));
}
