import type { DutyName } from '../core/vendor-answer.ts';
import type { Duty, VendorCall } from '../core/vendor-call.ts';

/** What came of asking the vendor once. */
export type CallMade = Omit<VendorCall, 'calls' | 'first_asked_at' | 'last_asked_at'>;

export type CallFilter = {
  readonly ticker?: string | undefined;
  /** The first and the last session. */
  readonly from?: string | undefined;
  readonly to?: string | undefined;
};

/** What the vendor was asked for, and which process does so by itself. */
export type VendorLog = {
  /** Writes down what calls have brought; a source that was asked for before keeps one row. */
  readonly noteCalls: (made: readonly CallMade[]) => Promise<void>;
  readonly calls: (filter?: CallFilter) => Promise<VendorCall[]>;
  /** Who has a duty; null where nobody has. */
  readonly duty: (name: DutyName) => Promise<Duty | null>;
  /**
   * Gives a duty to a process, unless another one has it. `isFree` says of that one whether it is gone, by what it last noted.
   * True where the process has it then.
   */
  readonly takeDuty: (
    name: DutyName,
    taking: { readonly owner: string; readonly isFree: (held: Duty, lastAsked_at: string | null) => boolean },
  ) => Promise<boolean>;
  /** Gives a duty back, where the process has it. */
  readonly releaseDuty: (name: DutyName, owner: string) => Promise<void>;
};
