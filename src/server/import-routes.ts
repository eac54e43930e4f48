import type { FastifyReply } from 'fastify';
import type { JobDetails, OutsideRequest } from '../app/app.ts';
import type { Job } from '../core/job.ts';
import { parseEndpoint, parseSessionDate, parseTicker } from '../core/names.ts';
import { redactUrl } from '../core/redact.ts';
import { actorOf } from './access.ts';
import { askedSource } from './asked-source.ts';
import { readImport, withoutEmpty } from './import-request.ts';
import { isOver } from './log-access.ts';
import { toShownResult } from './job-view.ts';
import { recordsOf } from './raw-body.ts';
import { importLimit, type Service } from './routes.ts';
import { correctionBodySchema, importBodySchema, importHeadersSchema, waitQuerySchema } from './import-schemas.ts';
import { jobParamsSchema, jobResultSchema, type ShownResult } from './job-schemas.ts';
import { problems } from './problem-schemas.ts';
import { answer } from './schema-parts.ts';

const answers = {
  200: answer(jobResultSchema, 'The finished job, if the request waited for it or it had finished before.'),
  202: answer(jobResultSchema, 'The job, which waits or runs; its place is in `Location`.'),
};

/** Asking for imports and corrections. */
export function addImportRoutes(service: Service): void {
  addImport(service);
  addCorrection(service);
}

function addImport(service: Service): void {
  const { http, app, log, runner, limits, upload_bytes } = service;
  http.post(
    '/gex_history_url',
    {
      config: { needs: 'operator', ...importLimit(service) },
      // As JSON a text takes up to twice its bytes.
      bodyLimit: Math.max(limits.body_bytes, 2 * upload_bytes),
      preValidation: async (request) => {
        request.body = withoutEmpty(request.body) as typeof request.body;
      },
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
      const asked = askedSource(request.body);
      if (asked.url !== null) app.mayFetch(asked.url);
      const idempotencyKey = request.headers['idempotency-key'] ?? null;
      const read = { ...readImport(request.body, asked), idempotencyKey, actor: actorOf(request) };
      const { raw_body } = request.body;
      const { job } =
        raw_body == null
          ? await log.submit(read)
          : await submitRecords(service, read, recordsOf(raw_body, request.bodyText, upload_bytes));
      runner.wake();
      return answerWith(service, reply, { job, wait: waitOf(request.query.wait, request.headers.prefer) });
    },
  );
}

function addCorrection(service: Service): void {
  const { http, app, log, runner } = service;
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
      const correction = await app.correction({
        id: request.params.id,
        source: url.trim(),
        date,
        reason: reason.trim(),
      });
      const idempotencyKey = request.headers['idempotency-key'] ?? null;
      const { job } = await log.submit({
        request: correction,
        idempotencyKey,
        fields: null,
        notes: [],
        actor: actorOf(request),
      });
      runner.wake();
      return answerWith(service, reply, { job, wait: waitOf(request.query.wait, request.headers.prefer) });
    },
  );
}

/**
 * Asks for an import of records that came with the request: they are kept as a file first, which is then the job's source. A
 * job that there was already, by its Idempotency-Key, needs no other file.
 */
async function submitRecords({ app, log }: Service, read: OutsideRequest, records: Uint8Array): Promise<JobDetails> {
  const { source: from, ticker, endpoint, date } = read.request;
  const name = from === '' ? nameOfRecords(ticker, endpoint, date) : from;
  const source = await app.receive([records], name);
  try {
    const note = {
      event: 'uploaded',
      detail: `the request brought the records${from === '' ? '' : `, of ${redactUrl(from)}`}`,
    };
    const submitted = await log.submit({
      ...read,
      request: { ...read.request, source },
      notes: [...read.notes, note],
      arrived: true,
    });
    if (submitted.job.url !== source) await app.discard(source);
    return submitted;
  } catch (error) {
    await app.discard(source);
    throw error;
  }
}

/** The name that the vendor would give a file of these records, as far as the request says what they are. */
function nameOfRecords(ticker: string | undefined, endpoint: string | undefined, date: string | undefined): string {
  const { package: pack, category } = parseEndpoint(endpoint ?? '');
  const name = `${parseTicker(ticker ?? '')}_${pack}_${category}.json`;
  return date === undefined ? name : `${parseSessionDate(date)}_${name}`;
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
  { job: first, wait: { wait_s, preferred } }: { readonly job: Job; readonly wait: Wait },
): Promise<ShownResult> {
  const { log, limits, stopping } = service;
  const wait_ms = Math.min(wait_s * 1_000, limits.wait_ms);
  const job = wait_ms > 0 ? await log.ended(first, wait_ms, stopping) : first;
  if (preferred) reply.header('preference-applied', `wait=${Math.floor(wait_ms / 1_000)}`);
  reply.header('location', `/jobs/${job.id}`).code(isOver(job) ? 200 : 202);
  return resultOf(service, job);
}

/** A job with what it has published; one that has not ended yet has nothing to be looked up. */
export async function resultOf({ log }: Service, job: Job): Promise<ShownResult> {
  const details = isOver(job) ? await log.details(job.id) : { job, files: [], events: [] };
  return toShownResult(details.job, details);
}
