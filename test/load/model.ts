import { isDeepStrictEqual } from 'node:util';
import type { ErrorCode } from '../../src/core/errors.ts';
import type { Row } from '../parquet/read.ts';

/*
 * What loading must give, said a second time in the simplest words: on values from JSON.parse, whole in memory, sharing no code
 * and no table with src/load and src/core.
 */

export type Kind = 'gex' | 'greeks' | 'flat';

export type Outcome = {
  readonly read: number;
  readonly processed: number;
  readonly duplicate: number;
  readonly quarantined: readonly { readonly record: number; readonly reason: string }[];
  readonly snapshots: readonly Row[];
  readonly strikes: readonly Row[];
};

export type Given = {
  readonly kind: Kind;
  readonly ticker: string;
  readonly sessionDate: string | null;
  /** The year in which the import runs. */
  readonly year: number;
};

export const ladders = {
  gex: { field: 'strikes', numbers: ['strike', 'gex_vol', 'gex_oi'], after: [] as string[], priors: 5 },
  greeks: {
    field: 'mini_contracts',
    numbers: ['strike', 'call_iv', 'put_iv', 'greek'],
    after: ['trailing_1', 'trailing_2'],
    priors: 3,
  },
  flat: null,
};

export const scalars: Record<Kind, readonly string[]> = {
  gex: (
    'min_dte sec_min_dte spot zero_gamma major_pos_vol major_pos_oi major_neg_vol major_neg_oi sum_gex_vol sum_gex_oi ' +
    'delta_risk_reversal'
  ).split(' '),
  greeks: 'spot min_dte sec_min_dte major_positive major_negative major_long_gamma major_short_gamma'.split(' '),
  flat: (
    'spot z_mlgamma z_msgamma o_mlgamma o_msgamma zero_mcall zero_mput one_mcall one_mput zcvr ocvr zgr ogr zvanna ovanna ' +
    'zcharm ocharm agg_dex one_agg_dex agg_call_dex one_agg_call_dex agg_put_dex one_agg_put_dex net_dex one_net_dex ' +
    'net_call_dex one_net_call_dex net_put_dex one_net_put_dex dexoflow gexoflow cvroflow one_dexoflow one_gexoflow one_cvroflow'
  ).split(' '),
};

/** The outcome for the records of a file, or the code of the error that fails it. */
export function modelOf(records: readonly unknown[], given: Given): Outcome | ErrorCode {
  for (const record of records) {
    const code = failureOf(record, given);
    if (code !== null) return code;
  }
  if (records.length === 0) return 'INPUT_NO_RECORDS';
  const sound = records as readonly Fields[];
  const kept: Fields[] = [];
  const quarantined: { record: number; reason: string }[] = [];
  let duplicate = 0;
  for (const [number, record] of sound.entries()) {
    const sameSecond = sound.slice(0, number).filter((other) => other['timestamp'] === record['timestamp']);
    const taken = sameSecond.some((other) => ownProblem(other, given) === null);
    const reason = ownProblem(record, given) ?? (taken ? 'conflicting_duplicate' : null);
    if (sameSecond.some((other) => isDeepStrictEqual(other, record))) duplicate++;
    else if (reason !== null) quarantined.push({ record: number, reason });
    else kept.push(record);
  }
  for (const record of loneOf(kept, given)) {
    kept.splice(kept.indexOf(record), 1);
    quarantined.push({ record: sound.indexOf(record), reason: 'other_session' });
  }
  const isAlone = quarantined.length === 1 && kept.length > 0;
  if (quarantined.length * 10 > records.length && !isAlone) return 'TOO_MANY_SET_ASIDE';
  if (hasDrifted(kept, given)) return 'FIELD_TYPE';
  kept.sort((left, right) => (left['timestamp'] as number) - (right['timestamp'] as number));
  return {
    read: records.length,
    processed: kept.length,
    duplicate,
    quarantined,
    snapshots: kept.map((record) => snapshotOf(record, given)),
    strikes: kept.flatMap((record) => strikesOf(record, given)),
  };
}

type Fields = Readonly<Record<string, unknown>>;

function own(fields: Fields, name: string): unknown {
  return Object.hasOwn(fields, name) ? fields[name] : undefined;
}

function failureOf(record: unknown, { ticker, year }: Given): ErrorCode | null {
  if (typeof record !== 'object' || record === null || Array.isArray(record)) return 'RECORD_NOT_OBJECT';
  const right: Record<string, (value: unknown) => boolean> = {
    timestamp: (value) => Number.isInteger(unquoted(value)),
    ticker: (value) => typeof value === 'string',
    spot: (value) => typeof unquoted(value) === 'number',
  };
  for (const [name, isRight] of Object.entries(right)) {
    const value = own(record as Fields, name);
    if (value === undefined) return 'FIELD_MISSING';
    if (value === null) return 'FIELD_NULL';
    if (!isRight(value)) return 'FIELD_TYPE';
    if (name === 'ticker' && value !== ticker) return 'TICKER_MISMATCH';
  }
  const timestamp = unquoted(own(record as Fields, 'timestamp')) as number;
  if (isInRange(timestamp, year)) return null;
  return isInRange(timestamp / 1000, year) ? 'TIMESTAMP_MILLISECONDS' : 'TIMESTAMP_OUT_OF_RANGE';
}

function isInRange(timestamp: number, year: number): boolean {
  return (
    timestamp >= Date.parse('2000-01-01T00:00:00Z') / 1000 &&
    timestamp < Date.parse(`${year + 2}-01-01T00:00:00Z`) / 1000
  );
}

/** A number that is written as a text, as the number; anything else as it is. */
function unquoted(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  try {
    const number: unknown = JSON.parse(value);
    return Number.isFinite(number) ? number : value;
  } catch {
    return value;
  }
}

