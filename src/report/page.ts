import { counted } from '../core/counted.ts';
import { coverageStates, type CoverageDay } from '../core/coverage.ts';
import { redactText } from '../core/redact.ts';
import { style } from './page-style.ts';
import type { Report, ReportedChange, RowChanges } from './report-facts.ts';

/*
 * The report as one page that a browser shows from a disk, without a network and without scripts. All that stands in it comes from the log and
 * from files, so every text is escaped.
 */

export function renderPage(report: Report): string {
  const title = `What is kept of ${report.from} to ${report.to}`;
  const sections = [
    intro(report),
    coverageSection(report),
    qualitySection(report),
    changesSection(report),
    rechecksSection(report),
    quarantineSection(report),
    filesSection(report),
    verificationSection(report),
    proofsSection(report),
    trustSection(report),
  ];
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escaped(title)}</title>
<style>${style}</style>
</head>
<body>
<main>
<h1>${escaped(title)}</h1>
${sections.join('\n')}
</main>
</body>
</html>
`;
}

function intro({
  made_at,
  made_by,
  gexlake,
  ticker,
  endpoint,
  files,
  coverage,
  changes,
  verification,
}: Report): string {
  const about = [ticker ?? 'all tickers', endpoint ?? 'all endpoints'].join(', ');
  const rows = files.reduce((sum, file) => sum + (file.dataset === 'strikes' ? file.rows : 0), 0);
  const facts: (readonly [string, string])[] = [
    ['sessions', String(coverage.rows.filter(({ records }) => records !== null).length)],
    ['files', String(files.length)],
    ['strike rows', rows.toLocaleString('en-US')],
    ['changes', String(changes.length)],
    ['verify', verification.ok ? 'no problem' : counted(verification.problems.length, 'problem')],
  ];
  const cards = facts.map(([name, value]) => `<div><dt>${escaped(name)}</dt><dd>${escaped(value)}</dd></div>`);
  return `<p>Made ${escaped(made_at)} by ${escaped(redactText(made_by))} with gexlake ${escaped(gexlake)}, of ${escaped(about)}.
