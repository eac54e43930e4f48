import type { Endpoint, Ladder } from './names.ts';

/**
 * The contract that new files follow. It rises whenever a column is added, removed or changes its meaning, and stands in every
 * Parquet file; files of all the versions in {@link contracts} can be read.
 */
export const contractVersion = '2';

export type Dataset = 'strikes' | 'snapshots';

/** The logical types of the contract; each is one DuckDB type and one Parquet encoding. */
export type ColumnType = 'DATE' | 'TIMESTAMPTZ' | 'VARCHAR' | 'DOUBLE' | 'DOUBLE[]' | 'DOUBLE[][]' | 'JSON';

/** A column of a file. `id` is its Parquet field id, where its version has ids; the items of a list have the ids behind it. */
export type Column = { readonly name: string; readonly type: ColumnType; readonly id?: number };

function doubles(names: string): Column[] {
  return names.split(' ').map((name) => ({ name, type: 'DOUBLE' }));
}

/** A column that says which block a row is of. */
const block: readonly Column[] = [
  { name: 'session_date', type: 'DATE' },
  { name: 'timestamp', type: 'TIMESTAMPTZ' },
  { name: 'ticker', type: 'VARCHAR' },
];
const priors: Column = { name: 'priors', type: 'DOUBLE[]' };

/**
 * The form of one ladder row: `lead` numbers, an array of `priors` numbers, then `trailing` numbers that may be null.
 * gex: `[strike, gex_by_volume, gex_by_open_interest, [1, 5, 10, 15, 30 minutes earlier]]`.
 * greeks: `[strike, call_iv, put_iv, greek, [3 priors], number|null, number|null]`; the vendor does not name the last two.
 */
export type LadderForm = {
  readonly field: string;
  readonly lead: readonly string[];
  readonly priors: number;
  readonly trailing: readonly string[];
};

/**
 * Every name that a column has or had, with the items of lists. The place in this list is the Parquet field id, from 1 on: equal in
 * every dataset and version, for ever. New names come behind the others.
 */
const fieldNames = (
  'endpoint session_date timestamp ticker spot extra max_priors max_priors.element max_priors.element.element ' +
  'strike gex_vol gex_oi priors priors.element call_iv put_iv greek trailing_1 trailing_2 ' +
  'min_dte sec_min_dte zero_gamma major_pos_vol major_pos_oi major_neg_vol major_neg_oi sum_gex_vol sum_gex_oi delta_risk_reversal ' +
  'major_positive major_negative major_long_gamma major_short_gamma ' +
  'z_mlgamma z_msgamma o_mlgamma o_msgamma zero_mcall zero_mput one_mcall one_mput zcvr ocvr zgr ogr zvanna ovanna ' +
  'zcharm ocharm agg_dex one_agg_dex agg_call_dex one_agg_call_dex agg_put_dex one_agg_put_dex net_dex one_net_dex ' +
  'net_call_dex one_net_call_dex net_put_dex one_net_put_dex dexoflow gexoflow cvroflow one_dexoflow one_gexoflow one_cvroflow'
).split(' ');

/** What the columns of a version follow from. */
export type Contract = {
  /** The columns that every dataset begins with. */
  readonly block: readonly Column[];
  /** A record's scalars by the vendor's names, in the vendor's order, without timestamp, ticker and the ladder. */
  readonly scalars: Readonly<Record<Ladder, readonly Column[]>>;
  readonly ladders: Readonly<Record<Ladder, LadderForm | null>>;
  /** The type of `extra`, whose text is JSON in any case. */
  readonly extra: 'JSON' | 'VARCHAR';
  readonly hasFieldIds: boolean;
  /** The number of the writer that makes its files: see parquet/writers.ts. */
  readonly writer: 1 | 2;
};

