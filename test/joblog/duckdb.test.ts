import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'node:test';
import { openJobLog, type JobLog } from '../../src/joblog/joblog.ts';
import type { Owner } from '../support/gexlake.ts';
import { oneOf } from '../support/shares.ts';
import { ports } from './ports/ports.ts';

/** An empty log of its own, with a clock that moves on by itself, so that no two events have one time. */
async function openLog(owner: Owner): Promise<JobLog> {
  const folder = await mkdtemp(join(tmpdir(), 'gexlake-log-'));
  owner.after(() => rm(folder, { recursive: true }));
  let now_ms = Date.parse('2026-01-05T10:00:00Z');
  const clock = { now_ms: () => (now_ms += 1000), monotonic_ms: () => performance.now(), sleep: async () => undefined };
  return openJobLog(join(folder, 'gex_history.db'), { clock, commandOf: () => null });
}

for (const [port, demands] of Object.entries(ports)) {
  suite(`the job log in DuckDB: ${port}`, () => {
    for (const [at, [title, demand]] of Object.entries(demands).entries()) {
      oneOf(20, at)(title, async (context) => demand(await openLog(context)));
    }
  });
}
