import { ladderForm, scalarNames } from '../core/contract.ts';
import type { Endpoint } from '../core/names.ts';
import type { Moved } from '../core/recheck.ts';
import { sqlName, type Database, type Row } from '../db/db.ts';

/*
 * How far levels and sums have moved, in a trader's words: walls, zero gamma, sums. The vendor's own fields first. From ladders of gamma we
 * tell the strikes of the extremes, too, and for state records, whose zero gamma the vendor does not fill, where it is by our rule.
 */

/** The vendor's fields, in the words for people. */
const vendorFields: Readonly<Record<string, string>> = {
  major_pos_vol: 'positive wall, by volume',
  major_neg_vol: 'negative wall, by volume',
  major_pos_oi: 'positive wall, by open interest',
  major_neg_oi: 'negative wall, by open interest',
  zero_gamma: 'zero gamma',
  sum_gex_vol: 'sum of gex, by volume',
  sum_gex_oi: 'sum of gex, by open interest',
  major_positive: 'largest positive strike',
  major_negative: 'largest negative strike',
  major_long_gamma: 'largest long gamma strike',
  major_short_gamma: 'largest short gamma strike',
  z_mlgamma: 'largest long gamma strike, zero days',
  z_msgamma: 'largest short gamma strike, zero days',
  o_mlgamma: 'largest long gamma strike, one day',
  o_msgamma: 'largest short gamma strike, one day',
  zero_mcall: 'largest call strike, zero days',
  zero_mput: 'largest put strike, zero days',
  one_mcall: 'largest call strike, one day',
  one_mput: 'largest put strike, one day',
};

/** How levels are read from a ladder; the name of a rule stands beside each number that follows from it. */
const ladderRules = {
  positive: { what: 'positive wall', rule: 'listed strike of the largest positive gex_vol' },
  negative: { what: 'negative wall', rule: 'listed strike of the largest negative gex_vol' },
  zero: {
    what: 'zero gamma',
    rule: 'running sum of gex_vol by strike: its crossing of zero next to spot, linear between strikes',
  },
} as const;

/** What has moved in the changed seconds. Takes the tables that a restatement leaves. */
export async function movedLevels(database: Database, endpoint: Endpoint): Promise<Moved[]> {
  const names = scalarNames(endpoint).filter((name) => vendorFields[name] !== undefined);
  const moved: Moved[] = [];
  for (const name of names) {
    const side = (table: string) => `(SELECT timestamp, ${sqlName(name)} AS level FROM ${table}_snapshots)`;
    const what = vendorFields[name] ?? name;
    moved.push(toMoved(await movedBetween(database, side), { what, by: 'vendor', rule: name }));
  }
  if (ladderForm(endpoint)?.lead.includes('gex_vol') === true)
    for (const [level, { what, rule }] of Object.entries(ladderRules)) {
      // The vendor says where a classic one is.
      if (level === 'zero' && endpoint.package !== 'state') continue;
      const side = (table: string) => levelSql(level as keyof typeof ladderRules, table);
      moved.push(toMoved(await movedBetween(database, side), { what, by: 'ladder', rule }));
    }
  return moved.filter(({ seconds }) => seconds > 0);
}

/** What has moved in parts that follow each other, each level once; of two that moved as far, the earlier. */
export function addMoved(parts: readonly Moved[]): Moved[] {
  const found = new Map<string, Moved>();
  for (const part of parts) {
    const key = `${part.by} ${part.what}`;
    const before = found.get(key);
    const isFarther = before === undefined || (part.largest ?? -1) > (before.largest ?? -1);
    found.set(key, { ...(isFarther ? part : before), seconds: part.seconds + (before?.seconds ?? 0) });
  }
  return [...found.values()];
}

/** The level of each changed second, by one of our rules. */
function levelSql(level: keyof typeof ladderRules, table: string): string {
  const rows = `(SELECT * FROM ${table}_strikes SEMI JOIN (FROM touched WHERE how = 'changed') AS changed USING (timestamp))`;
  if (level !== 'zero') {
    const [extreme, sign] = level === 'positive' ? ['arg_max', '>'] : ['arg_min', '<'];
    return `(SELECT timestamp, ${extreme}(strike, gex_vol) FILTER (gex_vol ${sign} 0) AS level FROM ${rows} GROUP BY timestamp)`;
  }
  return `(SELECT timestamp, arg_min(below + (strike - below) * before / (before - running), abs(below + (strike - below) * before / (before - running) - spot))
             FILTER ((before < 0 AND running >= 0) OR (before > 0 AND running <= 0)) AS level
           FROM (
             SELECT *, lag(running) OVER ladder AS before, lag(strike) OVER ladder AS below
             FROM (SELECT timestamp, spot, strike, sum(gex_vol) OVER (PARTITION BY timestamp ORDER BY strike) AS running FROM ${rows})
             WINDOW ladder AS (PARTITION BY timestamp ORDER BY strike))
           GROUP BY timestamp)`;
}

async function movedBetween(database: Database, side: (table: 'before' | 'after') => string): Promise<Row | null> {
  return database.first(
    `SELECT (count(*) OVER ())::DOUBLE AS seconds, abs(a.level - b.level) AS largest,
       strftime(timestamp, '%Y-%m-%dT%H:%M:%SZ') AS at, b.level AS before, a.level AS after
     FROM ${side('before')} AS b JOIN ${side('after')} AS a USING (timestamp)
     SEMI JOIN (FROM touched WHERE how = 'changed') AS changed USING (timestamp)
     WHERE a.level IS DISTINCT FROM b.level
     ORDER BY largest DESC NULLS LAST, timestamp LIMIT 1`,
  );
}

function toMoved(row: Row | null, about: Pick<Moved, 'what' | 'by' | 'rule'>): Moved {
  const number = (name: string) => (typeof row?.[name] === 'number' ? row[name] : null);
  const at = row?.['at'];
  return {
    ...about,
    seconds: number('seconds') ?? 0,
    largest: number('largest'),
    at: typeof at === 'string' ? at : null,
    before: number('before'),
    after: number('after'),
  };
}