const first: Contract = {
  block,
  scalars: {
    gex: doubles(
      'min_dte sec_min_dte spot zero_gamma major_pos_vol major_pos_oi major_neg_vol major_neg_oi sum_gex_vol sum_gex_oi delta_risk_reversal',
    ),
    greeks: doubles('spot min_dte sec_min_dte major_positive major_negative major_long_gamma major_short_gamma'),
    none: doubles(
      'spot z_mlgamma z_msgamma o_mlgamma o_msgamma zero_mcall zero_mput one_mcall one_mput zcvr ocvr zgr ogr zvanna ovanna ' +
        'zcharm ocharm agg_dex one_agg_dex agg_call_dex one_agg_call_dex agg_put_dex one_agg_put_dex net_dex one_net_dex ' +
        'net_call_dex one_net_call_dex net_put_dex one_net_put_dex dexoflow gexoflow cvroflow one_dexoflow one_gexoflow one_cvroflow',
    ),
  },
  ladders: {
    gex: { field: 'strikes', lead: ['strike', 'gex_vol', 'gex_oi'], priors: 5, trailing: [] },
    greeks: {
      field: 'mini_contracts',
      lead: ['strike', 'call_iv', 'put_iv', 'greek'],
      priors: 3,
      trailing: ['trailing_1', 'trailing_2'],
    },
    none: null,
  },
  extra: 'JSON',
  hasFieldIds: false,
  writer: 1,
};

/** The same values, for readers of their own: what a file is about stands in it, and `extra` is a text to everyone. */
const second: Contract = {
  ...first,
  block: [{ name: 'endpoint', type: 'VARCHAR' }, ...block],
  extra: 'VARCHAR',
  hasFieldIds: true,
  writer: 2,
};

/** Every version that a published file can have, by its number. A version never changes and never goes: there are files of it. */
export const contracts: ReadonlyMap<string, Contract> = new Map([
  ['1', first],
  ['2', second],
]);

/** Whether a file is of a version that only a newer gexlake knows. Anything else that is not in {@link contracts} is no version. */
export function isNewerContract(version: string): boolean {
  return /^[1-9]\d{0,8}$/.test(version) && Number(version) > Math.max(...[...contracts.keys()].map(Number));
}

/** The newest of some known versions. */
export function newestContract(versions: Iterable<string>): string {
  return String(Math.max(...[...versions].map(Number)));
}

export function contractOf(version: string): Contract {
  const known = contracts.get(version);
  if (known === undefined) throw new Error(`no contract has the version ${version}`);
  return known;
}

export function ladderForm(endpoint: Endpoint, version: string = contractVersion): LadderForm | null {
  return contractOf(version).ladders[endpoint.ladder];
}

/** The names of a record's number fields that become columns of `snapshots`, in column order. */
export function scalarNames(endpoint: Endpoint, version: string = contractVersion): readonly string[] {
  return contractOf(version).scalars[endpoint.ladder].map((column) => column.name);
}

/** The datasets an endpoint publishes: flat endpoints have no ladder and so no `strikes`. */
export function datasetsOf(endpoint: Endpoint): readonly Dataset[] {
  return endpoint.ladder === 'none' ? ['snapshots'] : ['strikes', 'snapshots'];
}

/** The columns of a dataset, in file order. One row of `strikes` is one ladder entry, one row of `snapshots` one record. */
export function columnsOf(endpoint: Endpoint, dataset: Dataset, version: string = contractVersion): readonly Column[] {
  const contract = contractOf(version);
  const columns = dataset === 'snapshots' ? snapshotColumns(contract, endpoint) : strikeColumns(contract, endpoint);
  return contract.hasFieldIds ? columns.map(withId) : columns;
}

function snapshotColumns({ block: lead, scalars, extra }: Contract, { ladder }: Endpoint): Column[] {
  return [...lead, ...scalars[ladder], { name: 'max_priors', type: 'DOUBLE[][]' }, { name: 'extra', type: extra }];
}

function strikeColumns({ block: lead, ladders }: Contract, { ladder }: Endpoint): Column[] {
  const form = ladders[ladder];
  if (form === null) return [];
  const doublesOf = (names: readonly string[]) => names.map((name): Column => ({ name, type: 'DOUBLE' }));
  return [...lead, ...doublesOf(['spot', ...form.lead]), priors, ...doublesOf(form.trailing)];
}

function withId(column: Column): Column {
  const id = fieldNames.indexOf(column.name) + 1;
  if (id === 0) throw new Error(`the column ${column.name} has no field id`);
  return { ...column, id };
}