/** What is wrong with a record, whatever the others are. */
function ownProblem(record: Fields, { kind, sessionDate }: Given): string | null {
  const spot = unquoted(record['spot']) as number;
  if (sessionDate !== null && newYorkDate(unquoted(record['timestamp']) as number) !== sessionDate)
    return 'other_session';
  if (!Number.isFinite(spot) || spot <= 0) return 'spot_not_positive';
  return isLadder(ladderOf(record, kind), kind) ? null : 'ladder_malformed';
}

/** Where no session is given: the records of sessions of one second before one of more. */
function loneOf(kept: readonly Fields[], { sessionDate }: Given): readonly Fields[] {
  if (sessionDate !== null) return [];
  const dateOf = (record: Fields) => newYorkDate(unquoted(record['timestamp']) as number);
  const often = Map.groupBy(kept, dateOf);
  const isLone = (date: string) =>
    often.get(date)?.length === 1 && [...often].some(([other, records]) => other > date && records.length > 1);
  return kept.filter((record) => isLone(dateOf(record)));
}

/** Whether a known field is of another type in more than a tenth of the records. */
function hasDrifted(records: readonly Fields[], { kind }: Given): boolean {
  return [...scalars[kind], 'max_priors'].some((name) => {
    const wrong = records.filter((record) => {
      const value = own(record, name) ?? null;
      if (value === null) return false;
      return name === 'max_priors' ? !isPairs(value, 'number') : typeof unquoted(value) !== 'number';
    });
    return wrong.length * 10 > records.length;
  });
}

const newYork = new Intl.DateTimeFormat('en-CA', { timeZone: 'America/New_York', dateStyle: 'short' });

function newYorkDate(timestamp: number): string {
  return newYork.format(timestamp * 1000);
}

function ladderOf(record: Fields, kind: Kind): unknown {
  const ladder = ladders[kind];
  return (ladder === null ? null : own(record, ladder.field)) ?? [];
}

function isNumberOrNull(value: unknown): boolean {
  return value === null || Number.isFinite(unquoted(value));
}

function isLadder(value: unknown, kind: Kind): boolean {
  const ladder = ladders[kind];
  if (ladder === null) return true;
  return Array.isArray(value) && value.every((row) => isLadderRow(row, ladder));
}

function isLadderRow(row: unknown, { numbers, after }: NonNullable<(typeof ladders)[Kind]>): boolean {
  if (!Array.isArray(row)) return false;
  const lead = row.slice(0, numbers.length) as unknown[];
  const priors: unknown = row[numbers.length] ?? null;
  const rest = row.slice(numbers.length + 1) as unknown[];
  if (lead.length < numbers.length || rest.length > after.length) return false;
  if (!Number.isFinite(unquoted(lead[0])) || ![...lead, ...rest].every(isNumberOrNull)) return false;
  return priors === null || (Array.isArray(priors) && priors.every(isNumberOrNull));
}

function blockOf(record: Fields): Row {
  const timestamp = unquoted(record['timestamp']) as number;
  return { session_date: newYorkDate(timestamp), timestamp: timestamp * 1e6, ticker: record['ticker'] };
}

function strikesOf(record: Fields, { kind }: Given): Row[] {
  const ladder = ladders[kind];
  if (ladder === null) return [];
  const { numbers, after } = ladder;
  const rows = ladderOf(record, kind) as unknown[][];
  const names = ['spot', ...numbers, 'priors', ...after];
  const strikeOf = (row: unknown[]): Row => {
    const values = [record['spot'], ...names.slice(1).map((_, at) => row[at] ?? null)].map(allUnquoted);
    return Object.assign(blockOf(record), Object.fromEntries(names.map((name, at) => [name, values[at]])));
  };
  return (rows.length === 0 ? [[]] : rows).map(strikeOf);
}

function allUnquoted(value: unknown): unknown {
  return Array.isArray(value) ? value.map(allUnquoted) : unquoted(value);
}

function snapshotOf(record: Fields, { kind }: Given): Row {
  const extra: Record<string, unknown> = {};
  const row: Record<string, unknown> = { ...blockOf(record), max_priors: null };
  for (const name of scalars[kind]) row[name] = null;
  for (const [name, value] of Object.entries(record)) {
    if (['timestamp', 'ticker', ladders[kind]?.field].includes(name)) continue;
    if (scalars[kind].includes(name) && isNumberOrNull(value)) row[name] = unquoted(value);
    else if (name === 'max_priors' && (value === null || isPairs(value, 'finite'))) row[name] = allUnquoted(value);
    else Object.defineProperty(extra, wellFormed(name), { value: asJson(value), enumerable: true });
  }
  return { ...row, extra: Object.keys(extra).length === 0 ? null : extra };
}

function isPairs(value: unknown, wanted: 'finite' | 'number'): boolean {
  const isRight = (item: unknown) =>
    wanted === 'finite' ? Number.isFinite(unquoted(item)) : typeof unquoted(item) === 'number';
  return Array.isArray(value) && value.every((pair) => Array.isArray(pair) && pair.every(isRight));
}

/** The value as `extra` keeps it: half a character is written out as a text. */
function asJson(value: unknown): unknown {
  if (typeof value === 'string') return wellFormed(value);
  if (Array.isArray(value)) return value.map(asJson);
  if (typeof value !== 'object' || value === null) return value;
  const copy = {};
  for (const [name, item] of Object.entries(value)) {
    Object.defineProperty(copy, wellFormed(name), { value: asJson(item), enumerable: true });
  }
  return copy;
}

function wellFormed(text: string): string {
  return text.replaceAll(/\p{Surrogate}/gu, (half) => `\\u${half.charCodeAt(0).toString(16)}`);
}
