import { sqlName, type Database } from '../db/db.ts';
import { isNumber, type FileColumn } from './columns.ts';

/** How a column tells the time. `utc` and `new_york` are times without a zone, by the clock that they can only be from. */
export type TimeForm = 's' | 'ms' | 'us' | 'ns' | 'zoned' | 'utc' | 'new_york';

export const timeWords: Readonly<Record<TimeForm, string>> = {
  s: 'seconds since 1970',
  ms: 'milliseconds since 1970',
  us: 'microseconds since 1970',
  ns: 'nanoseconds since 1970',
  zoned: 'times with a zone',
  utc: 'times without a zone, read as UTC',
  new_york: 'times without a zone, read as New York',
};

const perSecond = { s: 1, ms: 1e3, us: 1e6, ns: 1e9 } as const;

/** 2000-01-01 and 2100-01-01: in this range a number's magnitude says its unit beyond doubt. */
const earliest_s = 946_684_800;
const latest_s = 4_102_444_800;

/** The cash session with room on both sides; records of a real session lie within. */
const opens = '09:25:00';
const closes = '16:20:00';

/** The Unix second of a row, as BIGINT. */
export function secondSql(column: FileColumn, form: TimeForm): string {
  const name = sqlName(column.name);
  if (form in perSecond) return `(${name}::BIGINT // ${perSecond[form as keyof typeof perSecond]})`;
  if (form === 'zoned') return `(epoch_us(${name}) // 1000000)`;
  if (form === 'utc') return `(epoch_us(${name}::TIMESTAMP) // 1000000)`;
  return `(epoch_us(${name}::TIMESTAMP AT TIME ZONE 'America/New_York') // 1000000)`;
}

/** Whether a row's time is a whole second, in SQL. */
function isWholeSql(column: FileColumn, form: TimeForm): string {
  const name = sqlName(column.name);
  return form in perSecond
    ? `${name} % ${perSecond[form as keyof typeof perSecond]} = 0`
    : `epoch_ns(${name}) % 1000000000 = 0`;
}

/** Recognises how a column tells the time, by its type and the magnitude of its values; or says why it cannot be told. */
export async function recogniseTime(
  engine: Database,
  from: string,
  column: FileColumn,
): Promise<{ readonly form: TimeForm } | { readonly problem: string }> {
  const name = sqlName(column.name);
  const missing = await count(engine, from, `${name} IS NULL`);
  if (missing > 0) return { problem: `${missing} rows have no ${column.name}` };
  const form = isNumber(column.type) ? await unitOf(engine, from, name) : await clockOf(engine, from, column);
  if (form === null) return { problem: cannotTell(column) };
  const broken = await count(engine, from, `NOT (${isWholeSql(column, form)})`);
  if (broken > 0)
    return { problem: `${broken} rows have a ${column.name} that is no whole second (${timeWords[form]})` };
  return { form };
}

function cannotTell({ name, type }: FileColumn): string {
  return isNumber(type)
    ? `the numbers in ${name} are no Unix times between 2000 and 2100, or not of one unit`
    : `${name} has no zone, and neither as UTC nor as New York's are its times those of sessions`;
}

async function unitOf(engine: Database, from: string, name: string): Promise<TimeForm | null> {
  const row = await engine.first(`SELECT min(${name})::DOUBLE AS least, max(${name})::DOUBLE AS most FROM ${from}`);
  const [least, most] = [Number(row?.['least']), Number(row?.['most'])];
  const units = Object.entries(perSecond) as [keyof typeof perSecond, number][];
  const fits = units.find(([, factor]) => least >= earliest_s * factor && most < latest_s * factor);
  return fits === undefined ? null : fits[0];
}

/** A time without a zone is UTC's where that puts all of them into sessions; else New York's where that does. */
async function clockOf(engine: Database, from: string, column: FileColumn): Promise<TimeForm | null> {
  if (column.type === 'TIMESTAMP WITH TIME ZONE') return 'zoned';
  for (const form of ['utc', 'new_york'] as const) {
    const local = `(to_timestamp(${secondSql(column, form)}) AT TIME ZONE 'America/New_York')::TIME`;
    const outside = await count(engine, from, `${local} NOT BETWEEN TIME '${opens}' AND TIME '${closes}'`);
    if (outside === 0) return form;
  }
  return null;
}

async function count(engine: Database, from: string, where: string): Promise<number> {
  const row = await engine.first(`SELECT count(*) AS rows FROM ${from} WHERE ${where}`);
  return Number(row?.['rows'] ?? 0);
}
