import { parseMoment } from '../core/as-of.ts';
import { formatCursor, parseCursor } from './cursor.ts';
import { toShownCoverage, toShownFile, toShownQuality } from './job-view.ts';
import { namesOf, sessionsOf } from './job-routes.ts';
import type { Service } from './routes.ts';
import { coverageQuerySchema, coverageSchema, filePageSchema, filesQuerySchema } from './data-schemas.ts';
import { problems } from './problem-schemas.ts';
import { qualityQuerySchema, qualitySchema } from './quality-schemas.ts';
import { answer } from './schema-parts.ts';

const pageLimit = 50;

/** What is published, and what is not. */
export function addDataRoutes(service: Service): void {
  addCoverage(service);
  addQuality(service);
  addFiles(service);
}

function addCoverage({ http, log }: Service): void {
  http.get(
    '/coverage',
    {
      config: { needs: 'viewer' },
      schema: {
        operationId: 'coverage',
        tags: ['data'],
        summary: 'Which sessions are here, and which are missing or incomplete',
        querystring: coverageQuerySchema,
        response: { 200: answer(coverageSchema, 'A row for each ticker, endpoint and day.'), ...problems() },
      },
    },
    async ({ query }) => toShownCoverage(await log.coverage(query)),
  );
}

function addQuality({ http, log }: Service): void {
  http.get(
    '/quality',
    {
      config: { needs: 'viewer' },
      schema: {
        operationId: 'quality',
        tags: ['data'],
        summary: 'How good the sessions are',
        querystring: qualityQuerySchema,
        response: { 200: answer(qualitySchema, 'A row for each session.'), ...problems() },
      },
    },
    async ({ query }) => toShownQuality(await log.quality(query)),
  );
}

function addFiles({ http, log }: Service): void {
  http.get(
    '/files',
    {
      config: { needs: 'viewer' },
      schema: {
        operationId: 'listFiles',
        tags: ['data'],
        summary: 'List published files, newest first',
        querystring: filesQuerySchema,
        response: { 200: answer(filePageSchema, 'A page of files.'), ...problems() },
      },
    },
    async ({ query }) => {
      const limit = query.limit ?? pageLimit;
      const [created_at = '', path = '', job_id = ''] = query.cursor === undefined ? [] : parseCursor(query.cursor, 3);
      const as_of = query.as_of === undefined ? undefined : parseMoment(query.as_of);
      // First: what is known of a time stays known.
      const basis = as_of === undefined ? null : await log.basisAt(as_of);
      const files = await log.files({
        jobId: query.job_id,
        dataset: query.dataset,
        state: query.state,
        asOf: as_of,
        ...namesOf(query),
        ...sessionsOf(query),
        after: query.cursor === undefined ? undefined : { created_at, path, job_id },
        limit: limit + 1,
      });
      const page = files.slice(0, limit);
      const last = files.length > limit ? page.at(-1) : undefined;
      return {
        files: page.map(toShownFile),
        as_of: as_of ?? null,
        basis,
        next_cursor: last === undefined ? null : formatCursor([last.created_at, last.path, last.job_id]),
      };
    },
  );
}
