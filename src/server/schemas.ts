import { Type, type Static, type TSchema } from 'typebox';
import { coverageStates } from '../core/coverage.ts';
import { jobKinds, jobStatuses } from '../core/job.ts';

/*
 * The one source of what comes and goes over HTTP: requests are validated by these schemas, the handlers' types and the OpenAPI
 * document are made of them. Those with an `$id` stand in the document under that name.
 */

const text = (description: string) => Type.String({ description });
const orNull = <T extends TSchema>(schema: T, description: string) =>
  Type.Union([schema, Type.Null()], { description });
const count = (description: string) => Type.Integer({ minimum: 0, description });
const time = (description: string) => Type.String({ format: 'date-time', description });
const date = (description: string) => Type.String({ format: 'date', description });
const textOrNull = (description: string) => orNull(Type.String(), description);
const countOrNull = (description: string) => orNull(Type.Integer({ minimum: 0 }), description);
const timeOrNull = (description: string) => orNull(Type.String({ format: 'date-time' }), description);

/** A schema by its name in the document. */
function named<T extends TSchema>(schema: T): ReturnType<typeof Type.Unsafe<Static<T>>> {
  const { $id } = schema as { readonly $id?: string };
  return Type.Unsafe<Static<T>>({ $ref: `${$id}#` });
}

export const problemSchema = Type.Object(
  {
    type: text('The code as a URN.'),
    title: text('The code in words.'),
    status: Type.Integer({ minimum: 400, maximum: 599, description: 'The HTTP status.' }),
    detail: text('What failed, which one, found against expected.'),
    code: text('The stable code; docs/errors.md has them all.'),
    hint: textOrNull('What to do.'),
    request_id: text('The request, as the log of the service names it.'),
  },
  { $id: 'Problem', description: 'An error (RFC 9457).' },
);

const errorReport = Type.Object({
  code: text('The stable code.'),
  message: text('What failed.'),
  hint: textOrNull('What to do.'),
});

const jobFields = {
  id: text('The job: 32 hexadecimal digits.'),
  job_id: text('The same as `id`.'),
  url: text('The source; its query string is replaced by ?….'),
  checksum: textOrNull('SHA-256 of the unpacked source.'),
  ticker: textOrNull('The ticker.'),
  status: Type.Enum([...jobStatuses], { description: 'Where the job is in its life.' }),
  records_processed: countOrNull('Records that were published.'),
  last_error: textOrNull('Why the last attempt failed: code and message.'),
  created_at: time('When it was written down.'),
  updated_at: time('When it last changed.'),
  kind: Type.Enum([...jobKinds], { description: 'What kind of job it is.' }),
  endpoint: textOrNull('The governed name of the endpoint.'),
  session_date: orNull(Type.String({ format: 'date' }), 'The session, where there is only one.'),
  staged_path: textOrNull('The staged source, relative to the data folder.'),
  attempts: count('How often it has been started.'),
  owner: textOrNull('The process that runs it, or ran it last.'),
  heartbeat_at: timeOrNull('When that process last said that it lives.'),
  skipped: Type.Boolean({ description: 'Whether it brought nothing new.' }),
  skipped_as: textOrNull('The job whose rows are live instead.'),
  records_read: countOrNull('Records in the source.'),
  records_duplicate: countOrNull('Records that were there already.'),
  records_quarantined: countOrNull('Records that were set aside.'),
  corrects_job_id: textOrNull('The job that this one corrects.'),
  reason: textOrNull('Why something that is published was changed.'),
  actor: textOrNull('Who asked for it.'),
  started_at: timeOrNull('When the last attempt started.'),
  finished_at: timeOrNull('When it ended.'),
  publish: Type.Boolean({ description: 'Whether it goes on to publish once it is checked.' }),
  error: orNull(errorReport, 'Why it failed; null where it has not.'),
};

