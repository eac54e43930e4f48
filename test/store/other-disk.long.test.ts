import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { cannotPretend, on } from '../support/other-disk.ts';

/** A disk without links is another way to do all that the suite asks for, with copies. */
test('files on a disk without links pass the same suite', { skip: cannotPretend }, () => {
  const { NODE_TEST_CONTEXT: _, GEXLAKE_TESTS_SHARE: __, ...env } = process.env;
  const ran = spawnSync(
    process.execPath,
    ['--test', '--test-reporter=tap', join(import.meta.dirname, 'local.test.ts')],
    { env: { ...env, ...on('exFAT (link: EPERM)') }, encoding: 'utf8' },
  );
  assert.equal(ran.status, 0, ran.stdout + ran.stderr);
  const [, passed = '0'] = /^# pass (\d+)$/m.exec(ran.stdout) ?? [];
  assert.ok(Number(passed) >= 20, ran.stdout);
});
