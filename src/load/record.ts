import { ladderForm, scalarNames } from '../core/contract.ts';
import type { Endpoint } from '../core/names.ts';
import { LadderRows } from './ladder-rows.ts';

/** Rows that a ladder buffer starts with: one row group and the record that overfills it. */
const ladderCapacity = 131_072;

/**
 * The record that was read last. Reading writes it over in place: its ladder's rows lie in `ladder` behind the committed
 * ones, `scalars` follow {@link scalarNames}, NaN is null.
 */
export class CurrentRecord {
  readonly names: readonly string[];
  readonly scalars: Float64Array;
  readonly spotAt: number;
  readonly ladder: LadderRows | null;
  timestamp_s = 0;
  /** As the vendor sent it; not finite or not positive means that the record is set aside. */
  spot = 0;
  ladderRows = 0;
  /** Why the ladder cannot be read, or null. */
  ladderProblem: string | null = null;
  maxPriors: readonly (readonly number[])[] | null = null;
  /** Fields that the contract does not know, as JSON, or null. */
  extra: string | null = null;

  constructor(endpoint: Endpoint) {
    const form = ladderForm(endpoint);
    this.names = scalarNames(endpoint);
    this.scalars = new Float64Array(this.names.length);
    this.spotAt = this.names.indexOf('spot');
    this.ladder = form === null ? null : new LadderRows(form, ladderCapacity);
  }

  reset(): void {
    this.scalars.fill(Number.NaN);
    this.ladderRows = 0;
    this.ladderProblem = null;
    this.maxPriors = null;
    this.extra = null;
  }
}
