import { spotSlot, strikeOf } from './market.ts';
import type { Market } from './market.ts';

/** The price of a slot's strike, hundredths; 0 where there is no slot. */
export function levelAt(market: Market, slot: number): number {
  return slot < 0 ? 0 : strikeOf(market, slot);
}

/**
 * A price level next to a strike, hundredths; 0 where there is none. Now and then the vendor's levels lie 8 or 26 hundredths beside the
 * strike (6935.08, 6890.26); here during some minutes.
 */
export function levelBeside(market: Market, slot: number, second: number): number {
  if (slot < 0) return 0;
  const minute = Math.floor(second / 60) % 13;
  const beside = minute === 5 ? -8 : minute === 9 ? 26 : 0;
  return strikeOf(market, slot) + beside;
}

/** The price nearest to spot at which exposure turns from negative below to positive above, hundredths; 0 without one. */
export function zeroGamma(market: Market, volumes: Int32Array): number {
  const spot = Math.floor(spotSlot(market));
  for (let distance = 0; distance <= market.high - market.low; distance += 1) {
    for (const slot of [spot - distance, spot + distance]) {
      if (slot < market.low || slot >= market.high) continue;
      const below = volumes[slot] ?? 0;
      const above = volumes[slot + 1] ?? 0;
      if (below < 0 && above > 0)
        return strikeOf(market, slot) + Math.round((market.traits.spacing * -below) / (above - below));
    }
  }
  return 0;
}
