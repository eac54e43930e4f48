import { ladderForm, type LadderForm } from '../core/contract.ts';
import type { Endpoint } from '../core/names.ts';
import { sqlName, type Database } from '../db/db.ts';
import { columnAliases, isText, type FileColumn } from './columns.ts';

/** A whole ladder as JSON, null where there is none: of a list or structures, or of JSON that is written as text. */
export function ladderJson(column: FileColumn): string {
  const name = sqlName(column.name);
  return isText(column.type) ? `nullif(${name}::VARCHAR, '')::JSON` : `to_json(${name})`;
}

/**
 * A ladder as a list of entries in the vendor's form, `[strike, …, [priors], …]`: objects are put in order by their keys, and flat
 * lists of numbers get their priors wrapped.
 */
export function entriesSql(endpoint: Endpoint, json: string): string {
  const form = ladderForm(endpoint);
  if (form === null) return 'NULL::JSON[]';
  return `list_transform(from_json(${json}, '["JSON"]'), lambda e: CASE
    WHEN json_type(e) = 'OBJECT' THEN json_array(${orderOf(form).map(fieldOf).join(', ')})
    WHEN json_type(e) <> 'ARRAY' THEN e
    WHEN ${isFlat(form)} THEN json_array(${flatItems(form).join(', ')})
    ELSE e END)`;
}

function orderOf(form: LadderForm): string[] {
  return [...form.lead, 'priors', ...form.trailing];
}

function fieldOf(name: string): string {
  const keys = [name, ...(columnAliases[name] ?? [])].map((key) => `e->'${key}'`);
  return keys.length === 1 ? (keys[0] ?? '') : `coalesce(${keys.join(', ')})`;
}

/** The leading numbers alone, or all numbers in a row without a list for the priors. */
function isFlat(form: LadderForm): string {
  const lead = form.lead.length;
  return `json_array_length(e) = ${lead} OR (json_array_length(e) = ${lead + form.priors} AND json_type(e->${lead}) <> 'ARRAY')`;
}

function flatItems(form: LadderForm): string[] {
  const lead = form.lead.map((_, at) => `e->${at}`);
  const priors = Array.from({ length: form.priors }, (_, at) => `e->${form.lead.length + at}`);
  return [...lead, `CASE WHEN json_array_length(e) > ${lead.length} THEN json_array(${priors.join(', ')}) END`];
}

/** `max_priors` as JSON: of structures, the values in their order. */
export function jsonOf(column: FileColumn): string {
  const name = sqlName(column.name);
  if (isText(column.type)) return `nullif(${name}::VARCHAR, '')`;
  if (!column.type.startsWith('STRUCT')) return `to_json(${name})::VARCHAR`;
  return `to_json(list_transform(from_json(to_json(${name}), '["JSON"]'), lambda e: json_extract(e, '$.*')))::VARCHAR`;
}

/** A column of ladders, the SQL of what has it, and the endpoint that it is of. */
type OldLadders = { readonly from: string; readonly endpoint: Endpoint; readonly column: FileColumn };

/** Whether every ladder of a column can be put into the vendor's form; else what stands in the way. */
export async function ladderProblem(engine: Database, { from, endpoint, column }: OldLadders): Promise<string | null> {
  const name = sqlName(column.name);
  if (isText(column.type)) {
    const wrong = await rows(
      engine,
      `SELECT 1 AS x FROM ${from} WHERE ${name} <> '' AND NOT json_valid(${name}) LIMIT 1`,
    );
    if (wrong.length > 0) return `${column.name} holds texts that are not JSON`;
  }
  const json = ladderJson(column);
  const other = await rows(
    engine,
    `SELECT 1 AS x FROM ${from} WHERE json_type(${json}) NOT IN ('ARRAY', 'NULL') LIMIT 1`,
  );
  if (other.length > 0) return `${column.name} holds something else than lists`;
  const keys = await rows(
    engine,
    `SELECT DISTINCT unnest(json_keys(e)) AS key
     FROM (SELECT unnest(from_json(${json}, '["JSON"]')) AS e FROM ${from}) WHERE json_type(e) = 'OBJECT' ORDER BY key`,
  );
  const form = ladderForm(endpoint);
  const known = form === null ? [] : orderOf(form).flatMap((field) => [[field], columnAliases[field] ?? []].flat());
  const strange = keys.map(({ key }) => String(key)).filter((key) => !known.includes(key));
  return strange.length === 0
    ? null
    : `entries of ${column.name} have fields that no canonical column can hold: ${strange.join(', ')}`;
}

async function rows(engine: Database, sql: string): Promise<readonly Readonly<Record<string, unknown>>[]> {
  return engine.all(sql);
}
