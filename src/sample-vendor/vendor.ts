import type { Link } from '../platform/link.ts';
import type { Calls } from './calls.ts';
import type { Faults } from './faults.ts';
import type { SampleFiles } from './files.ts';
import type { Pace } from './pace.ts';
import type { Published } from './published.ts';
import type { Signer } from './signing.ts';
import type { SampleKey } from './tiers.ts';
import type { VendorClock } from './vendor-clock.ts';

/** The parts that the routes of a stand-in share. */
export type Vendor = {
  readonly clock: VendorClock;
  readonly tickers: readonly string[];
  readonly keys: readonly SampleKey[];
  readonly faults: Faults;
  readonly files: SampleFiles;
  readonly published: Published;
  readonly signer: Signer;
  readonly pace: Pace;
  readonly calls: Calls;
  /** What all bodies go over, if they are to be slow. */
  readonly link: Link | null;
  /** What an answer that is struck by `slow` goes over. */
  readonly slowLink: Link;
};
