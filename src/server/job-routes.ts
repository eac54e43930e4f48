import { parseEndpoint, parseTicker } from '../core/names.ts';
import { actorOf } from './access.ts';
import { formatCursor, parseCursor } from './cursor.ts';
import { resultOf } from './import-routes.ts';
import { toShownDetails } from './job-view.ts';
import { importLimit, type Service } from './routes.ts';
import { ShownJobs } from './shown-jobs.ts';
import { jobDetailsSchema, jobPageSchema, jobParamsSchema, jobResultSchema, jobsQuerySchema } from './job-schemas.ts';
import { problems } from './problem-schemas.ts';
import { answer } from './schema-parts.ts';

const pageLimit = 50;

const retry: Change = {
  verb: 'retry',
  summary: 'Make a failed or staged job pending again',
  description: 'A staged job is published by its next attempt.',
};
const cancel: Change = {
  verb: 'cancel',
  summary: 'Cancel a pending, failed or staged job',
  description: 'A job that runs cannot be cancelled.',
};

/** The job log. */
export function addJobRoutes(service: Service): void {
  addList(service);
  addDetails(service);
  addChange(service, retry);
  addChange(service, cancel);
}

function addList({ http, mirror }: Service): void {
  const shown = new ShownJobs();

  http.get(
    '/jobs',
    {
      config: { needs: 'viewer' },
      schema: {
        operationId: 'listJobs',
        tags: ['jobs'],
        summary: 'List jobs, newest first',
        querystring: jobsQuerySchema,
        response: { 200: answer(jobPageSchema, 'A page of jobs.'), ...problems() },
      },
    },
    async ({ query }, reply) => {
      const limit = query.limit ?? pageLimit;
      const [created_at = '', id = ''] = query.cursor === undefined ? [] : parseCursor(query.cursor, 2);
      const before = query.cursor === undefined ? null : { created_at, id };
      const jobs = mirror.list(toJobFilter(query), before, limit + 1);
      const page = jobs.slice(0, limit);
      const last = jobs.length > limit ? page.at(-1) : undefined;
      const bytes = shown.page(page, last === undefined ? null : formatCursor([last.created_at, last.id]));
      // Bytes that are JSON already; the type is that of the schema.
      return reply.type('application/json; charset=utf-8').send(bytes as never);
    },
  );
}

function addDetails({ http, log }: Service): void {
  http.get(
    '/jobs/:id',
    {
      config: { needs: 'viewer' },
      schema: {
        operationId: 'showJob',
        tags: ['jobs'],
        summary: 'Show a job with its events and files',
        params: jobParamsSchema,
        response: { 200: answer(jobDetailsSchema, 'The job.'), ...problems(404) },
      },
    },
    async ({ params }) => {
      const details = await log.details(params.id);
      return toShownDetails(details.job, details);
    },
  );
}

type Change = { readonly verb: 'retry' | 'cancel'; readonly summary: string; readonly description: string };

function addChange(service: Service, { verb, summary, description }: Change): void {
  const { http, log, runner } = service;
  http.post(
    `/jobs/:id/${verb}`,
    {
      config: { needs: 'operator', ...importLimit(service) },
      schema: {
        operationId: `${verb}Job`,
        tags: ['jobs'],
        summary,
        description,
        params: jobParamsSchema,
        response: { 200: answer(jobResultSchema, 'The job as it is now.'), ...problems(404, 409) },
      },
    },
    async (request) => {
      const job = await log[verb](request.params.id, actorOf(request));
      if (verb === 'retry') runner.wake();
      return resultOf(service, job);
    },
  );
}

type SessionQuery = {
  readonly session_date?: string;
  readonly session_date_from?: string;
  readonly session_date_to?: string;
};

/** The sessions that a query asks for, both ends included. */
export function sessionsOf(query: SessionQuery): {
  readonly from: string | undefined;
  readonly to: string | undefined;
} {
  return { from: query.session_date ?? query.session_date_from, to: query.session_date ?? query.session_date_to };
}

type NameQuery = { readonly ticker?: string; readonly endpoint?: string };

/** Ticker and endpoint as the log has them. @throws TICKER_INVALID, ENDPOINT_UNKNOWN */
export function namesOf({ ticker, endpoint }: NameQuery) {
  return {
    ticker: ticker === undefined ? undefined : parseTicker(ticker),
    endpoint: endpoint === undefined ? undefined : parseEndpoint(endpoint).name,
  };
}

function toJobFilter(query: Parameters<typeof sessionsOf>[0] & NameQuery & Pick<Filter, 'status' | 'kind'>): Filter {
  return { status: query.status, kind: query.kind, ...namesOf(query), ...sessionsOf(query) };
}

type Filter = Parameters<Service['mirror']['list']>[0];
