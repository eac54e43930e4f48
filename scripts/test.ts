// Runs the tests: all of test/**/*.test.ts, or the files and patterns named on the command line.
//
//   npm test
//   npm test -- test/load/scanner.test.ts 'test/publish/*'
//   npm test -- --name 'commit point'        only tests whose name matches this regular expression
//   npm test -- --minutes 120                instead of 5 for a file and 40 for all
//
// The last line is always `N passed, N failed`, with `, N skipped` when there are any.
import { globSync } from 'node:fs';
import { resolve } from 'node:path';
import { run } from 'node:test';
import type { TestEvent } from 'node:test/reporters';
import { parseArgs } from 'node:util';
import { createReport } from './test-report.ts';

const concurrency = 2;
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { name: { type: 'string' }, minutes: { type: 'string' } },
});
const testTimeout_ms = Number(values.minutes ?? 5) * 60_000;
const runTimeout_ms = Number(values.minutes ?? 40) * 60_000;
const patterns = positionals.length > 0 ? positionals : ['test/**/*.test.ts'];
const files = globSync(patterns)
  .filter((path) => path.endsWith('.test.ts'))
  .toSorted();

const report = createReport({
  folder: process.cwd(),
  files,
  emptyFiles: values.name !== undefined,
  print: (line) => process.stdout.write(`${line}\n`),
});
const events = run({
  files,
  concurrency,
  timeout: testTimeout_ms,
  signal: AbortSignal.timeout(runTimeout_ms),
  execArgv: ['--import', resolve(import.meta.dirname, 'test-exit.ts')],
  ...(values.name === undefined ? {} : { testNamePatterns: [new RegExp(values.name)] }),
});
// the stream yields these events, but its type does not say so
for await (const event of events as AsyncIterable<TestEvent>) report.add(event);
process.exitCode = report.finish() ? 0 : 1;
