import { calendarDay } from './calendar.ts';
import type { RowOf } from './columns.ts';
import { counted } from './counted.ts';
import { coverageThresholds } from './coverage.ts';
import { duration } from './duration.ts';
import type { quality } from './log-tables.ts';
import { parseEndpoint } from './names.ts';
import {
  qualityThresholds,
  statementNames,
  statementRules,
  type Drift,
  type StatementName,
  type Tally,
} from './quality.ts';
import { parseDay } from './session.ts';

/** One row of `quality`: a session as it was looked at. */
export type QualityRow = RowOf<typeof quality>;

/** What looking at the records of a session gives: a row without what the log adds. */
export type Measured = Omit<
  QualityRow,
  'ticker' | 'endpoint' | 'job_id' | 'made_at' | 'condition' | 'committed_at' | 'superseded_at'
>;

export const findingCodes = [
  'late_start',
  'early_end',
  'gap',
  'few_records',
  'one_record',
  'frozen',
  'spot_jump',
  'statement',
  'type_drift',
  'withdrawn',
  'purged',
  'lost',
  'not_looked_at',
] as const;

/** Something about a session that a person should know; `degrades`: the session is no longer simply available for it. */
export type QualityFinding = {
  readonly code: (typeof findingCodes)[number];
  /** Which statement does not hold. */
  readonly statement: StatementName | null;
  readonly degrades: boolean;
  readonly detail: string;
};

/** The row's own word. */
export function conditionOf(measured: Measured, endpoint: string): QualityRow['condition'] {
  return findingsOf(measured, endpoint).some(({ degrades }) => degrades) ? 'degraded' : 'available';
}

/** What is to be told of a session by its row alone, the gravest first. */
export function findingsOf(measured: Measured, endpoint: string): QualityFinding[] {
  const findings = [
    ...edges(measured),
    ...gaps(measured),
    ...frozen(measured),
    ...jumps(measured),
    ...statements(measured, endpoint),
    ...measured.drift.map((drift) => driftFinding(drift, measured.records)),
  ];
  return [...findings.filter(({ degrades }) => degrades), ...findings.filter(({ degrades }) => !degrades)];
}

type Kind = Pick<QualityFinding, 'code' | 'degrades'> & { readonly statement?: StatementName };

function finding({ code, degrades, statement }: Kind, detail: string): QualityFinding {
  return { code, statement: statement ?? null, degrades, detail };
}

function edges({ session_date, records, first_timestamp, last_timestamp }: Measured): QualityFinding[] {
  const calendar = calendarDay(parseDay(session_date));
  if (records === 1) return [finding({ code: 'one_record', degrades: true }, 'has one record only')];
  if (calendar.kind === 'closed') return [];
  const late_s = Date.parse(first_timestamp) / 1000 - calendar.open_s;
  const early_s = calendar.close_s - Date.parse(last_timestamp) / 1000;
  const found: QualityFinding[] = [];
  const { edge_s } = coverageThresholds;
  if (late_s > edge_s)
    found.push(finding({ code: 'late_start', degrades: true }, `starts ${duration(late_s)} after the open`));
  if (early_s > edge_s)
    found.push(finding({ code: 'early_end', degrades: true }, `ends ${duration(early_s)} before the close`));
  return found;
}

function gaps({ gaps: count, gap_s, longest_gap_s }: Measured): QualityFinding[] {
  if (count === 0) return [];
  const degrades = longest_gap_s > coverageThresholds.gap_s;
  if (count === 1) return [finding({ code: 'gap', degrades }, `has a gap of ${duration(longest_gap_s)}`)];
  const detail = `has ${counted(count, 'gap')}, ${duration(gap_s)} in all, the longest ${duration(longest_gap_s)}`;
  return [finding({ code: 'gap', degrades }, detail)];
}

function frozen({ frozen_runs, frozen_s, longest_frozen_s }: Measured): QualityFinding[] {
  if (frozen_runs === null || frozen_s === null || longest_frozen_s === null || frozen_runs === 0) return [];
  const degrades = longest_frozen_s >= qualityThresholds.frozen_degrades_s;
  const often = `${counted(frozen_runs, 'time')}, ${duration(frozen_s)} in all, the longest ${duration(longest_frozen_s)}`;
  const length = frozen_runs === 1 ? `for ${duration(longest_frozen_s)}` : often;
  return [finding({ code: 'frozen', degrades }, `the ladder does not change ${length}`)];
}

function jumps({ spot_jumps, largest_jump_bp }: Measured): QualityFinding[] {
  if (spot_jumps === 0) return [];
  const degrades = largest_jump_bp >= qualityThresholds.jump_degrades_bp;
  const detail = `spot jumps ${counted(spot_jumps, 'time')}, by ${(largest_jump_bp / 100).toFixed(1)} % at most`;
  return [finding({ code: 'spot_jump', degrades }, detail)];
}

function statements(measured: Measured, endpoint: string): QualityFinding[] {
  const { package: of } = parseEndpoint(endpoint);
  return statementNames.flatMap((name) => {
    const tally = measured.statements[name];
    return tally === undefined ? [] : statementFinding(name, tally, of === 'state');
  });
}

/** `isMeasured`: whether the statement was tried on records of such an endpoint. If not, that it does not hold is told and no more. */
function statementFinding(name: StatementName, { looked_at, held }: Tally, isMeasured: boolean): QualityFinding[] {
  const { says, of, least_share } = statementRules[name];
  if (least_share === null) {
    if (held === 0) return [];
    return [
      finding({ code: 'statement', degrades: false, statement: name }, `${says} (${share(held, looked_at, of)})`),
    ];
  }
  // Priors are never all found again.
  const isShort = held < looked_at * least_share;
  if (held === looked_at || (of === 'values' && !isShort)) return [];
  const where = isMeasured ? '' : '; not tried on this endpoint by anyone';
  const detail = `“${says}” does not hold in ${share(looked_at - held, looked_at, of)}${where}`;
  return [finding({ code: 'statement', degrades: isShort && isMeasured, statement: name }, detail)];
}

function share(count: number, looked_at: number, of: 'records' | 'values'): string {
  const percent = (count / looked_at) * 100;
  const digits = percent > 0 && percent < 1 ? 2 : 0;
  return `${count} of ${looked_at} ${of}, ${percent.toFixed(digits)} %`;
}

function driftFinding({ field, kind, records }: Drift, all: number): QualityFinding {
  const what = kind === 'wrong_type' ? 'is of another type, kept in extra,' : 'is a number written as a text';
  const often = records >= all ? 'in EVERY record: has the vendor changed it?' : `in ${counted(records, 'record')}`;
  return finding({ code: 'type_drift', degrades: true }, `${field} ${what} ${often}`);
}
