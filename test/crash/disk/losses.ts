import type { Loss } from './disk-file.ts';
import type { Numbers } from '../../support/numbers.ts';

const allOf = (changes: number) => changes;
const none = () => 0;

export const nothingLost: Loss = { sector_bytes: 4_096, keptOf: allOf, sizeOf: allOf, keepsName: () => true };

/** What a power cut takes, by its kind. */
const losses: Readonly<Record<string, (random: Numbers) => Loss>> = {
  'all that is not synced': () => ({ sector_bytes: 4_096, keptOf: none, sizeOf: none, keepsName: () => false }),
  nothing: () => nothingLost,
  'the last write of each file': () => {
    const butLast = (changes: number) => changes - 1;
    return { sector_bytes: 512, keptOf: butLast, sizeOf: butLast, keepsName: () => true };
  },
  'the bytes, and not the sizes': () => ({ sector_bytes: 4_096, keptOf: none, sizeOf: allOf, keepsName: () => true }),
  'the names, and not the bytes': () => ({
    sector_bytes: 4_096,
    keptOf: allOf,
    sizeOf: allOf,
    keepsName: () => false,
  }),
  'any sectors of 512 bytes': (random) => ({ ...any(random), sector_bytes: 512 }),
  'any sectors of 4 KiB, and any names': (random) => ({ ...any(random), keepsName: () => random(2) === 1 }),
  'any sectors of 512 bytes, and any names': (random) => ({
    ...any(random),
    sector_bytes: 512,
    keepsName: () => random(2) === 1,
  }),
  // Whole writes out of their order: a file has all of the later ones or nothing, and the sizes are the new ones.
  'all of some files': (random) => {
    const whole = (changes: number) => (random(2) === 1 ? changes : 0);
    return { sector_bytes: 2 ** 40, keptOf: whole, sizeOf: allOf, keepsName: () => true };
  },
};

function any(random: Numbers): Loss {
  const part = (changes: number) => random(changes + 1);
  return { sector_bytes: 4_096, keptOf: part, sizeOf: part, keepsName: () => true };
}

export type NamedLoss = { readonly name: string; readonly loss: Loss };

const kinds = Object.entries(losses);

/** A loss of one of the kinds, in turn, with its name. */
export function lossAt(at: number, random: Numbers): NamedLoss {
  const [name, make] = kinds[at % kinds.length] ?? ['nothing', () => nothingLost];
  return { name, loss: make(random) };
}
