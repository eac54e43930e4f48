import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { makeLake } from '../support/gexlake.ts';

const lake = await makeLake({ after });

test('a long result takes no more memory than a short one', async () => {
  const sql = "SELECT range AS at, 'a text that is not so short' AS text, range / 7 AS number FROM range(400000)";
  // Held as a whole, it takes 200 MB and more.
  const env = { NODE_OPTIONS: '--max-old-space-size=48' };
  for (const [form, lines] of [
    ['--csv', 400_001],
    ['--json', 2 + 5 * 400_000],
  ] as const) {
    const ran = await lake.spawn(['query', sql, form], { env });
    assert.equal(ran.exitCode, 0, ran.stderr);
    assert.equal(ran.stdout.split('\n').length - 1, lines);
    if (form === '--json') assert.equal((JSON.parse(ran.stdout) as unknown[]).length, 400_000);
  }
});