const resultFields = {
  session_dates: Type.Array(date('A session.'), { description: 'The sessions that its records belong to.' }),
  strike_rows: count('Rows of `strikes` that it published.'),
  staging_table: textOrNull('For a staged job, its table in gex_data.db.'),
  parquet_files: Type.Array(Type.String(), {
    description: 'The files that it published, relative to the data folder.',
  }),
  warnings: Type.Array(Type.String(), {
    description: 'What somebody should look at although it has not failed, such as that its bytes are live elsewhere.',
  }),
};

export const jobSchema = Type.Object(jobFields, { $id: 'Job', description: 'A job as the log has it.' });

export const jobResultSchema = Type.Object(
  { ...jobFields, ...resultFields },
  { $id: 'JobResult', description: 'A job with what has become of it so far.' },
);

const eventFields = {
  job_id: text('The job.'),
  occurred_at: time('When it happened.'),
  actor: text('Who did it.'),
  event: text('What happened: created, started, received, publishing, completed, …'),
  detail: textOrNull('More about it, in words.'),
};

export const eventSchema = Type.Object(eventFields, {
  $id: 'JobEvent',
  description: 'Something that happened to a job.',
});

export const fileSchema = Type.Object(
  {
    job_id: text('The job that published it.'),
    path: text('Relative to the data folder.'),
    dataset: Type.Enum(['strikes', 'snapshots'], { description: 'What its rows are.' }),
    ticker: text('The ticker.'),
    endpoint: text('The endpoint.'),
    session_dates: Type.Array(date('A session.'), { description: 'The sessions that it has rows of.' }),
    row_count: count('Rows.'),
    size_bytes: count('Bytes.'),
    checksum: text('SHA-256 of its bytes.'),
    first_timestamp: time('The first second.'),
    last_timestamp: time('The last second.'),
    state: Type.Enum(['publishing', 'live', 'superseded'], { description: 'Whether readers see it.' }),
    superseded_by: textOrNull('The job whose files took its place.'),
    archive_path: textOrNull('Where it lies since then.'),
    created_at: time('When it was written down.'),
  },
  { $id: 'ParquetFile', description: 'A published file.' },
);

const requestSchema = Type.Object({
  origin: Type.Enum(['http'], { description: 'How the job came.' }),
  idempotency_key: textOrNull('The Idempotency-Key of the request.'),
  fields: orNull(Type.Record(Type.String(), Type.Unknown()), 'The other fields of the request.'),
  received_at: time('When it came.'),
});

export const jobDetailsSchema = Type.Object(
  {
    ...jobFields,
    ...resultFields,
    events: Type.Array(named(eventSchema), { description: 'Its story, oldest first.' }),
    files: Type.Array(named(fileSchema), { description: 'All files that it ever published.' }),
    request: orNull(requestSchema, 'The request that it came with; null for a job of the command line.'),
  },
  { $id: 'JobDetails', description: 'A job with its story and its files.' },
);

const cursorOrNull = textOrNull('Give it as `cursor` for the next page; null at the end.');

export const jobPageSchema = Type.Object(
  { jobs: Type.Array(named(jobSchema)), next_cursor: cursorOrNull },
  { $id: 'JobPage', description: 'Jobs, newest first.' },
);

export const filePageSchema = Type.Object(
  { files: Type.Array(named(fileSchema)), next_cursor: cursorOrNull },
  { $id: 'FilePage', description: 'Files, newest first.' },
);

