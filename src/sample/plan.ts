import { GexlakeError } from '../core/errors.ts';
import { parseEndpoint, parseSessionDate, parseTicker, vendorFileName } from '../core/names.ts';
import type { Endpoint } from '../core/names.ts';
import { isTradingDay, session_s } from './hours.ts';

/** What to make. Equal options give equal bytes on every machine. */
export type SampleOptions = {
  readonly ticker: string;
  /** A governed endpoint name, such as `gex_zero`, `state_gamma_one` or `orderflow`. */
  readonly endpoint: string;
  /** The New York trading day, `YYYY-MM-DD`. */
  readonly sessionDate: string;
  /** 0 … 2³² − 1. */
  readonly seed: number;
  /** True, distinct records of the session, 1 … 23,400. Fewer than there are seconds are spread evenly over them. */
  readonly records: number;
  /** The seconds of the session that have records, from 09:30:00 on, at least as many as records. The whole session where it is not said. */
  readonly span_s?: number;
  /** About how many strikes a record's ladder has, 5 … 5,000. */
  readonly strikes: number;
  /** Whether the file has what real files have: a stale first record and a few identical duplicates. */
  readonly flaws: boolean;
};

/** What a sample has where the caller does not say: a whole session of a busy ticker. */
export const sampleDefaults = { seed: 1, records: session_s, strikes: 99, flaws: true } as const;

const bounds = {
  seed: { least: 0, most: 4_294_967_295 },
  records: { least: 1, most: session_s },
  span_s: { least: 1, most: session_s },
  strikes: { least: 5, most: 5_000 },
} as const;

/** Options that were checked, with their endpoint resolved. */
export type SamplePlan = Omit<Required<SampleOptions>, 'endpoint'> & { readonly endpoint: Endpoint };

/** Checks options. Throws `TICKER_INVALID`, `ENDPOINT_UNKNOWN`, `SESSION_DATE_INVALID` or `USAGE`. */
export function planSample(options: SampleOptions): SamplePlan {
  const plan: SamplePlan = {
    span_s: session_s,
    ...options,
    ticker: parseTicker(options.ticker),
    endpoint: parseEndpoint(options.endpoint),
    sessionDate: parseSessionDate(options.sessionDate),
  };
  checkTradingDay(plan.sessionDate);
  checkWhole(plan, 'seed');
  checkWhole(plan, 'span_s');
  checkWhole(plan, 'records', plan.span_s);
  checkWhole(plan, 'strikes');
  return plan;
}

/** The vendor's name for the file: `2025-10-22_NQ_NDX_classic_gex_zero.json`. */
export function sampleFileName(options: Pick<SampleOptions, 'ticker' | 'endpoint' | 'sessionDate'>): string {
  const { ticker, endpoint, sessionDate } = options;
  return vendorFileName(parseTicker(ticker), parseEndpoint(endpoint), parseSessionDate(sessionDate));
}

function checkTradingDay(sessionDate: string): void {
  if (isTradingDay(sessionDate)) return;
  throw new GexlakeError('USAGE', `a sample of ${sessionDate} cannot be made: the day is on a weekend`, {
    hint: 'Give a weekday, for example 2025-10-22.',
  });
}

function checkWhole(plan: SamplePlan, name: keyof typeof bounds, most: number = bounds[name].most): void {
  const value = plan[name];
  const { least } = bounds[name];
  if (Number.isInteger(value) && value >= least && value <= most) return;
  throw new GexlakeError('USAGE', `a sample's ${name} must be a whole number from ${least} to ${most}, not ${value}`);
}
