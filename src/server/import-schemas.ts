import { Type, type Static } from 'typebox';
import { field, address } from './schema-parts.ts';

/** What somebody asks for by POST /gex_history_url; any other field is kept with the job. */
export const importBodySchema = Type.Object(
  {
    url: address('The HTTPS URL of a history file. This, or `raw_body`.'),
    source: address('The same as `url`.'),
    path: address('The same as `url`; or beside it a path of the vendor’s API, such as /hist/NDX/classic/gex_zero.'),
    raw_body: Type.Optional(
      Type.Unknown({
        description: 'The records themselves, or the text of their file; up to the setting max_upload_mb.',
      }),
    ),
    ticker: field('The ticker, if the file name does not say it.'),
    symbol: field('The same as `ticker`.'),
    underlying: field('The same as `ticker`.'),
    endpoint: field('The endpoint, if the file name does not say it: gex_zero, state_gamma_one, zero, …'),
    gex_type: field('The same as `endpoint`.'),
    type: field('The same as `endpoint`.'),
    feed: field('The same as `endpoint`.'),
    kind: field('The same as `endpoint`.'),
    date: field('The session, YYYY-MM-DD, if the file name does not say it.'),
    session_date: field('The same as `date`.'),
    publish: Type.Optional(
      Type.Boolean({ description: 'False: stop after the checks, and keep the rows for inspection. Default: true.' }),
    ),
  },
  { additionalProperties: true },
);

export type ImportBody = Static<typeof importBodySchema>;

export const correctionBodySchema = Type.Object(
  {
    url: Type.String({ minLength: 1, maxLength: 8_192, description: 'The HTTPS URL of a file with the right rows.' }),
    reason: Type.String({
      minLength: 1,
      maxLength: 1_000,
      pattern: '\\S',
      description: 'Why; it stands in the log for good.',
    }),
    date: field('The session, if the file name does not say it.'),
  },
  { additionalProperties: false },
);

export const importHeadersSchema = Type.Object({
  'idempotency-key': Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 255,
      description: 'The same key gives the same job, however often it is sent.',
    }),
  ),
  prefer: Type.Optional(
    Type.String({ maxLength: 200, description: '`wait=<seconds>`: as the query `wait` (RFC 7240).' }),
  ),
});

export const waitQuerySchema = Type.Object(
  {
    wait: Type.Optional(
      Type.Number({
        minimum: 0,
        maximum: 3_600,
        description: 'Seconds to wait for the end of the job, up to the limit `wait_ms`.',
      }),
    ),
  },
  { additionalProperties: false },
);
