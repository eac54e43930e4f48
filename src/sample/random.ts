/** The state of a xoshiro128** generator (Blackman and Vigna): four 32-bit words. */
export type Random = Int32Array;

const bits31 = 2_147_483_648;

/** A generator for a seed and a purpose; different purposes give unrelated numbers. Integer arithmetic only. */
export function createRandom(seed: number, purpose: string): Random {
  let mixed = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b);
  for (let index = 0; index < purpose.length; index += 1) {
    mixed = Math.imul(mixed ^ purpose.charCodeAt(index), 0x01000193);
  }
  const random = new Int32Array(4);
  for (let word = 0; word < 4; word += 1) {
    mixed = (mixed + 0x9e3779b9) | 0;
    let scrambled = Math.imul(mixed ^ (mixed >>> 16), 0x21f0aaad);
    scrambled = Math.imul(scrambled ^ (scrambled >>> 15), 0x735a2d97);
    random[word] = scrambled ^ (scrambled >>> 15);
  }
  if (random.every((word) => word === 0)) random[0] = 1;
  return random;
}

/** The next 31 random bits, 0 … 2³¹ − 1: an integer the engine keeps in a register. */
export function nextBits(random: Random): number {
  const first = random[0] ?? 0;
  const second = random[1] ?? 0;
  const third = random[2] ?? 0;
  const fourth = random[3] ?? 0;
  const product = Math.imul(second, 5);
  const result = Math.imul((product << 7) | (product >>> 25), 9);
  const mixed = third ^ first;
  const turned = fourth ^ second;
  random[0] = first ^ turned;
  random[1] = second ^ mixed;
  random[2] = mixed ^ (second << 9);
  random[3] = (turned << 11) | (turned >>> 21);
  return result >>> 1;
}

/** A number in [0, 1). */
export function nextUnit(random: Random): number {
  return nextBits(random) / bits31;
}

/** The threshold of `nextBits` below which an event of this probability has happened. */
export function thresholdOf(probability: number): number {
  return Math.floor(Math.min(1, probability) * bits31);
}

/**
 * A bell-shaped number of mean 0 and standard deviation 1: four uniform numbers added up. Math.log and Math.cos may differ
 * between engines in the last bit; addition may not.
 */
export function nextBell(random: Random): number {
  return (nextUnit(random) + nextUnit(random) + nextUnit(random) + nextUnit(random) - 2) * 1.732_050_807_568_877_2;
}
