import { endpoints, type Endpoint } from '../core/names.ts';

/**
 * What a key may do, as far as `/whoami` says it: null where it does not. `endpoints`: what of a session it may have, by its packages.
 * `hist`: single days back to the window's end; `eod`: the bundle of the last session.
 */
export type Account = {
  readonly tier: string | null;
  readonly endpoints: readonly Endpoint[] | null;
  readonly hist: boolean | null;
  readonly eod: boolean | null;
  readonly maskedKey: string;
};

type Package = Endpoint['package'];

/** The packages of each plan. Each plan has those of the ones below it. */
const plans: Readonly<Record<string, readonly Package[]>> = {
  classic: ['classic'],
  state: ['classic', 'state'],
  orderflow: ['classic', 'state', 'orderflow'],
  quant: ['classic', 'state', 'orderflow'],
};

/**
 * Reads an answer of `/whoami`. Its form is published nowhere: a plan is looked for under the names that it may have, and entitlements
 * are words in a list or names in an object, `true` or with a list of their own. What they do not say follows from the plan.
 */
export function readAccount(answer: Readonly<Record<string, unknown>>, maskedKey: string): Account {
  const words = wordsOf(answer['entitlements']);
  const tier = textOf(answer['tier'] ?? answer['plan'] ?? answer['subscription']);
  const known = plans[tier?.toLowerCase() ?? ''] ?? null;
  const isQuant = /quant/i.test(tier ?? '');
  const named = endpoints.filter((endpoint) => isNamed(endpoint, words));
  const own = known === null ? null : endpoints.filter((endpoint) => known.includes(endpoint.package));
  const says = (pattern: RegExp) => words.some((word) => pattern.test(word));
  return {
    tier,
    endpoints: named.length > 0 ? named : own,
    hist: says(/^(?:hist|history|historical|quant)\b/) || (tier === null ? null : isQuant),
    eod: says(/\beod\b|end.of.day/) || (known === null ? null : true),
    maskedKey,
  };
}

function isNamed({ package: pack, category }: Endpoint, words: readonly string[]): boolean {
  return words.some((word) => word === pack || word === `${pack}/${category}`);
}

/** So deep are lists and objects looked into. */
const deepest = 8;

/** All that entitlements say, each in lower case: `classic`, `state/gamma_zero`, `hist/eod`. */
function wordsOf(value: unknown, depth = 0): string[] {
  if (depth > deepest) return [];
  const inside = (one: unknown) => wordsOf(one, depth + 1);
  if (typeof value === 'string') return [value.toLowerCase().replaceAll(/[:.\s]+/g, '/')];
  if (Array.isArray(value)) return value.flatMap(inside);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, item]) => {
    if (item === true) return inside(name);
    const inner = inside(item);
    return inner.length === 0 ? [] : inner.map((word) => `${name.toLowerCase()}/${word}`);
  });
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : null;
}
