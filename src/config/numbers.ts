import { adjustableLimits, type LimitOverrides } from '../core/limits.ts';
import type { Read } from './values.ts';

export function wholeNumber(least: number, most: number): (value: unknown) => Read<number> {
  return (given) => {
    const value = typeof given === 'string' && /^\d+$/.test(given) ? Number(given) : given;
    const fits = typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most;
    return fits ? { value } : { expected: `a whole number from ${least} to ${most}` };
  };
}

export function readRawDays(given: unknown): Read<number> {
  const read = wholeNumber(0, 36_500)(given);
  return 'value' in read && (read.value === 0 || read.value >= 90)
    ? read
    : { expected: '0 (for ever) or a number of days from 90' };
}

/** Octal digits, as chmod takes them. In TOML `0o640` is a number of its own, and a plain 640 cannot mean anything else. */
export function readLogMode(given: unknown): Read<number> {
  const forms = typeof given === 'number' ? [given.toString(8), String(given)] : [String(given).replace(/^0o?/, '')];
  const digits = forms.find((form) => /^6[046][046]$/.test(form));
  const expected =
    '0600, 0640 or another mode in octal digits by which the owner may read and write, and nobody execute';
  return digits === undefined ? { expected } : { value: Number.parseInt(digits, 8) };
}

/** A table of `gexlake.toml`, or a JSON object in the environment. */
export function readLimits(given: unknown): Read<LimitOverrides> {
  const value = typeof given === 'string' ? parsed(given) : given;
  const fits =
    typeof value === 'object' &&
    value !== null &&
    Object.entries(value).every(([name, limit]) => isAdjustable(name) && Number.isSafeInteger(limit) && limit >= 0);
  return fits
    ? { value: { ...value } }
    : { expected: `an object of whole numbers by these names: ${adjustableLimits.join(', ')}` };
}

function isAdjustable(name: string): boolean {
  return adjustableLimits.some((known) => known === name);
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return null;
  }
}