const coverageDay = Type.Object({
  ticker: text('The ticker.'),
  endpoint: text('The endpoint.'),
  session_date: date('The day.'),
  state: Type.Enum([...coverageStates], { description: 'What is known about it.' }),
  reasons: Type.Array(
    Type.Object({
      code: Type.Enum([
        'late_start',
        'early_end',
        'gap',
        'few_records',
        'one_record',
        'closed',
        'not_announced',
        'withdrawn',
      ]),
      detail: text('In words.'),
    }),
    { description: 'Why it is in its state.' },
  ),
  days_left: countOrNull('Days until the vendor has it no longer; null where nothing is to be fetched.'),
  records: countOrNull('Records that are published.'),
  first_timestamp: timeOrNull('The first of them.'),
  last_timestamp: timeOrNull('The last of them.'),
  largest_gap_s: orNull(Type.Number({ minimum: 0 }), 'Seconds of the largest gap, from a minute on.'),
  records_expected: orNull(Type.Number({ minimum: 0 }), 'Records that the sessions before let expect.'),
  job_id: textOrNull('The newest job about it that waits, runs, is staged or has failed.'),
  job_status: orNull(Type.Enum([...jobStatuses]), 'Its state.'),
});

export const coverageSchema = Type.Object(
  {
    as_of: time('The moment that it is computed for.'),
    as_of_date: date('The day of that moment in New York.'),
    from: orNull(Type.String({ format: 'date' }), 'The first day that was asked for.'),
    to: date('The last day.'),
    counts: Type.Record(Type.Enum([...coverageStates]), Type.Integer({ minimum: 0 }), {
      description: 'How many days are in each state.',
    }),
    rows: Type.Array(coverageDay, { description: 'The days, by ticker, endpoint and day.' }),
    unreadable: Type.Array(
      Type.Object({
        code: text('What disagrees.'),
        path: textOrNull('The file, relative to the data folder.'),
        job_id: textOrNull('The job that published it.'),
        message: text('In words.'),
      }),
      { description: 'Live files that could not be read and are not counted.' },
    ),
  },
  { $id: 'Coverage', description: 'Which sessions are here, and which are missing.' },
);

export const healthSchema = Type.Object(
  {
    status: Type.Enum(['ready', 'not ready'], { description: 'In a word.' }),
    live: Type.Literal(true, { description: 'It answers.' }),
    ready: Type.Boolean({ description: 'Whether it can do its work.' }),
    reasons: Type.Array(Type.Object({ code: text('A code of docs/errors.md.'), message: text('What is wrong.') }), {
      description: 'Why it is not ready.',
    }),
    version: text('The version of gexlake.'),
  },
  { $id: 'Health', description: 'Whether the service lives and can work.' },
);

/** The schemas that stand in the document under their own names. */
export const namedSchemas: readonly TSchema[] = [
  problemSchema,
  jobSchema,
  jobResultSchema,
  eventSchema,
  fileSchema,
  jobDetailsSchema,
  jobPageSchema,
  filePageSchema,
  coverageSchema,
  healthSchema,
];

export type ShownJob = Static<typeof jobSchema>;
export type ShownResult = Static<typeof jobResultSchema>;
export type ShownEvent = Static<typeof eventSchema>;
export type ShownFile = Static<typeof fileSchema>;
export type ShownCoverage = Static<typeof coverageSchema>;
export type ShownDetails = Static<typeof jobDetailsSchema>;
export type Problem = Static<typeof problemSchema>;
export type Health = Static<typeof healthSchema>;

const field = (description: string) => Type.Optional(Type.String({ maxLength: 200, description }));

const address = (description: string) => Type.Optional(Type.String({ minLength: 1, maxLength: 8_192, description }));

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
    ticker: field('The ticker, where the file name does not say it.'),
    symbol: field('The same as `ticker`.'),
    underlying: field('The same as `ticker`.'),
    endpoint: field('The endpoint, where the file name does not say it: gex_zero, state_gamma_one, zero, …'),
    gex_type: field('The same as `endpoint`.'),
    type: field('The same as `endpoint`.'),
    feed: field('The same as `endpoint`.'),
    kind: field('The same as `endpoint`.'),
    date: field('The session, YYYY-MM-DD, where the file name does not say it.'),
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
    date: field('The session, where the file name does not say it.'),
  },
  { additionalProperties: false },
);

