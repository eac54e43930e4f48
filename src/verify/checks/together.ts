import { dirname } from 'node:path';
import { toGexlakeError } from '../../core/errors.ts';
import { parquetRows, type Database } from '../../db/db.ts';
import type { PublishedFile } from './expected-files.ts';
import { of, unreadable } from './look.ts';
import { withUrls } from '../../publish/publish.ts';
import type { OpenedFile, Opening } from './opening.ts';
import type { Problem } from '../../core/problem.ts';

/**
 * Holds the live files of each folder against each other: no second is in two of them, and strikes and snapshots have the same
 * seconds. A folder is a month of one ticker and endpoint, and no second can be in two of these. `wrongRows` are paths of which the log
 * says what cannot be.
 */
export async function checkTogether(
  opening: Opening,
  files: readonly PublishedFile[],
  wrongRows: ReadonlySet<string>,
): Promise<Problem[]> {
  const { database, facts } = opening;
  const problems: Problem[] = [];
  const logged = Map.groupBy(
    facts.files.filter(({ state }) => state !== 'superseded'),
    ({ path }) => dirname(path),
  );
  const lacking = new Set([...wrongRows].map((path) => dirname(path)));
  for (const [folder, group] of Map.groupBy(files, ({ path }) => dirname(path))) {
    // Where one of them is damaged or about to change, or the log has lost one, the others need not make up a whole.
    const isComplete = logged.get(folder)?.length === group.length && !lacking.has(folder);
    try {
      problems.push(...(await checkFolder(database, await withUrls(group, opening.store), isComplete)));
    } catch (thrown) {
      // Gone or damaged since it was looked at: the next look finds out which one.
      const error = toGexlakeError(thrown);
      problems.push(...group.map((file) => unreadable(file, error)));
    }
  }
  return problems;
}

async function checkFolder(database: Database, files: readonly OpenedFile[], isComplete: boolean): Promise<Problem[]> {
  const strikes = files.filter(({ published }) => published.dataset === 'strikes');
  const snapshots = files.filter(({ published }) => published.dataset === 'snapshots');
  const repeated = [
    ...(await repeatedSeconds(database, snapshots, 'count(*)')),
    ...(await repeatedSeconds(database, strikes, 'count(DISTINCT filename)')),
  ];
  if (repeated.length > 0 || !isComplete || strikes.length === 0 || snapshots.length === 0) return repeated;
  return unpairedSeconds(database, strikes, snapshots);
}

/** Seconds that are live more than once, told of the file that came later. `copies` counts what may be there once. */
async function repeatedSeconds(
  database: Database,
  files: readonly OpenedFile[],
  copies: 'count(*)' | 'count(DISTINCT filename)',
): Promise<Problem[]> {
  if (files.length === 0 || (files.length === 1 && copies !== 'count(*)')) return [];
  const rows = await database.all(
    `SELECT list(DISTINCT filename) AS names FROM ${readAll(files)} GROUP BY timestamp HAVING ${copies} > 1`,
  );
  const seconds = new Map<PublishedFile, { count: number; other: PublishedFile }>();
  for (const { names } of rows) {
    const holders = files.filter(({ url }) => (names as readonly unknown[]).includes(url));
    const [first, last] = [holders[0], holders.at(-1)];
    if (first === undefined || last === undefined) continue;
    seconds.set(last, { count: (seconds.get(last)?.count ?? 0) + 1, other: first });
  }
  return [...seconds].map(([file, { count, other }]) => {
    const where = other === file ? 'more than once' : `that ${other.path} has, too`;
    return of(file, 'ROWS_TWICE', `has ${count} seconds ${where}`);
  });
}

/** Every record has at least one row in strikes, so both datasets have the same seconds. */
async function unpairedSeconds(
  database: Database,
  strikes: readonly OpenedFile[],
  snapshots: readonly OpenedFile[],
): Promise<Problem[]> {
  const problems: Problem[] = [];
  for (const [these, others] of [
    [strikes, snapshots],
    [snapshots, strikes],
  ] as const) {
    const rows = await database.all(
      `SELECT filename, count(DISTINCT timestamp)::DOUBLE AS seconds
       FROM ${readAll(these)} AS these ANTI JOIN ${readAll(others)} AS others USING (timestamp) GROUP BY filename`,
    );
    for (const { filename, seconds } of rows) {
      const file = these.find(({ url }) => url === filename);
      const what = `has ${Number(seconds)} seconds that the other dataset does not have`;
      if (file !== undefined) problems.push(of(file, 'ROWS_UNPAIRED', what));
    }
  }
  return problems;
}

function readAll(files: readonly OpenedFile[]): string {
  const urls = files.map(({ url }) => url);
  return `(SELECT timestamp, filename FROM ${parquetRows(urls, { filename: true })})`;
}
