import type { AddedColumn, Migration } from '../../db/db.ts';

/*
 * The schema in which what is data is data. Up to it, what a rewrite was about stood in schemes of `url`, an error's code in `last_error`,
 * and what had happened in the words of events, which are taken apart here once. Values are expressions over the row as it was; a log
 * that is only read is shown by the same ones.
 */

const planOf = "nullif(split_part(url, '#', 2), '')";

function targetOf(scheme: string, kind: string, fields: string): string {
  return `WHEN starts_with(url, '${scheme}:') THEN json_object('kind', '${kind}', ${fields})`;
}

/** What follows a scheme, without the plan behind it. */
function subjectOf(scheme: string): string {
  return `split_part(substr(url, ${scheme.length + 2}), '#', 1)`;
}

const target = `CAST(CASE kind
  WHEN 'migration' THEN CASE ${targetOf('migrate', 'migration', "'path', substr(url, 9)")} END
  WHEN 'rewrite' THEN CASE
    ${targetOf('compact', 'compaction', `'folder', ${subjectOf('compact')}, 'plan_id', ${planOf}`)}
    ${targetOf('withdraw', 'withdrawal', `'job_id', ${subjectOf('withdraw')}, 'plan_id', ${planOf}`)}
    ${targetOf('restore', 'restoration', "'path', substr(url, 9)")}
    ${targetOf('repair', 'reparation', "'path', substr(url, 8)")}
  END
END AS VARCHAR)`;

/** `CODE: message` as an error; advice was not kept. */
function errorOf(text: string): string {
  const parts = (code: string, message: string) => `json_object('code', ${code}, 'message', ${message}, 'hint', NULL)`;
  return `CASE WHEN regexp_matches(${text}, '^[A-Z_]+: ')
    THEN ${parts(`split_part(${text}, ': ', 1)`, `substr(${text}, strpos(${text}, ': ') + 2)`)}
    ELSE ${parts("'INTERNAL'", text)} END`;
}

const error = `CAST(CASE WHEN last_error IS NOT NULL THEN ${errorOf('last_error')} END AS VARCHAR)`;

const origin = `CASE
  WHEN EXISTS (SELECT 1 FROM job_requests AS asked WHERE asked.job_id = import_jobs.id) THEN 'http'
  WHEN EXISTS (SELECT 1 FROM job_events AS told WHERE told.job_id = import_jobs.id AND told.event = 'rebuilt') THEN 'rebuild'
  ELSE 'command' END`;

/** The events that have data: by which words they are known, and what they say; `1`, `2`, … are the groups of the words. */
const told: readonly (readonly [event: string, words: string, data: string])[] = [
  ['started', '^attempt ([0-9]+) by (.*)$', "'attempt', CAST({1} AS BIGINT), 'owner', {2}"],
  ['received', '^sha256 ([0-9a-f]{64})$', "'checksum', {1}"],
  ['publishing', '^(.+)$', "'paths', string_split({1}, ', ')"],
  ['replacing', '^nothing \\(archiving ([0-9]+) files\\)$', "'paths', [], 'archived', CAST({1} AS BIGINT)"],
  [
    'replacing',
    '^(.+) \\(archiving ([0-9]+) files\\)$',
    "'paths', string_split({1}, ', '), 'archived', CAST({2} AS BIGINT)",
  ],
  ['checksums', '^(.+): new, sha256 ([0-9a-f]{64})$', "'path', {1}, 'before', NULL, 'after', {2}"],
  ['checksums', '^(.+): archived, sha256 ([0-9a-f]{64})$', "'path', {1}, 'before', {2}, 'after', NULL"],
  ['checksums', '^(.+): sha256 ([0-9a-f]{64}) becomes ([0-9a-f]{64})$', "'path', {1}, 'before', {2}, 'after', {3}"],
  [
    'completed',
    '^([0-9]+) files live(?:, ([0-9]+) superseded)?, read ([0-9]+) = ([0-9]+) processed \\+ ([0-9]+) duplicate \\+ ([0-9]+) set aside$',
    `'live', CAST({1} AS BIGINT), 'superseded', coalesce(TRY_CAST({2} AS BIGINT), 0), 'counts', json_object(
       'records_read', CAST({3} AS BIGINT), 'records_processed', CAST({4} AS BIGINT),
       'records_duplicate', CAST({5} AS BIGINT), 'records_quarantined', CAST({6} AS BIGINT))`,
  ],
  ['skipped', ' job ([0-9a-f]{32})$', "'equal', {1}"],
  ['skipped', '^(.+)$', "'equal', NULL"],
  ['staged', '^rows are in (.+)$', "'table', {1}"],
  ['failed', '^(.+)$', `'error', ${errorOf('detail')}`],
  ['retried', '^was ([a-z]+)$', "'was', {1}"],
  ['cancelled', '^was ([a-z]+)$', "'was', {1}"],
  ['recovered', '^pending again', "'status', 'pending'"],
  ['recovered', 'the commit was finished$', "'status', 'completed'"],
  ['taken over', '^from ([^,]*), ', "'owner', {1}"],
  ['taken back', '^([0-9]+) files', "'files', CAST({1} AS BIGINT)"],
  ['quarantined', '^(.+), sha256 ([0-9a-f]{64})$', "'path', {1}, 'checksum', {2}"],
  [
    'migrated',
    '^(.+), ([0-9]+) rows, ([0-9]+) bytes, sha256 ([0-9a-f]{64})$',
    "'path', {1}, 'rows', CAST({2} AS BIGINT), 'size_bytes', CAST({3} AS BIGINT), 'checksum', {4}",
  ],
  ['archived', '^(.+)$', "'path', {1}"],
  ['repaired', '^(.+?) was put back: ', "'path', {1}"],
];

const data = `CAST(CASE ${told
  .map(([event, words, fields]) => {
    const extracted = fields.replaceAll(
      /\{(\d)\}/g,
      (_, group: string) => `regexp_extract(detail, '${words}', ${group}, 's')`,
    );
    return `WHEN event = '${event}' AND regexp_matches(detail, '${words}', 's') THEN json_object(${extracted})`;
  })
  .join('\n  ')} END AS VARCHAR)`;

function added(
  table: string,
  columns: Readonly<Record<string, readonly [type: string, value: string]>>,
): AddedColumn[] {
  return Object.entries(columns).map(([column, [type, value]]) => ({ table, column, type, value }));
}

export const dataAsData: Migration = {
  version: 6,
  name: 'what is data is data',
  statements: [],
  adds: [
    // `rowid` counts the rows of a table that only grows, which is what followers have counted by.
    ...added('job_events', { number: ['BIGINT', 'rowid + 1'], data: ['VARCHAR', data] }),
    ...added('import_jobs', { target: ['VARCHAR', target], error: ['VARCHAR', error], origin: ['VARCHAR', origin] }),
  ],
};
