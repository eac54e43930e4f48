/*
 * What is known of how good a session is: figures and statements about its records, each with how many it was asked of. A warning
 * and never a rejection. What each statement says, and what was measured about it, is in docs/quality.md.
 */

/** The rules by which sessions are looked at. Rises whenever a statement, a threshold or the choice of records changes. */
export const qualityRules = 1;

/** What a statement is about, in words; of what it is counted; and the share that must hold, null where it is only told. */
export type StatementRule = {
  readonly says: string;
  readonly of: 'records' | 'values';
  readonly least_share: number | null;
};

/** A rule that held in all that was measured: a few records are let pass, because what was measured was a few hundred. */
const asserted = { of: 'records', least_share: 0.99 } as const;

export const statementRules = {
  ladder_ascending: { ...asserted, says: 'strikes ascend and none is there twice' },
  spot_inside: { ...asserted, says: 'spot lies inside the ladder' },
  sum_gex_vol: { ...asserted, says: 'sum_gex_vol is the sum of the ladder' },
  zero_ladder: { ...asserted, says: 'a ladder of zeros has majors 0' },
  major_nearest: { ...asserted, says: 'the strike nearest to a major is the extreme of the ladder' },
  major_spline: { ...asserted, says: 'majors are the extremes of the spline through the ladder' },
  max_priors: { ...asserted, says: 'max_priors are the largest changes of the ladder' },
  state_zero: { ...asserted, says: 'zero_gamma, sum_gex_oi and the majors by open interest are 0' },
  // 89 to 98 % of a ticker's day in what was measured, where records lie five minutes apart.
  priors: { of: 'values', least_share: 0.8, says: 'priors are what was 5, 10, 15 and 30 minutes earlier' },
  no_negative: {
    of: 'records',
    least_share: null,
    says: 'no strike is negative, yet major_neg_vol is set, to the least positive',
  },
} as const satisfies Readonly<Record<string, StatementRule>>;

export type StatementName = keyof typeof statementRules;
export const statementNames = Object.keys(statementRules) as StatementName[];

/** Of how many records or values a statement was asked, and in how many of them it holds. */
export type Tally = { readonly looked_at: number; readonly held: number };
export type Statements = Readonly<Partial<Record<StatementName, Tally>>>;

/** A known field that came as another type, or as a number in a text, in so many records. */
export type Drift = {
  readonly field: string;
  readonly kind: 'wrong_type' | 'number_in_text';
  readonly records: number;
};

/** From when on something counts. */
export const qualityThresholds = {
  /** Seconds between two records that follow each other, from which on that is a gap. */
  gap_s: 10,
  /** Seconds for which a ladder stays as it is, from which on it is frozen, and from which on that degrades a session. */
  frozen_s: 60,
  frozen_degrades_s: 300,
  /** By how much spot moves between two records of at most so many seconds, in hundredths of a percent, to be a jump; and to degrade. */
  jump_bp: 100,
  jump_degrades_bp: 500,
  jump_within_s: 60,
} as const;

/** In Databento's words: all is well, something is wrong with it, it is under way, it is not here. */
export const conditions = ['available', 'degraded', 'pending', 'missing'] as const;
export type Condition = (typeof conditions)[number];
