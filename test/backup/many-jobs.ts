import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readDatabase } from '../support/duckdb.ts';
import type { Lake } from '../support/gexlake.ts';
import { put, record } from '../support/records.ts';

/* More than ten jobs at once are a mass import, also where they come while somebody watches for jobs. */

export const many = 11;
export const eager = { GEXLAKE_LIMITS: '{"mass_snapshot_interval_ms":0,"requests_per_minute":1000000}' };

/** Writes so many sources, of a ticker each, and enqueues all of them at once. */
export async function enqueueAll(lake: Lake, prefix: string, count: number): Promise<void> {
  const sources = Array.from({ length: count }, (_, at) => {
    const ticker = `${prefix}${String.fromCharCode(65 + at)}`;
    const content = [record(0, { ticker }), record(1, { ticker })];
    return put(lake.desk, `2025-10-22_${ticker}_classic_gex_zero.json`, content);
  });
  const { exitCode, stderr } = await lake.run(['enqueue', ...(await Promise.all(sources))]);
  assert.equal(exitCode, 0, stderr);
}

export async function untilDone(lake: Lake, count: number): Promise<void> {
  for (;;) {
    const rows = await readDatabase(join(lake.folder, 'gex_history.db'), 'SELECT status FROM import_jobs');
    const statuses = rows.map((row) => JSON.stringify(row['status']));
    assert.ok(!statuses.includes('"failed"'), statuses.join(' '));
    if (statuses.filter((status) => status === '"completed"').length === count) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/** The reasons of the snapshots that there are, oldest first. */
export async function snapshots(lake: Lake): Promise<string[]> {
  const folder = join(lake.folder, 'backups');
  const names = (await readdir(folder).catch(() => [])).toSorted((left, right) => (left < right ? -1 : 1));
  const manifests = names.map(async (name) => {
    const manifest = (await readdir(join(folder, name))).find((file) => file.endsWith('.json')) ?? '';
    return (JSON.parse(await readFile(join(folder, name, manifest), 'utf8')) as { reason: string }).reason;
  });
  return Promise.all(manifests);
}

export const reason = `before a mass import of ${many} jobs`;
