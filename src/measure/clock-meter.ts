import { qualityThresholds } from '../core/quality.ts';

/** From which Unix second to which a session is open, this one excluded; null where nothing says when it is. */
export type Hours = { readonly open_s: number; readonly close_s: number } | null;

/** Seconds, gaps between them, and jumps of spot, of records in the order of their timestamps. */
export class ClockMeter {
  readonly #hours: Hours;
  records = 0;
  first_s = 0;
  last_s = 0;
  seconds_present = 0;
  gaps = 0;
  gap_s = 0;
  longest_gap_s = 0;
  jumps = 0;
  largest_jump_bp = 0;
  #spot = Number.NaN;

  constructor(hours: Hours) {
    this.#hours = hours;
  }

  add(timestamp_s: number, spot: number): void {
    const hours = this.#hours;
    if (hours !== null && timestamp_s >= hours.open_s && timestamp_s < hours.close_s) this.seconds_present++;
    if (this.records++ === 0) this.first_s = timestamp_s;
    else this.#step(timestamp_s - this.last_s, spot);
    this.last_s = timestamp_s;
    this.#spot = spot;
  }

  #step(step_s: number, spot: number): void {
    if (step_s >= qualityThresholds.gap_s) {
      this.gaps++;
      this.gap_s += step_s - 1;
      if (step_s > this.longest_gap_s) this.longest_gap_s = step_s;
    }
    if (step_s > qualityThresholds.jump_within_s) return;
    const moved_bp = Math.abs(spot / this.#spot - 1) * 10_000;
    if (moved_bp > this.largest_jump_bp) this.largest_jump_bp = moved_bp;
    if (moved_bp >= qualityThresholds.jump_bp) this.jumps++;
  }
}
