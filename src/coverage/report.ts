import { vendorKeeps_days, type CoverageDay } from '../core/coverage.ts';
import type { JobToSettle, Reconciliation } from '../core/reconciliation.ts';
import { redactText } from '../core/redact.ts';

/** A reconciliation as Markdown, what is most urgent first. Pure. */
export function renderReport(found: Reconciliation): string {
  const sections = [
    summary(found),
    toFetch(found),
    disagreements(found),
    jobs('Failed jobs', found.failed_jobs, 'None.'),
    jobs('Stuck jobs', found.stuck_jobs, 'None.'),
    days('Partial sessions', found.partial, 'None.', true),
    days('Pending sessions', found.pending, 'None.', false),
    lost(found.lost),
    days('Records on days without a session', found.unexpected, 'None.', true),
  ];
  return `${sections.join('\n\n')}\n`;
}

function summary(found: Reconciliation): string {
  const { as_of_date, as_of, from, to, counts, checked } = found;
  const states = Object.entries(counts).map(([state, count]) => [state, String(count)]);
  const verdict = found.ok
    ? 'Log and Parquet agree'
    : `Log and Parquet disagree, see below (${found.disagreements.length})`;
  return [
    `# Reconciliation of ${as_of_date}`,
    `Jobs against Parquet against the calendar, as of ${as_of} (${as_of_date} in New York)${from === null ? '' : `, sessions from ${from} to ${to}`}.`,
    `${verdict}. Compared were ${checked.files} live files with ${checked.rows} rows; sessions counted in them: ${checked.sessions}.`,
    table(['state', 'days'], states),
  ].join('\n\n');
}

function toFetch({ to_fetch }: Reconciliation): string {
  const heading = '## Sessions to fetch';
  if (to_fetch.length === 0) return `${heading}\n\nNone: no session is missing that the vendor still has.`;
  const told = `The vendor keeps a file for ${vendorKeeps_days} days. What is gone soonest comes first; 0 is the last day.`;
  const rows = to_fetch.map(({ days_left, session_date, ticker, endpoint, file_name, job_id }) => [
    String(days_left),
    session_date,
    ticker,
    endpoint,
    file_name,
    job_id ?? '',
  ]);
  return [heading, told, table(['days left', 'session', 'ticker', 'endpoint', 'file', 'failed job'], rows)].join(
    '\n\n',
  );
}

function disagreements({ disagreements: found }: Reconciliation): string {
  const rows = found.map(({ code, path, job_id, message }) => [code, path ?? '', job_id ?? '', message]);
  return block('Log and Parquet', table(['code', 'file', 'job', 'what'], rows), rows.length === 0, 'They agree.');
}

function jobs(title: string, found: readonly JobToSettle[], none: string): string {
  const rows = found.map((job) => [
    job.job_id,
    job.session_date ?? '',
    job.ticker ?? '',
    job.endpoint ?? '',
    job.updated_at.slice(0, 19).replace('T', ' '),
    job.source,
    job.error,
    job.hint,
  ]);
  const titles = ['job', 'session', 'ticker', 'endpoint', 'since (UTC)', 'source', 'error', 'what to do'];
  return block(title, table(titles, rows), rows.length === 0, none);
}

function days(title: string, found: readonly CoverageDay[], none: string, withRecords: boolean): string {
  const rows = found.map((day) => [
    day.session_date,
    day.ticker,
    day.endpoint,
    day.days_left === null ? '' : String(day.days_left),
    ...(withRecords
      ? [String(day.records ?? ''), day.reasons.map(({ detail }) => detail).join('; ')]
      : [day.job_id ?? '']),
  ]);
  const titles = ['session', 'ticker', 'endpoint', 'days left', ...(withRecords ? ['records', 'why'] : ['job'])];
  return block(title, table(titles, rows), rows.length === 0, none);
}

/** One row for each ticker and endpoint: of what cannot be had any more, how much is enough to know. */
function lost(found: readonly CoverageDay[]): string {
  const pairs = new Map<string, CoverageDay[]>();
  for (const day of found) {
    const key = `${day.ticker} ${day.endpoint}`;
    pairs.set(key, [...(pairs.get(key) ?? []), day]);
  }
  const rows = [...pairs.values()].map((of) => [
    of[0]?.ticker ?? '',
    of[0]?.endpoint ?? '',
    String(of.length),
    of[0]?.session_date ?? '',
    of.at(-1)?.session_date ?? '',
  ]);
  const titles = ['ticker', 'endpoint', 'sessions', 'first', 'last'];
  return block('Lost sessions', table(titles, rows), rows.length === 0, 'None.');
}

function block(title: string, content: string, isEmpty: boolean, none: string): string {
  return `## ${title}\n\n${isEmpty ? none : content}`;
}

function table(titles: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (values: readonly string[]) => `| ${values.map(cell).join(' | ')} |`;
  return [line(titles), `|${titles.map(() => '---|').join('')}`, ...rows.map(line)].join('\n');
}

/** Messages may hold what would end a cell, or be taken for markup or a secret. */
function cell(text: string): string {
  return redactText(text)
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/[\\|<]/g, (found) => `\\${found}`);
}
