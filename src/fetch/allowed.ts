import { GexlakeError } from '../core/errors.ts';
import type { Vendor } from '../vendor/vendor.ts';
import type { Allowed } from './facts.ts';

/** Nobody has said what the key may have: each file says it for itself. */
export const unknownAllowance: Allowed = { endpoints: null, hist: null, eod: null };

/**
 * What the key may have.
 * @throws VENDOR_KEY_MISSING, VENDOR_KEY_REFUSED, VENDOR_UNREACHABLE, VENDOR_THROTTLED, …: whatever leaves no hope for other questions
 */
export async function askAllowance(vendor: Vendor): Promise<Allowed> {
  try {
    const { endpoints, hist, eod } = await vendor.whoami();
    return { endpoints: endpoints?.map(({ name }) => name) ?? null, hist, eod };
  } catch (error) {
    const isOdd = error instanceof GexlakeError && ['VENDOR_ANSWER', 'VENDOR_NOT_IN_PLAN'].includes(error.code);
    if (isOdd) return unknownAllowance;
    throw error;
  }
}