Days are days in New York, times are UTC.</p>
<dl class="facts">${cards.join('')}</dl>`;
}

function coverageSection({ coverage }: Report): string {
  const counts = coverageStates.map((state) => `${coverage.counts[state]} ${state}`).join(', ');
  const pairs = Map.groupBy(coverage.rows, ({ ticker, endpoint }) => `${ticker} ${endpoint}`);
  const grids = [...pairs].map(
    ([name, days]) => `<h3>${escaped(name)}</h3>\n<ol class="days">${days.map(cell).join('')}</ol>`,
  );
  const incomplete = coverage.rows.filter(({ state, reasons }) => state === 'partial' || reasons.length > 0);
  const reasons = incomplete.filter(({ state }) => state !== 'closed');
  const rows = reasons.map(({ session_date, ticker, endpoint, state, reasons: why }) => [
    session_date,
    ticker,
    endpoint,
    state,
    why.map(({ detail }) => detail).join('; '),
  ]);
  return section('Coverage', [
    `<p>${escaped(counts)}.</p>`,
    ...grids,
    rows.length === 0 ? '' : table(['session', 'ticker', 'endpoint', 'state', 'why'], rows),
  ]);
}

function cell({ session_date, state, records }: CoverageDay): string {
  const text = `${session_date}: ${state}${records === null ? '' : `, ${records} records`}`;
  return `<li class="${state}" title="${escaped(text)}"><span>${escaped(text)}</span></li>`;
}

function qualitySection({ quality: { counts, sessions, not_looked_at } }: Report): string {
  const words = Object.entries(counts).map(([condition, count]) => `${count} ${condition}`);
  const unseen = not_looked_at === 0 ? '' : ` ${counted(not_looked_at, 'session')} nobody has looked at.`;
  const rows = sessions
    .filter(({ condition, findings }) => condition === 'degraded' || findings.length > 0)
    .map(({ session_date, ticker, endpoint, condition, findings }) => [
      session_date,
      ticker,
      endpoint,
      condition,
      findings.map(({ detail }) => detail).join('; '),
    ]);
  const titles = ['session', 'ticker', 'endpoint', 'condition', 'why'];
  return section('Quality', [
    `<p>${escaped(`${words.join(', ')}.${unseen}`)}</p>`,
    rows.length === 0 ? '' : table(titles, rows),
  ]);
}

function rechecksSection({ rechecks }: Report): string {
  if (rechecks.length === 0) return section('Looked at again', ['<p>No source was looked at again.</p>']);
  const rows = rechecks.map(({ checked_at, session_date, ticker, endpoint, result, source, job_id }) => [
    checked_at,
    session_date ?? '',
    ticker,
    endpoint,
    result,
    source,
    job_id ?? '',
  ]);
  return section('Looked at again', [
    table(['when', 'session', 'ticker', 'endpoint', 'result', 'source', 'job'], rows),
  ]);
}

function changesSection({ changes }: Report): string {
  if (changes.length === 0)
    return section('Changes', ['<p>Nothing of these sessions was changed after it was published.</p>']);
  const rows = changes.map((change) => [
    change.at ?? '',
    change.kind,
    change.session_dates.join(', '),
    [change.reason, change.corrects_job_id === null ? null : `corrects job ${change.corrects_job_id}`]
      .filter(Boolean)
      .join('; '),
    change.actor ?? '',
    differenceText(change),
    change.job_id,
  ]);
  return section('Changes', [table(['when', 'what', 'sessions', 'why', 'who', 'rows', 'job'], rows)]);
}

function differenceText({ difference }: ReportedChange): string {
  if (difference === null) return 'every row as it was';
  return difference.map(oneDifference).join('; ');
}

function oneDifference({ dataset, added, gone, changed, by_column, why_not }: RowChanges): string {
  if (why_not !== null) return `${dataset}: cannot be said: ${why_not}`;
  const columns = Object.entries(by_column).map(([name, rows]) => `${name} ${rows}`);
  const named = columns.length === 0 ? '' : ` (${columns.join(', ')})`;
  return `${dataset}: ${added} added, ${gone} gone, ${changed} changed${named}`;
}

function quarantineSection({ quarantine }: Report): string {
  if (quarantine.length === 0) return section('Records set aside', ['<p>None.</p>']);
  const rows = quarantine.map(({ session_date, ticker, endpoint, records, reasons, path, job_id }) => [
    session_date ?? '',
    ticker ?? '',
    endpoint ?? '',
    String(records),
    Object.entries(reasons)
      .map(([reason, count]) => `${reason} ${count}`)
      .join(', '),
    path,
    job_id,
  ]);
  return section('Records set aside', [
    table(['session', 'ticker', 'endpoint', 'records', 'why', 'file', 'job'], rows),
  ]);
}

function filesSection({ files }: Report): string {
  const rows = files.map(({ path, rows: count, sha256, source, job_id }) => [
    path,
    count.toLocaleString('en-US'),
    sha256,
    source === null ? 'a rewrite' : `${source.url}${source.sha256 === null ? '' : `, SHA-256 ${source.sha256}`}`,
    job_id,
  ]);
  return section('Files', [
    '<p><code>files.csv</code> has the same, <code>verify_report.py</code> compares every byte of them.</p>',
    table(['file', 'rows', 'SHA-256', 'from', 'job'], rows),
  ]);
}

function verificationSection({ verification: { ok, problems, notes } }: Report): string {
  const rows = [...problems, ...notes].map(({ code, path, message, hint }) => [
    code,
    path ?? '',
    redactText(message),
    hint,
  ]);
  const told = ok ? '<p>Log, journal, files and sources agree. Not every byte was read for this.</p>' : '';
  return section('Verification', [told, rows.length === 0 ? '' : table(['code', 'where', 'what', 'what to do'], rows)]);
}

function proofsSection({ proofs }: Report): string {
  if (proofs === null)
    return section('Proofs', ['<p>The files were not made again for this report; <code>--prove</code> does it.</p>']);
  const { bytes, content, unproven, contradicted } = proofs.results;
  const rows = proofs.proofs.map(({ path, result, why }) => [path, result, why ?? '']);
  return section('Proofs', [
    `<p>Made again from their sources: ${bytes} with the same bytes, ${content} with the same rows, ${unproven} unproven, ${contradicted} contradicted.</p>`,
    table(['file', 'result', 'why'], rows),
  ]);
}

function trustSection({ journal }: Report): string {
  const began = journal.began_at === null ? 'There is no journal.' : `The journal began ${journal.began_at}.`;
  return section('What this rests on', [
    `<p>${escaped(began)} It has ${journal.entries} entries; the hash of the last one is <code>${escaped(journal.head)}</code>.</p>`,
    journal.checkpoint === null
      ? ''
      : `<p>Its checkpoint, which is in the file <code>checkpoint</code>, too:</p>\n<pre>${escaped(journal.checkpoint)}</pre>`,
    `<p>Every change has a job with its time, who asked for it and why; a published file never changes but by such a job, and what it replaced
is kept. This supports an audit trail as rules like SEC 17a-4(f)(2)(i)(A) ask for; whether such a rule is met depends on much that
gexlake does not see.</p>`,
  ]);
}

function section(title: string, parts: readonly string[]): string {
  return `<section>\n<h2>${escaped(title)}</h2>\n${parts.filter((part) => part !== '').join('\n')}\n</section>`;
}

function table(titles: readonly string[], rows: readonly (readonly string[])[]): string {
  const head = titles.map((title) => `<th scope="col">${escaped(title)}</th>`).join('');
  const body = rows.map((row) => `<tr>${row.map((value) => `<td>${escaped(value)}</td>`).join('')}</tr>`).join('\n');
  return `<div class="wide"><table>\n<thead><tr>${head}</tr></thead>\n<tbody>\n${body}\n</tbody>\n</table></div>`;
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escaped(text: string): string {
  return text.replaceAll(/[&<>"']/g, (found) => entities[found] ?? found);
}
