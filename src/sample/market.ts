import { session_s } from './hours.ts';
import { nextBell, nextBits, nextUnit, thresholdOf } from './random.ts';
import type { Random } from './random.ts';
import type { TickerTraits } from './tickers.ts';

/** Spot may leave the opening price by this part of it, so that the slots of all strikes can be laid out beforehand. */
const farthestMove = 0.06;

/**
 * A ticker's price and its ladder of strikes, second by second. Every strike that can occur during the day has a slot, counted
 * from the lowest; the ladder is the slots `low` … `high`.
 */
export type Market = {
  readonly traits: TickerTraits;
  readonly random: Random;
  readonly slots: number;
  /** The strike of slot 0, counted in spacings from 0 and without the basis: a round strike has a round number. */
  readonly lowestIndex: number;
  /** Price of slot 0, hundredths. */
  readonly lowestStrike: number;
  /** Strikes a ladder has when both of its ends are at rest. */
  readonly ladderSize: number;
  readonly opening: number;
  /** Hundredths, with a fraction that is never shown. */
  price: number;
  drift: number;
  /** The slot the ladder is centred on. */
  centre: number;
  low: number;
  high: number;
  lowShift: number;
  highShift: number;
};

/** A market at the open. `strikes` is about the size of its ladder. */
export function createMarket(traits: TickerTraits, random: Random, strikes: number): Market {
  const opening = Math.round(traits.level * (1 + (nextUnit(random) - 0.5) * 0.01));
  const basis = traits.basis ? 4_000 + (nextBits(random) % 6_000) : 0;
  const reach = Math.ceil((opening * farthestMove) / traits.spacing) + (strikes >> 1) + 4;
  const lowestIndex = Math.max(1, Math.floor((opening - basis) / traits.spacing) - reach);
  const market: Market = {
    traits,
    random,
    slots: Math.max(2 * reach + 4, Math.ceil(opening / traits.spacing) - lowestIndex + strikes + 4),
    lowestIndex,
    lowestStrike: lowestIndex * traits.spacing + basis,
    ladderSize: strikes,
    opening,
    price: opening,
    drift: 0,
    centre: Math.floor((opening - basis) / traits.spacing) - lowestIndex,
    low: 0,
    high: 0,
    lowShift: 0,
    highShift: 0,
  };
  placeLadder(market);
  return market;
}

/** Spot in hundredths. */
export function spotOf(market: Market): number {
  return Math.round(market.price);
}

/** Spot counted in slots: 41.5 lies half-way between the strikes of slots 41 and 42. */
export function spotSlot(market: Market): number {
  return (market.price - market.lowestStrike) / market.traits.spacing;
}

/** The price of a slot's strike, hundredths. */
export function strikeOf(market: Market, slot: number): number {
  return market.lowestStrike + slot * market.traits.spacing;
}

/** The market one second later. */
export function advanceMarket(market: Market, second: number): void {
  const { random, traits, opening } = market;
  const step = (opening * traits.dailyMove * restlessness(second / session_s)) / Math.sqrt(session_s);
  if (nextBits(random) < driftChange) market.drift = nextBell(random) * 0.015;
  const pull = ((opening - market.price) / opening) * 0.02;
  market.price += step * (nextBell(random) + market.drift + pull);
  const farthest = opening * farthestMove;
  market.price = Math.max(opening - farthest, Math.min(opening + farthest, market.price));
  if (nextBits(random) < endChange) market.lowShift = nextShift(market);
  if (nextBits(random) < endChange) market.highShift = nextShift(market);
  placeLadder(market);
}

const driftChange = thresholdOf(1 / 1_500);
const endChange = thresholdOf(1 / 600);

/** How many strikes an end of the ladder stands further out: -2 … 2, less for a small ladder. */
function nextShift(market: Market): number {
  const most = Math.min(2, Math.floor(market.ladderSize / 10));
  return (nextBits(market.random) % (2 * most + 1)) - most;
}

/** Prices move more after the open and before the close. */
function restlessness(fraction: number): number {
  const middle = fraction - 0.55;
  return 0.7 + 2 * middle * middle;
}

/**
 * The ladder slides with spot, a strike at a time and not back and forth with every tick; each of its ends stands a few strikes
 * further in or out for minutes at a time.
 */
function placeLadder(market: Market): void {
  const distance = spotSlot(market) - market.centre - 0.5;
  if (Math.abs(distance) > 1.5) market.centre += distance > 0 ? 1 : -1;
  const low = Math.max(0, market.centre - (market.ladderSize >> 1));
  market.low = Math.max(0, low - market.lowShift);
  market.high = Math.min(market.slots - 1, low + market.ladderSize - 1 + market.highShift);
}
