// Preloaded into every measured process: writes what the process used when it ends, for the benchmark to add up.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

const folder = process.env['GEXLAKE_BENCH_USAGE'];

if (folder !== undefined) {
  process.on('exit', () => {
    const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
    const usage = { cpu_s: (userCPUTime + systemCPUTime) / 1e6, peak_mb: maxRSS / 1000 };
    writeFileSync(join(folder, `${process.pid}.json`), JSON.stringify(usage));
  });
}
