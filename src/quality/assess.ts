import type { CoverageDay, CoverageReason } from '../core/coverage.ts';
import { conditions, qualityRules, type Condition } from '../core/quality.ts';
import type { QualityReport, QualityRequest, SessionQuality } from '../core/quality-report.ts';
import { findingsOf, type QualityFinding, type QualityRow } from '../core/quality-row.ts';
import { coverage } from '../coverage/coverage.ts';
import type { GovernContext } from '../maintenance/maintenance.ts';

/**
 * How good the sessions are that are here, and which are missing: the rows of the log beside the coverage by the calendar. Changes
 * nothing. @throws what coverage throws
 */
export async function assessQuality(context: GovernContext, request: QualityRequest): Promise<QualityReport> {
  const covered = await coverage(context, request);
  const rows = new Map((await context.log.quality.counting()).map((row) => [keyOf(row), row]));
  const sessions = covered.rows.flatMap((day) => assess(day, rows.get(keyOf(day)) ?? null));
  return {
    as_of: covered.as_of,
    from: covered.from,
    to: covered.to,
    counts: countConditions(sessions),
    not_looked_at: sessions.filter(({ findings }) => findings.some(({ code }) => code === 'not_looked_at')).length,
    sessions,
  };
}

function keyOf({ ticker, endpoint, session_date }: Pick<QualityRow, 'ticker' | 'endpoint' | 'session_date'>): string {
  return `${ticker} ${endpoint} ${session_date}`;
}

function countConditions(sessions: readonly SessionQuality[]): Record<Condition, number> {
  const counts = Object.fromEntries(conditions.map((name) => [name, 0])) as Record<Condition, number>;
  for (const { condition } of sessions) counts[condition]++;
  return counts;
}

/** A day's session; none where there is none, or nobody can know whether there is. Pure. */
function assess(day: CoverageDay, measured: QualityRow | null): SessionQuality[] {
  const { ticker, endpoint, session_date } = day;
  const block = { ticker, endpoint, session_date, measured };
  if (measured !== null || day.records !== null) {
    const findings = gravestFirst([...foundIn(day, measured), ...coveredFindings(day, measured)]);
    if (isHere(day) || measured !== null) {
      const condition = findings.some(({ degrades }) => degrades) ? 'degraded' : 'available';
      return [{ ...block, condition, findings }];
    }
  }
  if (day.state === 'pending') return [{ ...block, condition: 'pending', findings: day.reasons.map(told) }];
  if (day.state !== 'missing' && day.state !== 'lost') return [];
  const lost: QualityFinding[] =
    day.state === 'lost' ? [finding('lost', false, 'the vendor does not have it any more')] : [];
  return [{ ...block, condition: 'missing', findings: [...lost, ...day.reasons.map(told)] }];
}

function isHere({ state }: CoverageDay): boolean {
  return state === 'available' || state === 'partial';
}

function foundIn(day: CoverageDay, measured: QualityRow | null): QualityFinding[] {
  const again = '`gexlake quality --compute` does it';
  if (measured === null)
    return [finding('not_looked_at', false, `nobody has looked at it since it last changed: ${again}`)];
  const old = finding('not_looked_at', false, `it was looked at by older rules (${measured.rules}): ${again}`);
  return [...findingsOf(measured, day.endpoint), ...(measured.rules < qualityRules ? [old] : [])];
}

/** What coverage knows besides: what earlier sessions let expect, and where nobody has looked, all of it. */
function coveredFindings({ reasons }: CoverageDay, measured: QualityRow | null): QualityFinding[] {
  const others = reasons.filter(({ code }) => measured === null || code === 'few_records' || isTaken(code));
  return others.map(told);
}

function told({ code, detail }: CoverageReason): QualityFinding {
  const isKnown = code !== 'closed' && code !== 'not_announced' && code !== 'asked';
  return finding(isKnown ? code : 'not_looked_at', isKnown && !isTaken(code), detail);
}

/** Rows that were taken away on purpose are no fault of what is left. */
function isTaken(code: CoverageReason['code']): boolean {
  return code === 'withdrawn' || code === 'purged';
}

function finding(code: QualityFinding['code'], degrades: boolean, detail: string): QualityFinding {
  return { code, statement: null, degrades, detail };
}

function gravestFirst(findings: readonly QualityFinding[]): QualityFinding[] {
  return [...findings.filter(({ degrades }) => degrades), ...findings.filter(({ degrades }) => !degrades)];
}
