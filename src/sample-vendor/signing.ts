import { createHmac } from 'node:crypto';

/** Signs paths of the blob store as Azure does: `se` says until when, `sig` that it was said by who may. */
export type Signer = {
  /** The path with the query that opens it. */
  readonly sign: (path: string, now_ms: number) => string;
  readonly check: (path: string, query: URLSearchParams, now_ms: number) => 'good' | 'expired' | 'forged';
  /** From now on a query is taken for expired. */
  readonly end: (query: URLSearchParams) => void;
};

export function createSigner(seed: number, life_s: number): Signer {
  const ended = new Set<string>();
  let signed = 0;
  const signatureOf = (path: string, expiry: string, serial: string) =>
    createHmac('sha256', `sample vendor ${seed}`).update(`${path}\n${expiry}\n${serial}`).digest('base64');
  return {
    sign: (path, now_ms) => {
      const expiry = new Date(now_ms + life_s * 1_000).toISOString();
      // Two of the same moment differ, so that the one may end before the other.
      const serial = String(++signed);
      const sig = signatureOf(path, expiry, serial);
      const query = { sv: '2024-11-04', se: expiry, sr: 'b', sp: 'r', skoid: serial, sig };
      return `${path}?${new URLSearchParams(query).toString()}`;
    },
    check: (path, query, now_ms) => {
      const expiry = query.get('se') ?? '';
      const signature = query.get('sig') ?? '';
      if (signature !== signatureOf(path, expiry, query.get('skoid') ?? '')) return 'forged';
      return Date.parse(expiry) > now_ms && !ended.has(signature) ? 'good' : 'expired';
    },
    end: (query) => {
      ended.add(query.get('sig') ?? '');
    },
  };
}
