import { test as anyTest } from 'node:test';

/*
 * `npm test` is quick: of each behaviour it runs a test, and of a matrix a few cases. `npm run test:long` runs the others, marked with
 * `long` here, and the files named `*.long.test.ts`. Who names a file runs all that is in it.
 */

/** `quick`, `long`, or for a file that is named `all`. */
const share = process.env['GEXLAKE_TESTS_SHARE'] ?? 'all';
const leaveOut = async (): Promise<void> => undefined;

/** A test that `npm test` runs. */
export const test: typeof anyTest = share === 'long' ? Object.assign(leaveOut, anyTest) : anyTest;

/** A test that takes long, or one of many cases of what others try. */
export const long: typeof anyTest = share === 'quick' ? Object.assign(leaveOut, anyTest) : anyTest;

/** Of a table's cases, `npm test` runs one of so many. */
export function oneOf(many: number, at: number): typeof anyTest {
  return at % many === 0 ? test : long;
}

/** A property is tried with a few runs by `npm test`, and with many by the long tests. */
export function runs(few: number, many: number): readonly (readonly [typeof anyTest, number])[] {
  return [
    [test, few],
    [long, many],
  ];
}

/** The part of a table's cases that this run tries: one of so many, or the others, or all. */
export function shareOf<T>(many: number, cases: Readonly<Record<string, T>>): Readonly<Record<string, T>> {
  const isMine = (at: number) => share === 'all' || (at % many === 0) === (share === 'quick');
  return Object.fromEntries(Object.entries(cases).filter((_, at) => isMine(at)));
}
