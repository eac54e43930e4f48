import { Type, type Static } from 'typebox';
import { coverageStates } from '../core/coverage.ts';
import { jobStatuses } from '../core/job.ts';
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
  day,
  pageFields,
  sessionFields,
} from './schema-parts.ts';

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
    contract_version: textOrNull(
      'The version of the contract that it follows; null if the log is older than this field.',
    ),
    writer: textOrNull('The number of the writer that made it, and the version of its zstd.'),
    content_hash: textOrNull('The hash of its rows, whatever its bytes.'),
    committed_at: timeOrNull('Since when it counts; null while it is being published.'),
    superseded_at: timeOrNull('Until when it counted; null while nothing has replaced it.'),
  },
  { $id: 'ParquetFile', description: 'A published file.' },
);

export const filePageSchema = Type.Object(
  {
    files: Type.Array(named(fileSchema)),
    as_of: timeOrNull('The time that was asked about, in UTC.'),
    basis: orNull(
      Type.Enum(['events', 'journal']),
      'What the answer about that time rests on: the times of the log’s events, or the journal.',
    ),
    next_cursor: cursorOrNull,
  },
  { $id: 'FilePage', description: 'Files, newest first.' },
);

export const filesQuerySchema = Type.Object(
  {
    job_id: Type.Optional(Type.String({ pattern: '^[0-9a-f]{32}$', description: 'Only files of this job.' })),
    ticker: filter('Only files of this ticker.'),
    endpoint: filter('Only files of this endpoint, by its name or an alias.'),
    dataset: Type.Optional(Type.Enum(['strikes', 'snapshots'], { description: 'Only files of this dataset.' })),
    state: Type.Optional(Type.Enum(['publishing', 'live', 'superseded'], { description: 'Only files in this state.' })),
    as_of: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 64,
        description:
          'Only files that counted at this time, whatever has become of them since: RFC 3339, with its zone. The `state` of a file is that of now.',
      }),
    ),
    ...sessionFields,
    ...pageFields,
  },
  { additionalProperties: false },
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
        'purged',
        'asked',
      ]),
      detail: text('In words.'),
    }),
    { description: 'Why it is in its state.' },
  ),
  days_left: countOrNull('Days until the vendor no longer has it; null if there is nothing to fetch.'),
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
        code: text('What is wrong, as `gexlake verify` calls it.'),
        path: textOrNull('The file, relative to the data folder.'),
        job_id: textOrNull('The job that published it.'),
        message: text('In words.'),
        hint: text('What to do about it.'),
      }),
      { description: 'Live files that could not be read and are not counted.' },
    ),
  },
  { $id: 'Coverage', description: 'Which sessions are here, and which are missing.' },
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

export type ShownFile = Static<typeof fileSchema>;

export type ShownCoverage = Static<typeof coverageSchema>;
