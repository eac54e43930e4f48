// Runs the tests, each file in a process of its own: all of test/**/*.test.ts but the long ones, or what the command line names.
//
//   npm test
//   npm test -- test/load/scanner.test.ts 'test/publish/*'
//   npm test -- --name 'commit point'        only tests whose name matches this regular expression
//   npm test -- --minutes 120                instead of 5 for a file
//
// The last line is always `N passed, N failed`, with `, N skipped` when there are any.
import { spawn } from 'node:child_process';
import { globSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { parseArgs } from 'node:util';
import type { Counts } from './test-reporter.ts';

const options = { name: { type: 'string' }, minutes: { type: 'string', default: '5' } } as const;
const { values, positionals } = parseArgs({ allowPositionals: true, options });
const isLong = (path: string) => path.endsWith('.long.test.ts');
const found = globSync(positionals.length > 0 ? positionals : ['test/**/*.test.ts']).toSorted();
const files = found.filter((path) => path.endsWith('.test.ts') && (positionals.length > 0 || !isLong(path))).values();
const named = values.name === undefined ? [] : [`--test-name-pattern=${values.name}`];
const args = [`--test-reporter=${resolve(import.meta.dirname, 'test-reporter.ts')}`, ...named];
// What one process compiles or prepares, the next need not.
const prepared = mkdtempSync(join(tmpdir(), 'gexlake-prepared-'));
const cache = resolve('node_modules/.cache/gexlake-tests');
const env = { NODE_COMPILE_CACHE: cache, GEXLAKE_TESTS_PREPARED: prepared, ...process.env };
const all = { passed: 0, failed: 0, skipped: 0 };

async function runFile(file: string): Promise<void> {
  const began_ms = Date.now();
  // A file whose process lives on has left something open: it fails like one whose tests take too long.
  const limits = { timeout: Number(values.minutes) * 60_000, killSignal: 'SIGKILL' } as const;
  const child = spawn(process.execPath, [...args, file], { env, stdio: ['ignore', 'pipe', 'pipe'], ...limits });
  const ended = new Promise<string>((done) => child.once('close', (code, signal) => done(signal ?? `exit ${code}`)));
  const [how, output, errors] = await Promise.all([ended, text(child.stdout), text(child.stderr)]);
  const counts = /^counts (.+)$/m.exec(output)?.[1];
  // Without the counts its process has ended before its tests did, or it has none.
  const { passed, failed, skipped } =
    counts === undefined ? { passed: 0, failed: 0, skipped: 0 } : (JSON.parse(counts) as Counts);
  const isEmpty = passed + failed + skipped === 0 && values.name === undefined;
  const broken = failed === 0 && (counts === undefined || isEmpty || how !== 'exit 0') ? 1 : 0;
  if (failed + broken > 0)
    console.log(`${output}${errors}${broken > 0 ? `FAILED ${file}: no test ran, or not all of them: ${how}` : ''}`);
  console.log(
    `${file}: ${passed} passed, ${failed + broken} failed in ${((Date.now() - began_ms) / 1000).toFixed(1)} s`,
  );
  all.passed += passed;
  all.failed += failed + broken;
  all.skipped += skipped;
}

const work = async () => {
  for (const file of files) await runFile(file);
};
await Promise.all([work(), work()]);
rmSync(prepared, { recursive: true, force: true });
console.log(`\n${all.passed} passed, ${all.failed} failed${all.skipped > 0 ? `, ${all.skipped} skipped` : ''}`);
process.exitCode = all.failed === 0 && all.passed > 0 ? 0 : 1;
