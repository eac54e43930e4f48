import type { DuckDBConnection, DuckDBPreparedStatement } from '@duckdb/node-api';
import { GexlakeError } from '../core/errors.ts';
import { actingScalarFunctions, readingTableFunctions } from './reading-functions.ts';

/**
 * A statement of a user that only reads. `select` is what is read, without EXPLAIN; it stands for itself anywhere that DuckDB's
 * grammar takes a SELECT at the end of a statement. Only {@link judge} gives one out.
 */
export type ReadingSql = {
  readonly text: string;
  readonly select: string;
  readonly isExplain: boolean;
  readonly judged: typeof judged;
};

const judged = Symbol('judged');

/**
 * Judges a user's SQL by DuckDB's own parser: one SELECT (or EXPLAIN of one), which calls nothing but functions that read. Nothing
 * is run. An EXPLAIN is put together anew from its options and the SELECT that was judged, so that no reading of ours of comments
 * and quotes decides what runs.
 * @throws QUERY_FAILED
 */
export async function judge(connection: DuckDBConnection, sql: string): Promise<ReadingSql> {
  const explain = explainHead.exec(sql);
  if (explain === null) {
    await mustOnlyRead(connection, sql);
    return { text: sql, select: sql, isExplain: false, judged };
  }
  const { analyze = '', options = '', select = '' } = explain.groups ?? {};
  await mustOnlyRead(connection, select);
  return { text: `EXPLAIN ${analyze} ${options} ${select}`, select, isExplain: true, judged };
}

/** Prepares a judged statement, and looks once more at what it has become. */
export async function prepareReading(
  connection: DuckDBConnection,
  { text, isExplain }: ReadingSql,
): Promise<DuckDBPreparedStatement> {
  const { StatementType } = await import('@duckdb/node-api');
  const statements = await connection.extractStatements(text);
  const statement = await statements.prepare(0);
  const expected = isExplain ? StatementType.EXPLAIN : StatementType.SELECT;
  if (statements.count === 1 && statement.statementType === expected) return statement;
  statement.destroySync();
  throw onlyReading();
}

const comment = String.raw`--[^\n]*(?:\n|$)|/\*(?:[^*]|\*(?!/))*\*/`;
const gap = `(?:\\s|${comment})*`;
const explainOption = String.raw`(?:ANALYZE|FORMAT\s+\w+)`;
const explainHead = new RegExp(
  String.raw`^${gap}EXPLAIN\b${gap}(?<analyze>ANALYZE\b)?${gap}` +
    String.raw`(?<options>\(\s*${explainOption}(?:\s*,\s*${explainOption})*\s*\))?(?<select>[\s\S]*)$`,
  'i',
);

async function mustOnlyRead(connection: DuckDBConnection, sql: string): Promise<void> {
  for (const node of nodesOf(await parseSelect(connection, sql))) {
    const table = node['type'] === 'TABLE_FUNCTION' ? nameOfFunction(node['function']) : null;
    if (table !== null && !readingTableFunctions.has(table)) throw notCalled(table);
    const called = node['class'] === 'FUNCTION' ? nameOfFunction(node) : null;
    if (called !== null && actingScalarFunctions.has(called)) throw notCalled(called);
    // The text that it runs is judged like the statement itself.
    if (called === 'query') await mustOnlyRead(connection, constantText(argumentOf(node)));
  }
}

type Node = Readonly<Record<string, unknown>>;

/** The syntax tree of one SELECT, as DuckDB's parser gives it. */
async function parseSelect(connection: DuckDBConnection, sql: string): Promise<Node> {
  const count = await countStatements(connection, sql);
  if (count !== 1) throw notOne(count, sql);
  const reader = await connection.runAndReadAll('SELECT json_serialize_sql($1::VARCHAR) AS tree', [sql]);
  const tree = JSON.parse(reader.getRowsJson()[0]?.[0] as string) as Node;
  // All but SELECT: DuckDB's parser has no such tree of it.
  if (tree['error'] !== false || !Array.isArray(tree['statements'])) throw onlyReading();
  if (tree['statements'].length !== 1) throw notOne(tree['statements'].length, sql);
  return tree;
}

async function countStatements(connection: DuckDBConnection, sql: string): Promise<number> {
  const words = sql.replaceAll(new RegExp(`${comment}|[;\\s]`, 'g'), '');
  if (words === '') throw refused('there is no SQL statement', 'For example: gexlake query "DESCRIBE strikes"');
  return (await connection.extractStatements(sql)).count;
}

/** Every object of a tree. Not recursive: a tree is as deep as its author likes. */
function* nodesOf(tree: Node): Generator<Node> {
  const waiting: unknown[] = [tree];
  while (waiting.length > 0) {
    const next = waiting.pop();
    if (typeof next !== 'object' || next === null) continue;
    if (!Array.isArray(next)) yield next as Node;
    // One by one: the values of an IN can be more than the arguments that a call may have.
    for (const value of Object.values(next)) waiting.push(value);
  }
}

function nameOfFunction(node: unknown): string {
  const name = (node as Node | undefined)?.['function_name'];
  return typeof name === 'string' ? name.toLowerCase() : '';
}

function argumentOf(node: Node): unknown {
  const children = node['children'];
  return Array.isArray(children) && children.length === 1 ? children[0] : null;
}

/** A text that is written out, in one piece or joined of several. Any other could differ between being judged and being run. */
function constantText(expression: unknown): string {
  const node = (expression ?? {}) as Node;
  const value = (node['class'] === 'CONSTANT' ? node['value'] : null) as Node | null;
  if (typeof value?.['value'] === 'string') return value['value'];
  const children = node['children'];
  if (['||', 'concat'].includes(nameOfFunction(node)) && Array.isArray(children))
    return children.map(constantText).join('');
  throw refused('query(…) is run only with a text that is written out', 'Write the statement itself.');
}

function notCalled(name: string): GexlakeError {
  return refused(
    `${name} is not called here: it is not known only to read`,
    'What a query may do: docs/cli.md, gexlake query.',
  );
}

function notOne(count: number, sql: string): GexlakeError {
  const pivot = 'A PIVOT is one statement only with its values: PIVOT … ON column IN (…).';
  return refused(`expected one SQL statement, found ${count}`, /\bPIVOT\b/i.test(sql) ? pivot : 'Run them one by one.');
}

function onlyReading(): GexlakeError {
  const problem = 'only statements that read (SELECT, EXPLAIN of a SELECT) are run here';
  return refused(problem, 'To write results to a file: --out results.parquet (or .csv, .json, .jsonl).');
}

function refused(problem: string, hint: string): GexlakeError {
  return new GexlakeError('QUERY_FAILED', problem, { hint });
}
