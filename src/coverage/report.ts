import { vendorKeeps_days, type CoverageDay } from '../core/coverage.ts';
import type { JobToSettle, Reconciliation } from '../core/reconciliation.ts';
import { redactText } from '../core/redact.ts';

/** A reconciliation as Markdown, what is most urgent first. Pure. */
export function renderReport(found: Reconciliation): string {
  const sections = [
    summary(found),
    toFetch(found),
    disagreements(found),
    jobs('Failed jobs', found.failed_jobs),
    jobs('Stuck jobs', found.stuck_jobs),
    days('Partial sessions', found.partial, withRecords),
    days('Pending sessions', found.pending, withJob),
    lost(found.lost),
    days('Records on days without a session', found.unexpected, withRecords),
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
    `${verdict}. Compared: ${checked.files} live files with ${checked.rows} rows; sessions counted in them: ${checked.sessions}.`,
    table({ titles: ['state', 'days'], rows: states }),
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
  const titles = ['days left', 'session', 'ticker', 'endpoint', 'file', 'failed job'];
  return [heading, told, table({ titles, rows })].join('\n\n');
}

function disagreements({ disagreements: found }: Reconciliation): string {
  const rows = found.map(({ code, path, job_id, message, hint }) => [code, path ?? '', job_id ?? '', message, hint]);
  return block('Log and Parquet', { titles: ['code', 'file', 'job', 'what', 'what to do'], rows }, 'They agree.');
}

function jobs(title: string, found: readonly JobToSettle[]): string {
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
  return block(title, { titles, rows });
}

/** What is told of a session besides what it is and how long the vendor has it. */
type More = { readonly titles: readonly string[]; readonly of: (day: CoverageDay) => readonly string[] };

const withRecords: More = {
  titles: ['records', 'why'],
  of: ({ records, reasons }) => [String(records ?? ''), reasons.map(({ detail }) => detail).join('; ')],
};
const withJob: More = { titles: ['job'], of: ({ job_id }) => [job_id ?? ''] };

function days(title: string, found: readonly CoverageDay[], more: More): string {
  const rows = found.map((day) => [
    day.session_date,
    day.ticker,
    day.endpoint,
    day.days_left === null ? '' : String(day.days_left),
    ...more.of(day),
  ]);
  return block(title, { titles: ['session', 'ticker', 'endpoint', 'days left', ...more.titles], rows });
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
  return block('Lost sessions', { titles, rows });
}

type Table = { readonly titles: readonly string[]; readonly rows: readonly (readonly string[])[] };

function block(title: string, content: Table, none = 'None.'): string {
  return `## ${title}\n\n${content.rows.length === 0 ? none : table(content)}`;
}

function table({ titles, rows }: Table): string {
  const line = (values: readonly string[]) => `| ${values.map(cell).join(' | ')} |`;
  return [line(titles), `|${titles.map(() => '---|').join('')}`, ...rows.map(line)].join('\n');
}

/** Messages may hold what would end a cell, or be taken for markup or a secret. */
function cell(text: string): string {
  return redactText(text)
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/[\\|<]/g, (found) => `\\${found}`);
}
