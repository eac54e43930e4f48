import type { Market } from './market.ts';
import { spotSlot } from './market.ts';
import { bellAt } from './pace.ts';
import type { Pace } from './pace.ts';
import { nextBell, nextBits, nextUnit } from './random.ts';
import type { Random } from './random.ts';

/**
 * The exposure a strike is due, by its distance from spot in strikes (below 0 where puts are out of the money), its own weight
 * and the part of the session that has passed.
 */
export type Due = (distance: number, weight: number, fraction: number) => number;

/** One exposure per slot, in thousandths, that changes trade by trade towards what the strike is due. */
export type Field = {
  readonly market: Market;
  readonly random: Random;
  readonly pace: Pace;
  readonly due: Due;
  readonly values: Int32Array;
  /** A strike's own size: round strikes and some others draw far more volume. */
  readonly sizes: Float64Array;
  /** A strike's own sign and strength, near -2 … 2, which wanders during the day around where it began. */
  readonly weights: Float64Array;
  readonly homes: Float64Array;
};

/** A field of zeros, as at the open. */
export function createField(parts: Pick<Field, 'market' | 'pace' | 'random' | 'due'>): Field {
  const { market, random } = parts;
  const { slots } = market;
  const field: Field = {
    ...parts,
    values: new Int32Array(slots),
    sizes: new Float64Array(slots),
    weights: new Float64Array(slots),
    homes: new Float64Array(slots),
  };
  for (let slot = 0; slot < slots; slot += 1) {
    const luck = nextUnit(random);
    const round = roundness(market.lowestIndex + slot);
    field.sizes[slot] = (0.2 + 2.6 * luck * luck * luck) * round;
    field.homes[slot] = nextBell(random) * 0.6;
    field.weights[slot] = field.homes[slot] ?? 0;
  }
  return field;
}

function roundness(index: number): number {
  if (index % 10 === 0) return 2.2;
  return index % 5 === 0 ? 1.5 : 1;
}

/** One second of trading on the strikes of the ladder. */
export function advanceField(field: Field, fraction: number): void {
  const { market, random, pace } = field;
  const spot = spotSlot(market);
  for (let slot = market.low; slot <= market.high; slot += 1) {
    if (nextBits(random) < (pace.thresholds[Math.abs(slot - spot) | 0] ?? 0)) tradeStrike(field, slot, fraction);
  }
}

/** Gives every strike what it is due at once: the state of a session that has been going on. */
export function settleField(field: Field, fraction: number): void {
  const { market } = field;
  const spot = spotSlot(market);
  for (let slot = 0; slot < market.slots; slot += 1) {
    const due = (field.sizes[slot] ?? 0) * field.due(slot - spot, field.weights[slot] ?? 0, fraction);
    field.values[slot] = Math.round(due * (0.8 + 0.4 * nextUnit(field.random)));
  }
}

function tradeStrike(field: Field, slot: number, fraction: number): void {
  const { random, pace } = field;
  const distance = slot - spotSlot(field.market);
  const whole = Math.abs(distance) | 0;
  const noise = pace.noise[whole] ?? 0;
  const weight = field.weights[slot] ?? 0;
  const home = field.homes[slot] ?? 0;
  const wandered = weight + (home - weight) * noise * 0.15 + nextBell(random) * noise * 0.4;
  field.weights[slot] = wandered;
  const due = (field.sizes[slot] ?? 0) * field.due(distance, wandered, fraction);
  const value = field.values[slot] ?? 0;
  const size = Math.abs(due) * 0.7 + Math.abs(value) * 0.3;
  const change = (due - value) * (pace.pull[whole] ?? 0) + nextBell(random) * noise * size;
  const next = value + change;
  // One strike's exposure stays below 2 trillion dollars, so that thousandths of millions fit 32 bits.
  field.values[slot] = Math.round(Math.max(-2_000_000_000, Math.min(2_000_000_000, next)));
}

/**
 * What strikes are due of gamma: puts below spot count negative, calls above positive, mixed near spot. It grows with the day's
 * volume, narrows towards the close as gamma does, and explodes at the strikes next to spot in the last minutes.
 * `scale` is in thousandths of a million dollars per 1 % move; `expiring` is false for an expiry that lives on after today.
 */
export function gammaDue(pace: Pace, scale: number, expiring: boolean): Due {
  return (distance, weight, fraction) => {
    const left = expiring ? 1 - fraction : 1;
    const width = 1 + 0.42 * pace.daily_strikes * Math.sqrt(left + 0.02);
    const grown = ((fraction / (fraction + 0.04)) * (0.6 + fraction)) / Math.sqrt(left + 0.004);
    const last = left + 0.0008;
    const spike = expiring ? (0.001 / (last * last)) * bellAt(distance, 0.8) : 0;
    const side = distance / (4 + Math.abs(distance));
    return scale * (0.3 + 0.55 * side + weight) * (grown * bellAt(distance, width) + spike * fraction);
  };
}

/** The sum over the ladder, thousandths. */
export function sumOf(values: Int32Array, low: number, high: number): number {
  let sum = 0;
  for (let slot = low; slot <= high; slot += 1) sum += values[slot] ?? 0;
  return sum;
}

/** The slot of the largest value that is above zero, or -1. */
export function largestOf(values: Int32Array, low: number, high: number): number {
  let found = -1;
  let largest = 0;
  for (let slot = low; slot <= high; slot += 1) {
    const value = values[slot] ?? 0;
    if (value <= largest) continue;
    found = slot;
    largest = value;
  }
  return found;
}

/** The slot of the smallest value that is below zero, or -1. */
export function smallestOf(values: Int32Array, low: number, high: number): number {
  let found = -1;
  let smallest = 0;
  for (let slot = low; slot <= high; slot += 1) {
    const value = values[slot] ?? 0;
    if (value >= smallest) continue;
    found = slot;
    smallest = value;
  }
  return found;
}
