// Runs the tests that take long, and those of crash safety in full: every step of every scenario is killed and failed. Says at the
// end how often that was.
//
//   npm run test:long
//   npm run test:crash -- test/crash/import.test.ts
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const fewestKills = 200;

const given = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), 'gexlake-crash-'));
const tally = join(folder, 'tally');
const forTests = { GEXLAKE_CRASH_TESTS: 'all', GEXLAKE_CRASH_TALLY: tally };
const began_ms = Date.now();

try {
  const which = given.length > 0 ? given : ['--long'];
  const { status } = spawnSync(process.execPath, ['scripts/test.ts', '--minutes', '120', ...which], {
    stdio: 'inherit',
    env: { ...process.env, ...forTests },
  });
  const total = addUp(existsSync(tally) ? readFileSync(tally, 'utf8') : '');
  const kills = (total['kills'] ?? 0) + (total['kills_in_recovery'] ?? 0);
  const minutes = ((Date.now() - began_ms) / 60_000).toFixed(1);
  console.log(
    `${kills} kills, ${total['kills_in_recovery'] ?? 0} of them in recovery, ${total['failures'] ?? 0} failures and ${total['power_cuts'] ?? 0} power cuts in ${minutes} minutes`,
  );
  const isEnough = given.length > 0 || kills >= fewestKills;
  if (!isEnough) console.log(`expected at least ${fewestKills} kills`);
  process.exitCode = status === 0 && isEnough ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** One line of JSON for each test file. */
function addUp(lines: string): Record<string, number> {
  const total: Record<string, number> = {};
  for (const line of lines.split('\n').filter(Boolean)) {
    for (const [what, count] of Object.entries(JSON.parse(line) as Record<string, number>))
      total[what] = (total[what] ?? 0) + count;
  }
  return total;
}
