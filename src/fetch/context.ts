import type { GovernContext } from '../maintenance/maintenance.ts';
import type { Vendor } from '../vendor/vendor.ts';

/** What getting files needs: a data folder, and the vendor. */
export type FetchContext = GovernContext & {
  /** Opens the vendor's API; the signal ends what is under way. */
  readonly openVendor: (signal: AbortSignal) => Vendor;
};

/** How one item is got. */
export type BringOptions = {
  readonly vendor: Vendor;
  readonly onBytes: (bytes: number, bytes_total: number | null) => void;
  readonly signal: AbortSignal;
  /** Whether jobs are to take bytes that were purged. */
  readonly again: boolean;
};
