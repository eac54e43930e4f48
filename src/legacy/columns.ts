import { ladderForm, scalarNames } from '../core/contract.ts';
import type { Endpoint } from '../core/names.ts';

/** A column of a Parquet file: its name as written, and DuckDB's word for its type. */
export type FileColumn = { readonly name: string; readonly type: string };

/** A Parquet file and its columns, in their order. */
export type DescribedFile = { readonly path: string; readonly schema: readonly FileColumn[] };

/**
 * Names that old layouts give to canonical columns, besides the canonical names themselves. They are looked for in any case.
 * docs/migration.md lists them; a test holds the two equal.
 */
export const columnAliases: Readonly<Record<string, readonly string[]>> = {
  timestamp: ['ts', 'time', 'datetime', 'timestamp_ms', 'ts_ms'],
  ticker: ['symbol'],
  spot: ['spot_price', 'underlying_price'],
  strike: ['strike_price'],
  gex_vol: ['gamma', 'gex_by_volume', 'gamma_vol', 'vol_gamma'],
  gex_oi: ['oi_gamma', 'gex_by_open_interest', 'gamma_oi', 'gex_by_oi'],
  priors: ['prior'],
  strikes: ['ladder', 'strike_rows'],
  mini_contracts: ['ladder', 'contracts'],
  zero_gamma: ['zg'],
  major_pos_vol: ['mpos_vol'],
  major_pos_oi: ['mpos_oi'],
  major_neg_vol: ['mneg_vol'],
  major_neg_oi: ['mneg_oi'],
  sum_gex_vol: ['net_gex_vol'],
  sum_gex_oi: ['net_gex_oi'],
  delta_risk_reversal: ['delta_rr', 'drr'],
};

/** Columns that say again what the path or the timestamp says: they are not carried over. `endpoint` is compared first. */
const bookkeepingColumns: readonly string[] = [
  'session_date',
  'date',
  'year',
  'month',
  'day',
  'endpoint',
  'category',
  'package',
  '__index_level_0__',
];

/** Which columns of an old file hold what. Names are the file's own. */
export type OldColumns = {
  readonly timestamp: FileColumn;
  readonly ticker: string | null;
  readonly endpoint: string | null;
  readonly spot: string | null;
  /** Canonical name to the file's name, for what a row of `snapshots` holds besides spot and max_priors. */
  readonly scalars: ReadonlyMap<string, FileColumn>;
  readonly maxPriors: FileColumn | null;
  /** The `extra` column of a canonical file, whose fields go where they came from. */
  readonly extra: string | null;
  /** Scalars that the contract does not know: they go to `extra`. */
  readonly unknown: readonly FileColumn[];
  readonly ladder: LadderColumns;
};

/** The ladder: one entry a row, whole in one column of a record, or not there. */
export type LadderColumns =
  | { readonly kind: 'rows'; readonly numbers: ReadonlyMap<string, string>; readonly priors: FileColumn | null }
  | { readonly kind: 'whole'; readonly column: FileColumn }
  | { readonly kind: 'none' };

/** What a schema holds, or in words why it cannot be told. */
export type Recognised = { readonly columns: OldColumns } | { readonly problem: string };

/** Finds out from names and types alone what the columns of an old file are. Reads no data. */
export function recogniseColumns(endpoint: Endpoint, given: readonly FileColumn[]): Recognised {
  const rest = new Map(given.map((column) => [column.name.toLowerCase(), column]));
  const take = (name: string, fits: (type: string) => boolean = () => true): FileColumn | null => {
    for (const alias of [name, ...aliasesOf(name, endpoint)]) {
      const found = rest.get(alias);
      if (found === undefined || !fits(found.type)) continue;
      rest.delete(alias);
      return found;
    }
    return null;
  };
  const timestamp = take('timestamp', isTime);
  if (timestamp === null) return { problem: 'it has no column timestamp of numbers or of a TIMESTAMP type' };
  const ticker = take('ticker', isText)?.name ?? null;
  const endpointColumn = take('endpoint', isText)?.name ?? null;
  const spot = take('spot', isNumber)?.name ?? null;
  const ladder = takeLadder(endpoint, take);
  if (ladder === null) return { problem: 'it has strikes, but not the numbers that belong to a strike' };
  const scalars = new Map<string, FileColumn>();
  const isRows = ladder.kind === 'rows';
  for (const name of isRows ? [] : scalarNames(endpoint).filter((scalar) => scalar !== 'spot')) {
    const found = take(name, isNumber);
    if (found !== null) scalars.set(name, found);
  }
  const maxPriors = isRows ? null : take('max_priors');
  const extra = isRows ? null : (take('extra', isText)?.name ?? null);
  for (const name of bookkeepingColumns) rest.delete(name);
  const unknown = [...rest.values()];
  const homeless = unknown.filter((column) => isRows || !(isNumber(column.type) || isText(column.type)));
  if (homeless.length > 0) return { problem: `no canonical column can hold ${listed(homeless)}` };
  if (!isRows && ladder.kind === 'none' && scalars.size === 0 && spot === null)
    return { problem: 'it has neither strikes nor any field of a record' };
  return {
    columns: { timestamp, ticker, endpoint: endpointColumn, spot, scalars, maxPriors, extra, unknown, ladder },
  };
}

type Take = (name: string, fits?: (type: string) => boolean) => FileColumn | null;

/** Null where there are strikes without a number that could belong to them. */
function takeLadder(endpoint: Endpoint, take: Take): LadderColumns | null {
  const form = ladderForm(endpoint);
  if (form === null) return { kind: 'none' };
  const whole = take(form.field, (type) => isList(type) || isText(type));
  if (whole !== null) return { kind: 'whole', column: whole };
  const strike = take('strike', isNumber);
  if (strike === null) return { kind: 'none' };
  const numbers = new Map([['strike', strike.name]]);
  for (const name of [...form.lead, ...form.trailing]) {
    const found = name === 'strike' ? null : take(name, isNumber);
    if (found !== null) numbers.set(name, found.name);
  }
  const priors = take('priors', (type) => isList(type) || isText(type));
  return numbers.size === 1 ? null : { kind: 'rows', numbers, priors };
}

function aliasesOf(name: string, endpoint: Endpoint): readonly string[] {
  // The greek's own name, as in a column `charm` of charm_zero.
  if (name === 'greek') return [endpoint.category.replace(/_.*/, '')];
  return columnAliases[name] ?? [];
}

function listed(columns: readonly FileColumn[]): string {
  return columns.map(({ name, type }) => `${name} (${type.slice(0, 40)})`).join(', ');
}

export function isNumber(type: string): boolean {
  return /^(?:U?(?:TINY|SMALL|BIG|HUGE)?INT(?:EGER)?|FLOAT|DOUBLE|DECIMAL\(.*\))$/.test(type);
}

export function isText(type: string): boolean {
  return type === 'VARCHAR' || type === 'JSON';
}

function isList(type: string): boolean {
  return type.endsWith(']');
}

function isTime(type: string): boolean {
  return isNumber(type) || /^TIMESTAMP(?:_S|_MS|_NS| WITH TIME ZONE)?$/.test(type);
}
