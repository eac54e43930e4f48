import type { MeasuredLadder, MeasuredRecord } from './record.ts';
import type { Tallies } from './tallies.ts';

/** The statements about records of greeks: how their ladder is built. */
export class GreekStatements {
  readonly #tallies: Tallies;

  constructor(tallies: Tallies) {
    this.#tallies = tallies;
  }

  add({ ladderRows, spot }: MeasuredRecord, { columns, committed }: MeasuredLadder): void {
    const strikes = columns[0];
    if (ladderRows === 0 || strikes === undefined) return;
    let isAscending = true;
    for (let at = committed + 1; at < committed + ladderRows; at++)
      if (!((strikes[at] as number) > (strikes[at - 1] as number))) isAscending = false;
    this.#tallies.note('ladder_ascending', isAscending);
    const [first, last] = [strikes[committed] as number, strikes[committed + ladderRows - 1] as number];
    if (isAscending && !Number.isNaN(spot)) this.#tallies.note('spot_inside', spot >= first && spot <= last);
  }
}
