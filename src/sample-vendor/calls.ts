/** Where a call came in. */
export type Route = 'whoami' | 'tickers' | 'categories' | 'hist' | 'eod' | 'blob' | 'fallback' | 'unknown';

/** A call that was answered, or is being answered. */
export type Call = {
  /** By the vendor's clock. */
  readonly at_ms: number;
  readonly method: string;
  readonly route: Route;
  /** Null where it is about none. */
  readonly ticker: string | null;
  /** The endpoint's governed name; `eod` of a bundle. */
  readonly category: string | null;
  readonly date: string | null;
  /** The tier of its key. */
  readonly tier: string | null;
  /** 0 where the connection was reset without an answer. */
  readonly status: number;
  readonly fault: string | null;
  /** The first byte of the body in its file: above 0 where a download went on. */
  readonly from: number;
  readonly sent_bytes: number;
  /** Whether the file's last byte was sent, and none of it differs from the file. */
  readonly whole: boolean;
};

export type Calls = {
  readonly begin: (call: Omit<Call, 'sent_bytes' | 'whole'>) => (sent_bytes: number, whole: boolean) => void;
  readonly all: () => readonly Call[];
};

/** The latest calls are kept; a stand-in that runs for days forgets the first ones. */
const keptCalls = 1_000_000;

export function createCalls(): Calls {
  const calls: Call[] = [];
  return {
    begin: (call) => {
      const entry = { ...call, sent_bytes: 0, whole: false };
      calls.push(entry);
      if (calls.length > keptCalls) calls.shift();
      return (sent_bytes, whole) => Object.assign(entry, { sent_bytes, whole });
    },
    all: () => structuredClone(calls),
  };
}
