import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { environmentName, settingNames } from '../../src/config/config.ts';
import { errorRules } from '../../src/core/errors.ts';
import { limits } from '../../src/core/limits.ts';
import { codeBlocks, readDocument, root } from './documents.ts';
import { commonOptions, programCommands } from './program.ts';

/* What is in deploy/ starts the program as it is, and docs/deploy.md tells what is in deploy/. */

const document = readDocument('docs/deploy.md');
const unit = read('deploy/gexlake.service');
const backup = read('deploy/gexlake-backup.service');
const dockerfile = read('deploy/Dockerfile');
const environment = new Set([...settingNames.map(environmentName), 'GEXLAKE_CONFIG', 'GEXLAKE_ACTOR']);

function read(path: string): string {
  return readFileSync(join(root, path), 'utf8');
}

/** The values of a setting of a unit, in their order. */
function valuesOf(name: string, of = unit): string[] {
  return [...of.matchAll(new RegExp(`^${name}=(.*)$`, 'gm'))].map(([, value]) => value ?? '');
}

/** Every line that starts the program: what follows `gexlake` or `gexlake.js`. */
function callsIn(text: string): string[][] {
  return [...text.matchAll(/\bgexlake(?:\.js)? ([a-z][^\n"\]]*)/g)].map(([, words]) =>
    (words ?? '').trim().split(/\s+/),
  );
}

async function mustBeCall(words: readonly string[]): Promise<void> {
  const command = (await programCommands()).find(({ name }) => name === words[0]);
  assert.ok(command !== undefined, `gexlake ${words.join(' ')}`);
  for (const option of words.filter((word) => word.startsWith('--')))
    assert.ok([...command.options, ...commonOptions].includes(option), `gexlake ${words.join(' ')}`);
}

suite('deploy/', () => {
  test('the unit starts the program with options that it has', async () => {
    const calls = valuesOf('ExecStart').flatMap(callsIn);
    assert.deepEqual(
      calls.map(([first]) => first),
      ['serve'],
    );
    for (const call of calls) await mustBeCall(call);
  });

  test('the unit of the backups starts a command with options that it has, in the folder of the service', async () => {
    const calls = valuesOf('ExecStart', backup).flatMap(callsIn);
    assert.deepEqual(
      calls.map(([first]) => first),
      ['backup'],
    );
    for (const call of calls) await mustBeCall(call);
    assert.ok(calls[0]?.includes('--apply'));
    for (const name of ['User', 'WorkingDirectory', 'EnvironmentFile'])
      assert.deepEqual(valuesOf(name, backup), valuesOf(name), name);
    assert.match(valuesOf('ExecStart', backup)[0] ?? '', / --data-dir \/var\/lib\/gexlake /);
  });

  test('the unit’s folders are those of its state and its working directory', () => {
    const [state] = valuesOf('StateDirectory');
    assert.match(valuesOf('ExecStart')[0] ?? '', new RegExp(` --data-dir /var/lib/${state} `));
    assert.deepEqual(valuesOf('WorkingDirectory'), [`/var/lib/${state}`]);
  });

  test('the unit waits longer for an end than imports are given, and not for ever where a setting is wrong', () => {
    const [wait] = valuesOf('TimeoutStopSec').map(Number);
    assert.ok((wait ?? 0) * 1000 >= limits.shutdown_ms + 15_000);
    assert.ok(
      document.text.includes(
        `the ${limits.shutdown_ms / 1000} seconds of the limit \`shutdown_ms\`; the unit waits ${wait}`,
      ),
    );
    assert.deepEqual(valuesOf('RestartPreventExitStatus').map(Number), [errorRules.CONFIG_INVALID.exit]);
  });

  test('the credential that is loaded is the file that the setting names', () => {
    const [name = ''] = (valuesOf('LoadCredential')[0] ?? '').split(':');
    assert.ok(valuesOf('Environment').includes(`GEXLAKE_TOKENS_FILE=%d/${name}`));
  });

  test('every environment variable is a setting', () => {
    for (const text of [unit, backup, dockerfile, document.text])
      for (const [name] of text.matchAll(/\bGEXLAKE_[A-Z_]+/g)) assert.ok(environment.has(name), name);
  });

  test('the image has the Node that the project is tested with, and starts a command of the program', async () => {
    const manifest = JSON.parse(read('package.json')) as { devDependencies: Record<string, string> };
    const bases = [...dockerfile.matchAll(/^FROM node:([\d.]+)-slim/gm)].map(([, version]) => version);
    assert.deepEqual(bases, [manifest.devDependencies['node'], manifest.devDependencies['node']]);
    const [, entry, command] = /^ENTRYPOINT \["node", "\/app\/(.+)"\]\nCMD \["(.+)"\]$/m.exec(dockerfile) ?? [];
    assert.ok(existsSync(join(root, entry ?? '?')));
    await mustBeCall([command ?? '']);
    assert.match(dockerfile, /^USER node$/m);
  });

  test('what the image is made of is there, and is let through by .dockerignore', () => {
    const copies = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, from]) =>
      (from ?? '').split(' '),
    );
    assert.ok(copies.length > 0);
    const allowed = read('.dockerignore').split('\n');
    for (const path of copies) {
      assert.ok(existsSync(join(root, path)), path);
      assert.ok(allowed.includes(`!${path}`), `${path} in .dockerignore`);
    }
  });
});

suite('docs/deploy.md', () => {
  test('starts the program with commands and options that it has', async () => {
    const calls = codeBlocks(document).flatMap(({ body }) => callsIn(body));
    const known = calls.filter(([first]) => first !== undefined && !first.includes('.'));
    assert.ok(known.some(([first]) => first === 'token'));
    for (const call of known) await mustBeCall(call);
  });

  test('names every file of deploy/, and makes the program as the image does', () => {
    for (const name of readdirSync(join(root, 'deploy'))) assert.ok(document.text.includes(name), name);
    const steps = [...dockerfile.matchAll(/^RUN (npm .*)$/gm)].map(([, step]) => step ?? '');
    assert.equal(steps.length, 3);
    for (const heading of ['With systemd', 'Upgrading']) {
      const start = document.text.indexOf(`## ${heading}`);
      assert.ok(document.text.slice(start).includes(steps.join('\n')), heading);
    }
  });
});
