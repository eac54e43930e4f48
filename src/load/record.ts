import { contractVersion, ladderForm, scalarNames } from '../core/contract.ts';
import type { Endpoint } from '../core/names.ts';
import { LadderRows } from './ladder-rows.ts';

/** Rows that a ladder buffer starts with: one row group and the record that overfills it. */
const ladderCapacity = 131_072;

/**
 * What is noticed about a field of a record: `kept` in `extra` because the contract does not know it, or JSON cannot hold its number;
 * `wrong_type`: known, of another type, and kept in `extra`; `number_in_text`: a number written as a text, read as the number;
 * `repeated`: there twice, or something in it is, and the last counts; `half_character`: a lone surrogate in it is written out.
 */
export type OddityKind = 'kept' | 'wrong_type' | 'number_in_text' | 'repeated' | 'half_character';
export type Oddity = { readonly kind: OddityKind; readonly field: string };

export type OddPairs = readonly (readonly number[])[];

/**
 * The record that was read last. Reading writes it over in place: its ladder's rows lie in `ladder` behind the committed
 * ones, `scalars` follow {@link scalarNames}, NaN is null.
 */
export class CurrentRecord {
  readonly names: readonly string[];
  readonly scalars: Float64Array;
  readonly spotAt: number;
  /** Whether a record without spot is none. */
  readonly needsSpot: boolean;
  readonly ladder: LadderRows | null;
  timestamp_s = 0;
  /** As the vendor sent it; not finite or not positive means that the record is set aside. NaN where it may lack and does. */
  spot = 0;
  ladderRows = 0;
  /** Why the ladder cannot be read, or null. */
  ladderProblem: string | null = null;
  /** `max_priors` as the vendor sends it: `pairCount` pairs of numbers, flattened. -1 pairs: there is none, or it is odd. */
  pairs: Float64Array = new Float64Array(64);
  pairCount = -1;
  /** `max_priors` where it is a list of lists, but not of pairs. */
  oddPairs: OddPairs | null = null;
  /** Fields that the contract does not know, as JSON, or null. */
  extra: string | null = null;
  /** What was noticed about its fields; nearly always nothing. */
  oddities: Oddity[] = [];

  constructor(endpoint: Endpoint, needsSpot = true, contract: string = contractVersion) {
    const form = ladderForm(endpoint, contract);
    this.names = scalarNames(endpoint, contract);
    this.scalars = new Float64Array(this.names.length);
    this.spotAt = this.names.indexOf('spot');
    this.needsSpot = needsSpot;
    this.ladder = form === null ? null : new LadderRows(form, ladderCapacity);
  }

  /** Forgets the last record, and what was written of it and not committed. */
  reset(): void {
    this.ladder?.rollBack();
    this.scalars.fill(Number.NaN);
    this.ladderRows = 0;
    this.ladderProblem = null;
    this.pairCount = -1;
    this.oddPairs = null;
    this.extra = null;
    if (this.oddities.length > 0) this.oddities = [];
  }

  notice(kind: OddityKind, field: string): void {
    this.oddities.push({ kind, field });
  }

  setPair(at: number, first: number, second: number): void {
    if (at * 2 === this.pairs.length) {
      const larger = new Float64Array(at * 4);
      larger.set(this.pairs);
      this.pairs = larger;
    }
    this.pairs[at * 2] = first;
    this.pairs[at * 2 + 1] = second;
  }
}
