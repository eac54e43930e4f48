// Everything that has to hold before a change is accepted, the quickest first; stops at the first step that fails.
// With --no-tests all but the tests, for who runs those next.
import { spawnSync } from 'node:child_process';

const all = ['format:check', 'lint', 'types', 'imports', 'unused', 'build', 'test'];
const steps = process.argv.includes('--no-tests') ? all.filter((step) => step !== 'test') : all;

for (const step of steps) {
  console.log(`\ncheck: ${step}`);
  const { status, signal, error } = spawnSync('npm', ['run', '--silent', step], {
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  if (status !== 0) {
    console.error(
      `\ncheck: FAILED at ${step} (${error?.message ?? signal ?? `exit ${status}`}); again with: npm run ${step}`,
    );
    process.exit(1);
  }
}
console.log(`\ncheck: all ${steps.length} steps passed`);