export const jobParamsSchema = Type.Object(
  { id: Type.String({ pattern: '^[0-9a-f]{32}$', description: 'The id of a job.' }) },
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

const filter = (description: string) => Type.Optional(Type.String({ minLength: 1, maxLength: 64, description }));
const day = (description: string) => Type.Optional(Type.String({ format: 'date', description }));

const pageFields = {
  limit: Type.Optional(
    Type.Integer({ minimum: 1, maximum: 500, default: 50, description: 'Most rows of the answer.' }),
  ),
  cursor: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 600,
      pattern: '^[A-Za-z0-9_-]+$',
      description: 'The `next_cursor` of the page before.',
    }),
  ),
};

const sessionFields = {
  session_date: day('Only this session.'),
  session_date_from: day('Only sessions from this day on.'),
  session_date_to: day('Only sessions up to this day.'),
};

export const jobsQuerySchema = Type.Object(
  {
    status: Type.Optional(Type.Enum([...jobStatuses], { description: 'Only jobs in this state.' })),
    ticker: filter('Only jobs of this ticker.'),
    endpoint: filter('Only jobs of this endpoint, by its name or an alias.'),
    kind: Type.Optional(Type.Enum([...jobKinds], { description: 'Only jobs of this kind.' })),
    ...sessionFields,
    ...pageFields,
  },
  { additionalProperties: false },
);

export const filesQuerySchema = Type.Object(
  {
    job_id: Type.Optional(Type.String({ pattern: '^[0-9a-f]{32}$', description: 'Only files of this job.' })),
    ticker: filter('Only files of this ticker.'),
    endpoint: filter('Only files of this endpoint, by its name or an alias.'),
    dataset: Type.Optional(Type.Enum(['strikes', 'snapshots'], { description: 'Only files of this dataset.' })),
    state: Type.Optional(Type.Enum(['publishing', 'live', 'superseded'], { description: 'Only files in this state.' })),
    ...sessionFields,
    ...pageFields,
  },
  { additionalProperties: false },
);

export const coverageQuerySchema = Type.Object(
  {
    ticker: filter('Only this ticker.'),
    endpoint: filter('Only this endpoint, by its name or an alias.'),
    from: day('The first day. Default: the first session known of each ticker and endpoint.'),
    to: day('The last day. Default: the last completed session.'),
    month: Type.Optional(
      Type.String({ pattern: '^\\d{4}-(?:0[1-9]|1[0-2])$', description: 'A month, instead of `from` and `to`.' }),
    ),
    as_of: day('Count days from the end of this day in New York, instead of from now.'),
  },
  { additionalProperties: false },
);

const problemStatuses = {
  400: 'The request cannot be read.',
  401: 'There is no token, or it is not known.',
  403: 'The token, the Host or the Origin does not allow it.',
  404: 'There is no such job.',
  405: 'The method does not fit the path.',
  408: 'The request came too slowly.',
  409: 'The state of the job does not allow it.',
  413: 'The body is too large.',
  415: 'The content type is not one that is understood.',
  422: 'The request is readable, but what it says does not fit.',
  429: 'Too many requests of this client.',
  500: 'Something failed that was not foreseen.',
  503: 'The log is busy, or the service is about to stop.',
} as const;

type ProblemStatus = keyof typeof problemStatuses;

/** The answers of a route for errors; those that every route can give are always there. */
export function problems<S extends ProblemStatus>(...statuses: readonly S[]) {
  const always = [400, 401, 403, 408, 422, 429, 500, 503] as const;
  const entries = [...always, ...statuses].map((status) => [
    status,
    {
      description: problemStatuses[status],
      content: { 'application/problem+json': { schema: named(problemSchema) } },
    },
  ]);
  return Object.fromEntries(entries) as Record<S | (typeof always)[number], ReturnType<typeof namedProblem>>;
}

function namedProblem() {
  return named(problemSchema);
}

/** An answer of a route, with what it means. */
export function answer<T extends TSchema>(schema: T, description: string) {
  const content = { 'application/json': { schema: named(schema) } };
  return { description, content } as unknown as ReturnType<typeof named<T>>;
}
