import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { runHere } from '../support/command-line.ts';
import { startGexlake } from '../support/gexlake.ts';

const commands = [
  ['demo'],
  ['import'],
  ['enqueue'],
  ['run'],
  ['jobs'],
  ['jobs', 'show'],
  ['jobs', 'retry'],
  ['jobs', 'cancel'],
  ['query'],
  ['coverage'],
  ['reconcile'],
  ['config'],
  ['config', 'show'],
  ['sample'],
];
const bin = join(import.meta.dirname, '../../bin/gexlake.js');

for (const command of commands) {
  test(`gexlake ${command.join(' ')} --help shows examples of itself`, async () => {
    const { exitCode, stdout, stderr } = await runHere([...command, '--help']);
    assert.deepEqual([exitCode, stderr], [0, '']);
    assert.match(stdout, new RegExp(`Usage: gexlake ${command.join(' ')}`));
    assert.match(stdout, new RegExp(`Examples:\n  \\$ gexlake ${command.join(' ')}`));
    assert.match(stdout, /--json/);
    assert.match(stdout, /--data-dir/);
  });
}

test('gexlake --help lists every command and the exit codes', async () => {
  const { exitCode, stdout } = await runHere(['--help']);
  assert.equal(exitCode, 0);
  assert.deepEqual(await startGexlake(['--help']).ended, { exitCode, stdout, stderr: '' });
  for (const [first] of commands) assert.match(stdout, new RegExp(`^  ${first}\\b`, 'm'));
  assert.match(stdout, /0 done or skipped, 1 failed, 2 usage, 4 partly, 5 lock busy/);
});

test('what is no command, option or argument is usage: exit code 2, with the way to help', async () => {
  for (const args of [['improt'], ['import'], ['jobs', '--nonsense'], ['query'], ['sample']]) {
    const { exitCode, stdout, stderr } = await runHere(args);
    assert.deepEqual([exitCode, stdout], [2, ''], args.join(' '));
    assert.match(stderr, /^error: .*\n[\s\S]*\(add --help for examples\)/);
  }
  assert.match((await runHere(['improt'])).stderr, /Did you mean import\?/);
});

test('gexlake alone shows the help, and is usage too', async () => {
  const { exitCode, stderr } = await runHere([]);
  assert.deepEqual(await startGexlake([]).ended, { exitCode: 2, stdout: '', stderr });
  assert.equal(exitCode, 2);
  assert.match(stderr, /Start here:/);
});

test('a reader that closes the pipe early is no failure', () => {
  const [node, program] = [process.execPath, bin].map((path) => `'${path}'`);
  const piped = `set -o pipefail; ${node} ${program} sample --records 2000 --out - 2>/dev/null | head -c 10`;
  assert.equal(execFileSync('bash', ['-c', piped]).toString(), '[{"timesta');
});

/** A Node on this machine that is too old, or null. */
function oldNode(): string | null {
  const folders = ['/usr/bin', '/usr/local/bin'].filter((folder) => readdirSync(folder).includes('node'));
  const found = folders
    .map((folder) => join(folder, 'node'))
    .find((node) => {
      const [major = 0, minor = 0] = execFileSync(node, ['-p', 'process.versions.node'])
        .toString()
        .split('.')
        .map(Number);
      return major < 22 || (major === 22 && minor < 19);
    });
  return found ?? null;
}

const old = oldNode();

test('too old a Node is told so', { skip: old === null && 'the Node of this system is new enough' }, async () => {
  const { exitCode, stdout, stderr } = await startGexlake(['--version'], { node: old ?? '' }).ended;
  assert.deepEqual([exitCode, stdout], [2, '']);
  assert.match(stderr, /^gexlake: needs Node\.js 22\.19 or newer, found \d+\.\d+\.\d+\n/);
});

test('a folder that has not been built says so', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'gexlake-bin-'));
  after(() => rm(folder, { recursive: true }));
  await mkdir(join(folder, 'bin'));
  await copyFile(bin, join(folder, 'bin/gexlake.js'));
  await copyFile(join(import.meta.dirname, '../../package.json'), join(folder, 'package.json'));
  const { exitCode, stderr } = await startGexlake(['jobs'], { program: join(folder, 'bin/gexlake.js') }).ended;
  assert.equal(exitCode, 1);
  assert.match(stderr, /npm run build/);
});
