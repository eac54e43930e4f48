import type { CoverageRequest } from './coverage.ts';
import type { Condition } from './quality.ts';
import type { QualityFinding, QualityRow } from './quality-row.ts';

/** One session of a ticker and endpoint: in one word how it is, and why. */
export type SessionQuality = {
  readonly ticker: string;
  readonly endpoint: string;
  readonly session_date: string;
  readonly condition: Condition;
  /** What is to be told of it, the gravest first. */
  readonly findings: readonly QualityFinding[];
  /** What was found when it was looked at; null where nobody has since it last changed. */
  readonly measured: QualityRow | null;
};

/** What `gexlake quality --json` prints and `GET /quality` answers. */
export type QualityReport = {
  readonly as_of: string;
  readonly from: string | null;
  readonly to: string;
  readonly counts: Readonly<Record<Condition, number>>;
  /** Sessions that are here and that nobody has looked at since they last changed, or only by older rules. */
  readonly not_looked_at: number;
  /** By ticker, endpoint and day; days without a session are not among them. */
  readonly sessions: readonly SessionQuality[];
};

/** What to look at. */
export type QualityRequest = Pick<CoverageRequest, 'ticker' | 'endpoint' | 'from' | 'to'>;
