import { basename } from 'node:path';
import type { GexlakeError } from '../core/errors.ts';
import type { Limits } from '../core/limits.ts';
import { endpoints, identifySource, stagedFileName, type Endpoint } from '../core/names.ts';
import { listMembers } from './zip.ts';

/** A member of a bundle, and what its name says; `error` where it cannot be read or does not belong to the others. */
export type BundleMember = {
  readonly name: string;
  readonly endpoint: Endpoint;
  readonly size_bytes: number;
  readonly error: GexlakeError | null;
};

/**
 * What a bundle is by its members, whatever its own name says: one ticker and one day. `strange` are members that are of another, that
 * are there twice, or whose names say nothing.
 */
export type Bundle = {
  readonly ticker: string;
  readonly date: string;
  readonly members: readonly BundleMember[];
  readonly strange: readonly string[];
};

/**
 * Looks at the names in a bundle; nothing of it is unpacked. The ticker and the day that most members have are the bundle's. Null where
 * no member says what it is.
 * @throws ZIP_UNREADABLE, SOURCE_NOT_FOUND, FILE_SYSTEM
 */
export async function lookAtBundle(archive: string, limits: Limits): Promise<Bundle | null> {
  return bundleOf(await listMembers(archive, limits));
}

type Listed = Omit<BundleMember, 'endpoint'>;

/** The same of members that have been listed already. */
export function bundleOf(listed: readonly Listed[]): Bundle | null {
  const read = listed.map((member) => ({ member, said: saidBy(member.name) }));
  const whose = mostOften(read.flatMap(({ said }) => (said === null ? [] : [`${said.date} ${said.ticker}`])));
  if (whose === null) return null;
  const [date = '', ticker = ''] = whose.split(' ');
  const members = new Map<string, BundleMember>();
  const strange: string[] = [];
  for (const { member, said } of read) {
    const isOne = said?.date === date && said.ticker === ticker && !members.has(said.endpoint.name);
    if (isOne) members.set(said.endpoint.name, { ...member, endpoint: said.endpoint });
    else strange.push(member.name);
  }
  return { ticker, date, members: [...members.values()], strange };
}

type SaidByName = { readonly ticker: string; readonly date: string; readonly endpoint: Endpoint };

function saidBy(name: string): SaidByName | null {
  try {
    stagedFileName(name);
    const { ticker, endpoint, sessionDate } = identifySource(name);
    return sessionDate === null ? null : { ticker, endpoint, date: sessionDate };
  } catch {
    return null;
  }
}

function mostOften(texts: readonly string[]): string | null {
  const counts = new Map<string, number>();
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1);
  return [...counts].toSorted(([, a], [, b]) => b - a)[0]?.[0] ?? null;
}

/** What a bundle lacks of what it is to have; without a promise, of the packages that it has something of. */
export function lackingIn({ members }: Bundle, promised: readonly Endpoint[] | null = null): readonly Endpoint[] {
  const has = new Set(members.map(({ endpoint }) => endpoint.name));
  const packages = new Set(members.map(({ endpoint }) => endpoint.package));
  const due = promised ?? endpoints.filter((endpoint) => packages.has(endpoint.package));
  return due.filter(({ name }) => !has.has(name));
}

/** What a person should know of a bundle that is imported from a file, each in a sentence. */
export function noticesOf(archive: string, bundle: Bundle): string[] {
  const name = basename(archive);
  const named = /^eod_report_(.+)_(\d{4}-\d{2}-\d{2})\.zip$/i.exec(name);
  const [, ticker, date] = named ?? [];
  const isOther = named !== null && (ticker !== bundle.ticker || date !== bundle.date);
  const lacking = lackingIn(bundle).map((endpoint) => `${endpoint.package}/${endpoint.category}`);
  return [
    ...(isOther ? [`${name} is the bundle of ${bundle.ticker} of ${bundle.date} by its members, which count`] : []),
    ...(named !== null && lacking.length > 0 ? [`${name} lacks ${lacking.join(', ')}`] : []),
  ];
}
