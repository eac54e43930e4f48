import type { RowOf } from './columns.ts';
import type { duties, vendorCalls } from './log-tables.ts';

/** One row of `vendor_calls`: what was asked for, and what came of it the last time. */
export type VendorCall = RowOf<typeof vendorCalls>;

/** One row of `duties`: which process does a work by itself. */
export type Duty = RowOf<typeof duties>;
