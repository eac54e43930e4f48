import assert from 'node:assert/strict';
import { test } from 'node:test';
import { renderCoverage } from '../../src/cli/coverage-grid.ts';
import { coverageStates, type Coverage, type CoverageDay, type CoverageState } from '../../src/core/coverage.ts';
import { codeSpans, readDocument, section, tableRows } from '../docs/documents.ts';

function day(ticker: string, session_date: string, state: CoverageState): CoverageDay {
  const times = { first_timestamp: null, last_timestamp: null, largest_gap_s: null };
  const nothing = { days_left: null, records: null, records_expected: null, job_id: null, job_status: null };
  return { ticker, endpoint: 'gex_zero', session_date, state, reasons: [], ...times, ...nothing };
}

function coverageOf(rows: readonly CoverageDay[]): Coverage {
  const counts = Object.fromEntries(
    coverageStates.map((state) => [state, rows.filter((row) => row.state === state).length]),
  ) as Coverage['counts'];
  const range = { from: '2024-02-28', to: '2024-03-02' };
  return { as_of: '2024-03-02T21:00:00.000Z', as_of_date: '2024-03-02', ...range, counts, rows, unreadable: [] };
}

const found = coverageOf([
  day('SPX', '2024-02-28', 'available'),
  day('SPX', '2024-02-29', 'partial'),
  day('SPX', '2024-03-01', 'missing'),
  day('SPX', '2024-03-02', 'closed'),
  day('NQ_NDX', '2024-03-01', 'lost'),
]);

test('each month has its days, each ticker and endpoint a line, and days that were not asked for are blank', () => {
  const lines = renderCoverage(found, false).split('\n');
  assert.deepEqual(lines, [
    '2024-02                   1         2',
    '                 12345678901234567890123456789',
    'SPX gex_zero                                █▄',
    '',
    '2024-03                   1         2         3',
    '                 1234567890123456789012345678901',
    'SPX gex_zero     !·',
    'NQ_NDX gex_zero  x',
    '',
    '█ available 1   ▄ partial 1   ! missing 1   ~ pending 0   – purged 0   · closed 1   ? unknown 0   x lost 1',
  ]);
});

const escape = '\u001B[';

/** The text with its colours taken out, and which they were. */
function parted(text: string): { readonly plain: string; readonly colours: ReadonlySet<string> } {
  const [first = '', ...rest] = text.split(escape);
  const pieces = rest.map(
    (piece) => [piece.slice(0, piece.indexOf('m')), piece.slice(piece.indexOf('m') + 1)] as const,
  );
  const colours = new Set(pieces.map(([colour]) => colour).filter((colour) => colour !== '0'));
  return { plain: first + pieces.map(([, plain]) => plain).join(''), colours };
}

test('colours are only added, one for each state', () => {
  const { plain, colours } = parted(renderCoverage(found, true));
  assert.equal(colours.size, coverageStates.length);
  assert.equal(plain, renderCoverage(found, false));
});

test('the marks are those that the command line’s page explains', () => {
  const rows = tableRows(section(readDocument('docs/cli.md'), '`gexlake coverage`')).filter(
    (row) => row['mark'] !== undefined,
  );
  const documented = rows.map((row) => [...codeSpans(row['mark'] ?? ''), ...codeSpans(row['state'] ?? '')].join(' '));
  const legend = renderCoverage(coverageOf([]), false).trim().split(/ {3}/);
  assert.deepEqual(
    documented,
    legend.map((entry) => entry.replace(/ 0$/, '')),
  );
});
