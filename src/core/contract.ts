import type { Endpoint, Ladder } from './names.ts';

/** Changes whenever a column is added, removed or changes its meaning. Written into every Parquet file. */
export const contractVersion = '1';

export type Dataset = 'strikes' | 'snapshots';

/** The logical types of the contract; each is one DuckDB type and one Parquet encoding. */
export type ColumnType = 'DATE' | 'TIMESTAMPTZ' | 'VARCHAR' | 'DOUBLE' | 'DOUBLE[]' | 'DOUBLE[][]' | 'JSON';

export type Column = { readonly name: string; readonly type: ColumnType };

function doubles(names: string): Column[] {
  return names.split(' ').map((name) => ({ name, type: 'DOUBLE' }));
}

const block: readonly Column[] = [
  { name: 'session_date', type: 'DATE' },
  { name: 'timestamp', type: 'TIMESTAMPTZ' },
  { name: 'ticker', type: 'VARCHAR' },
];
const priors: Column = { name: 'priors', type: 'DOUBLE[]' };

/** A record's scalars by the vendor's names, in the vendor's order, without timestamp, ticker and the ladder. */
const scalars: Readonly<Record<Ladder, readonly Column[]>> = {
  gex: doubles(
    'min_dte sec_min_dte spot zero_gamma major_pos_vol major_pos_oi major_neg_vol major_neg_oi sum_gex_vol sum_gex_oi delta_risk_reversal',
  ),
  greeks: doubles('spot min_dte sec_min_dte major_positive major_negative major_long_gamma major_short_gamma'),
  none: doubles(
    'spot z_mlgamma z_msgamma o_mlgamma o_msgamma zero_mcall zero_mput one_mcall one_mput zcvr ocvr zgr ogr zvanna ovanna ' +
      'zcharm ocharm agg_dex one_agg_dex agg_call_dex one_agg_call_dex agg_put_dex one_agg_put_dex net_dex one_net_dex ' +
      'net_call_dex one_net_call_dex net_put_dex one_net_put_dex dexoflow gexoflow cvroflow one_dexoflow one_gexoflow one_cvroflow',
  ),
};

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

const ladderForms: Readonly<Record<Ladder, LadderForm | null>> = {
  gex: { field: 'strikes', lead: ['strike', 'gex_vol', 'gex_oi'], priors: 5, trailing: [] },
  greeks: {
    field: 'mini_contracts',
    lead: ['strike', 'call_iv', 'put_iv', 'greek'],
    priors: 3,
    trailing: ['trailing_1', 'trailing_2'],
  },
  none: null,
};

export function ladderForm(endpoint: Endpoint): LadderForm | null {
  return ladderForms[endpoint.ladder];
}

/** The names of a record's number fields that become columns of `snapshots`, in column order. */
export function scalarNames(endpoint: Endpoint): readonly string[] {
  return scalars[endpoint.ladder].map((column) => column.name);
}

/** The datasets an endpoint publishes: flat endpoints have no ladder and so no `strikes`. */
export function datasetsOf(endpoint: Endpoint): readonly Dataset[] {
  return endpoint.ladder === 'none' ? ['snapshots'] : ['strikes', 'snapshots'];
}

/** The columns of a dataset, in file order. One row of `strikes` is one ladder entry, one row of `snapshots` one record. */
export function columnsOf(endpoint: Endpoint, dataset: Dataset): readonly Column[] {
  if (dataset === 'snapshots') {
    return [
      ...block,
      ...scalars[endpoint.ladder],
      { name: 'max_priors', type: 'DOUBLE[][]' },
      { name: 'extra', type: 'JSON' },
    ];
  }
  const form = ladderForms[endpoint.ladder];
  if (form === null) return [];
  return [
    ...block,
    ...doubles('spot'),
    ...doubles(form.lead.join(' ')),
    priors,
    ...form.trailing.map((name) => ({ name, type: 'DOUBLE' as const })),
  ];
}
