import { createHash } from 'node:crypto';
import { GexlakeError } from '../core/errors.ts';

/** What can go wrong, and where: `docs/vendor.md` says of each what then happens. */
export const faultKinds = [
  // at the API
  'denied',
  'throttled',
  'pool',
  'not-found',
  'absent',
  'late',
  'yesterday',
  // of a bundle
  'cut-zip',
  'member-missing',
  'member-broken',
  // of a file
  'expired',
  'wrong-length',
  'restated',
  // of the blob store's own host
  'blob-down',
  // anywhere
  'unavailable',
  'reset',
  'cut',
  'slow',
] as const;

export type FaultKind = (typeof faultKinds)[number];

/** A fault that is asked for: at every chance where nothing else is said. */
export type Fault = {
  readonly kind: FaultKind;
  /** 0 to 1, drawn by the seed. */
  readonly probability?: number;
  /** It strikes at most so often. */
  readonly times?: number;
  readonly ticker?: string;
  /** A category, or `eod` for the bundle. */
  readonly category?: string;
  readonly date?: string;
};

/** What a fault may strike. */
export type Subject = { readonly ticker: string; readonly category: string; readonly date: string };

export type Faults = {
  readonly set: (faults: readonly Fault[]) => void;
  readonly list: () => readonly Fault[];
  /** Whether one strikes this call. The same calls in the same order of each subject meet the same faults. */
  readonly strikes: (kind: FaultKind, subject: Subject) => boolean;
  /** Whether one is true of a subject, for as long as it is set. */
  readonly holds: (kind: FaultKind, subject: Subject) => boolean;
  /** A number from 0 to 1 that belongs to a subject and a purpose. */
  readonly draw: (purpose: string, subject: Subject) => number;
};

export function createFaults(seed: number, asked: readonly Fault[]): Faults {
  let rules = mutable(asked);
  const counts = new Map<string, number>();
  const draw = (purpose: string, { ticker, category, date }: Subject) =>
    unitOf(`${seed} ${purpose} ${ticker} ${category} ${date}`);
  const rulesFor = (kind: FaultKind, subject: Subject) => rules.filter((rule) => isAbout(rule.fault, kind, subject));
  return {
    set: (faults) => {
      rules = mutable(faults);
    },
    list: () => rules.map(({ fault }) => fault),
    draw,
    holds: (kind, subject) =>
      rulesFor(kind, subject).some(({ fault }) => draw(kind, subject) < (fault.probability ?? 1)),
    strikes: (kind, subject) => {
      const name = `${kind} ${subject.ticker} ${subject.category} ${subject.date}`;
      const count = (counts.get(name) ?? 0) + 1;
      counts.set(name, count);
      const rule = rulesFor(kind, subject).find(
        ({ fault, left }) => left > 0 && draw(`${kind} ${count}`, subject) < (fault.probability ?? 1),
      );
      if (rule === undefined) return false;
      rule.left -= 1;
      return true;
    },
  };
}

type Rule = { readonly fault: Fault; left: number };

function mutable(faults: readonly Fault[]): Rule[] {
  return faults.map((fault) => ({ fault, left: fault.times ?? Number.POSITIVE_INFINITY }));
}

function isAbout(fault: Fault, kind: FaultKind, { ticker, category, date }: Subject): boolean {
  return (
    fault.kind === kind &&
    (fault.ticker ?? ticker) === ticker &&
    (fault.category ?? category) === category &&
    (fault.date ?? date) === date
  );
}

function unitOf(text: string): number {
  return createHash('sha256').update(text).digest().readUInt32BE(0) / 4_294_967_296;
}

/** Reads `kind`, or `kind=probability`. @throws USAGE */
export function parseFault(text: string): Fault {
  const [name = '', probability = '1'] = text.split('=', 2);
  const kind = faultKinds.find((known) => known === name);
  const chance = /^(?:0?\.\d+|[01](?:\.0+)?)$/.test(probability) ? Number(probability) : Number.NaN;
  if (kind !== undefined && !Number.isNaN(chance)) return { kind, probability: chance };
  throw new GexlakeError('USAGE', `the fault ${JSON.stringify(text)} is not a kind with a probability from 0 to 1`, {
    hint: `As in throttled=0.1. Kinds: ${faultKinds.join(', ')}.`,
  });
}
