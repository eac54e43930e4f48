import { Type, type Static } from 'typebox';
import { jobKinds, jobOrigins, jobStatuses } from '../core/job.ts';
import { targetKinds } from '../core/job-target.ts';
import { fileSchema } from './data-schemas.ts';
import {
  text,
  orNull,
  count,
  time,
  date,
  textOrNull,
  countOrNull,
  timeOrNull,
  named,
  cursorOrNull,
  filter,
  pageFields,
  sessionFields,
} from './schema-parts.ts';

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
  session_date: orNull(Type.String({ format: 'date' }), 'The session, if there is only one.'),
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
  target: orNull(
    Type.Object({
      kind: Type.Enum([...targetKinds], { description: 'What is done to it.' }),
      folder: Type.Optional(text('The folder that a compaction is about.')),
      path: Type.Optional(text('The file that it is about.')),
      job_id: Type.Optional(text('The job that a withdrawal or a purge is about.')),
      plan_id: Type.Optional(textOrNull('The plan that it was asked for by.')),
      contract: Type.Optional(text('The version of the contract that a compaction raises its folder to.')),
      ticker: Type.Optional(text('The ticker that a purge is about.')),
      endpoint: Type.Optional(text('The endpoint that a purge is about.')),
      from: Type.Optional(text('The first session that a purge is about.')),
      to: Type.Optional(text('The last session that a purge is about.')),
      pins: Type.Optional(text('What becomes of pins that hold what a purge takes: `stop` or `remove`.')),
    }),
    'What a rewrite or a migration is about.',
  ),
  error: orNull(errorReport, 'Why it failed; null if it has not.'),
  origin: Type.Enum([...jobOrigins], { description: 'By which way it came.' }),
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

const receiptSchema = Type.Object({
  attempt: count('Which attempt of the job it came for.'),
  received_at: time('When it came.'),
  location: text('Where it came from in the end: the URL without its query, or the path of a local file.'),
  wire_bytes: count('Bytes as they came, packed or not.'),
  wire_checksum: text('SHA-256 of them.'),
  etag: textOrNull('`ETag` of the answer.'),
  last_modified: textOrNull('`Last-Modified` of it, as it was given.'),
  content_md5: textOrNull('`Content-MD5` of it.'),
  content_length: countOrNull('The bytes that the answer said it has.'),
  modified_at: timeOrNull('When a local file was last modified.'),
  archive_checksum: textOrNull('SHA-256 of the archive that it is a member of.'),
});

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
    receipts: Type.Array(receiptSchema, { description: 'What was said of its source each time that it came.' }),
    request: orNull(requestSchema, 'The request that it came with; null for a job of the command line.'),
  },
  { $id: 'JobDetails', description: 'A job with its story and its files.' },
);

export const jobPageSchema = Type.Object(
  { jobs: Type.Array(named(jobSchema)), next_cursor: cursorOrNull },
  { $id: 'JobPage', description: 'Jobs, newest first.' },
);

export const jobParamsSchema = Type.Object(
  { id: Type.String({ pattern: '^[0-9a-f]{32}$', description: 'The id of a job.' }) },
  { additionalProperties: false },
);

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

export type ShownJob = Static<typeof jobSchema>;

export type ShownResult = Static<typeof jobResultSchema>;

export type ShownEvent = Static<typeof eventSchema>;

export type ShownDetails = Static<typeof jobDetailsSchema>;
