import { Type, type Static } from 'typebox';
import { conditions } from '../core/quality.ts';
import { findingCodes } from '../core/quality-row.ts';
import { count, countOrNull, date, day, filter, orNull, text, textOrNull, time, timeOrNull } from './schema-parts.ts';

const finding = Type.Object({
  code: Type.Enum([...findingCodes], { description: 'What it is about.' }),
  statement: textOrNull('Which statement does not hold; null for other codes.'),
  degrades: Type.Boolean({ description: 'Whether the session is degraded for it.' }),
  detail: text('In words.'),
});

const tally = Type.Object({
  looked_at: count('Of how many records or values it was asked.'),
  held: count('In how many of them it holds.'),
});

const drift = Type.Object({
  field: text('The field.'),
  kind: Type.Enum(['wrong_type', 'number_in_text'], { description: 'How it came.' }),
  records: count('In how many records of the file.'),
});

const measured = Type.Object(
  {
    ticker: text('The ticker.'),
    endpoint: text('The endpoint.'),
    session_date: date('The session.'),
    job_id: text('The job that brought the session as it was looked at.'),
    made_at: time('When it was written down.'),
    rules: count('The version of the rules.'),
    basis: Type.Enum(['source', 'files'], { description: 'While the source was loaded, or in the published files.' }),
    condition: Type.Enum(['available', 'degraded'], { description: 'By what is below alone.' }),
    records: count('Records.'),
    first_timestamp: time('The first of them.'),
    last_timestamp: time('The last of them.'),
    seconds_expected: countOrNull('Seconds of the session by the calendar.'),
    seconds_present: countOrNull('Of how many of these there is a record.'),
    gaps: count('Times without a record for 10 s or longer.'),
    gap_s: count('The seconds of all of them.'),
    longest_gap_s: count('Seconds between the two records around the longest.'),
    frozen_runs: countOrNull('Times that the ladder did not change for 60 s or longer; null without ladders.'),
    frozen_s: countOrNull('The seconds of all of them.'),
    longest_frozen_s: countOrNull('The seconds of the longest.'),
    spot_jumps: count('Times that spot moved by 1 % or more within 60 s from one record to the next.'),
    largest_jump_bp: count('The largest such move, in hundredths of a percent.'),
    statements: Type.Record(Type.String(), tally, { description: 'The statements by their names.' }),
    drift: Type.Array(drift, { description: 'Known fields that came as another type.' }),
    committed_at: timeOrNull('Since when it counts.'),
    superseded_at: timeOrNull('Until when it counted.'),
  },
  { description: 'What was found when it was looked at.' },
);

const session = Type.Object({
  ticker: text('The ticker.'),
  endpoint: text('The endpoint.'),
  session_date: date('The session.'),
  condition: Type.Enum([...conditions], { description: 'How it is, in one word.' }),
  findings: Type.Array(finding, { description: 'What is to be told of it, the gravest first.' }),
  measured: orNull(measured, 'What was found when it was looked at; null if nobody has since it last changed.'),
});

export const qualitySchema = Type.Object(
  {
    as_of: time('The moment that it is computed for.'),
    from: orNull(Type.String({ format: 'date' }), 'The first day that was asked for.'),
    to: date('The last day.'),
    counts: Type.Record(Type.Enum([...conditions]), Type.Integer({ minimum: 0 }), {
      description: 'How many sessions are in each condition.',
    }),
    not_looked_at: count('Sessions that are here and that `gexlake quality --compute` would look at.'),
    sessions: Type.Array(session, { description: 'The sessions, by ticker, endpoint and day.' }),
  },
  { $id: 'Quality', description: 'How good the sessions are that are here, and which are missing.' },
);

export const qualityQuerySchema = Type.Object(
  {
    ticker: filter('Only this ticker.'),
    endpoint: filter('Only this endpoint, by its name or an alias.'),
    from: day('The first day. Default: the first session known of each ticker and endpoint.'),
    to: day('The last day. Default: the last completed session.'),
  },
  { additionalProperties: false },
);

export type ShownQuality = Static<typeof qualitySchema>;
