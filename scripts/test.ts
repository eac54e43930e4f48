// Runs the quick tests (see test/support/shares.ts), each file in a process of its own; or all tests of what the command line names.
//
//   npm test
//   npm test -- test/load/scanner.test.ts 'test/publish/*'
//   npm test -- --long                       the tests that are left out without it
//   npm test -- --name 'commit point'        only tests whose name matches this regular expression
//   npm test -- --minutes 120                instead of 5 for a file
// The last line is always `N passed, N failed`, with `, N skipped` when there are any.
import { spawn } from 'node:child_process';
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync, statfsSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { parseArgs } from 'node:util';
import type { Counts } from './test-reporter.ts';

const minutes = { type: 'string', default: '5' } as const;
const options = { name: { type: 'string' }, minutes, long: { type: 'boolean' } } as const;
const { values, positionals } = parseArgs({ allowPositionals: true, options });
const share = positionals.length > 0 ? 'all' : values.long === true ? 'long' : 'quick';
const isLong = (path: string) => path.endsWith('.long.test.ts');
/** What a file takes from support/shares.ts where the long tests have a part of it. */
const sharesLong = /import \{[^}]*\b(?:long|oneOf|runs|shareOf)\b[^}]*\} from '[^']*\/support\/shares\.ts'/;
const hasLong = (path: string) => isLong(path) || sharesLong.test(readFileSync(path, 'utf8'));
const found = globSync(share === 'all' ? positionals : 'test/**/*.test.ts').filter((path) => path.endsWith('.test.ts'));
const mine = found.filter((path) => share === 'all' || (share === 'long' ? hasLong(path) : !isLong(path)));
// Files with data folders take longer than others, and large ones longer than small ones: they begin early, so that both lanes end
// together.
const hasLake = (path: string) => Number(readFileSync(path, 'utf8').includes('/support/gexlake.ts'));
const length = (path: string) => hasLake(path) * 2 ** 20 + statSync(path).size;
const files = mine.toSorted((left, right) => length(right) - length(left)).values();
const named = values.name === undefined ? [] : [`--test-name-pattern=${values.name}`];
const args = [`--test-reporter=${resolve(import.meta.dirname, 'test-reporter.ts')}`, ...named];
// No test takes the power away: files in memory are as good as on a disk, if there is room for 2 GiB, and a sync is nothing.
const inMemory = existsSync('/dev/shm') && statfsSync('/dev/shm').bavail > 2 ** 19 ? '/dev/shm' : tmpdir();
// What one process compiles or prepares, the next need not.
const prepared = mkdtempSync(join(process.env['TMPDIR'] ?? inMemory, 'gexlake-prepared-'));
const ours = { GEXLAKE_TESTS_PREPARED: prepared, GEXLAKE_TESTS_SHARE: share };
const cache = resolve('node_modules/.cache/gexlake-tests');
const env = { TMPDIR: inMemory, NODE_COMPILE_CACHE: cache, ...ours, ...process.env };
const all: Counts = { passed: 0, failed: 0, skipped: 0 };

async function runFile(file: string): Promise<void> {
  const began_ms = Date.now();
  // A file whose process lives on has left something open: it fails like one whose tests take too long.
  const limits = { timeout: Number(values.minutes) * 60_000, killSignal: 'SIGKILL' } as const;
  const child = spawn(process.execPath, [...args, file], { env, stdio: ['ignore', 'pipe', 'pipe'], ...limits });
  const ended = new Promise<string>((done) => child.once('close', (code, signal) => done(signal ?? `exit ${code}`)));
  const [how, output, errors] = await Promise.all([ended, text(child.stdout), text(child.stderr)]);
  // Without the counts its process has ended before its tests did.
  const counts = /^counts (.+)$/m.exec(output)?.[1];
  const { passed, failed, skipped } = JSON.parse(counts ?? '{"passed":0,"failed":0,"skipped":0}') as Counts;
  const isEmpty = passed + failed + skipped === 0 && values.name === undefined && share !== 'long';
  const broken = failed === 0 && (counts === undefined || isEmpty || how !== 'exit 0') ? 1 : 0;
  if (failed + broken > 0) console.log(output + errors);
  if (broken > 0) console.log(`FAILED ${file}: no test ran, or not all of them: ${how}`);
  const took_s = ((Date.now() - began_ms) / 1000).toFixed(1);
  console.log(`${file}: ${passed} passed, ${failed + broken} failed in ${took_s} s`);
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
