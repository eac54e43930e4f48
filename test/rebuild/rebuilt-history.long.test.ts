import assert from 'node:assert/strict';
import { chmod, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { suite } from 'node:test';
import type { ImportResult } from '../../src/core/job.ts';
import { name, records, type MadeRecord } from '../support/records.ts';
import { makeDesk, type Desk } from '../pipeline/importer-here.ts';
import { destroy } from '../support/old-jobs.ts';
import { long } from '../support/shares.ts';

/*
 * Histories in which bytes come back: what was undone, repaired, withdrawn or imported again. From the files alone a log is made that
 * explains every one of them, shows the same rows, knows each import, and can undo what could be undone.
 */

const day_s = 86_400;
const folder = 'parquet/gex/2025/10/SPX/gex_zero';
const strikes = `${folder}/strikes.parquet`;
const next = name.replace('22', '23');

/** Records of the day before at the head let every import set something aside. */
function session(count: number, version: number, day = 0): MadeRecord[] {
  const changed = records(count, day * day_s).map((one) => Object.assign(one, { zero_gamma: version }));
  return [...records(1, (day - 1) * day_s), ...changed];
}

type History = {
  readonly live: (desk: Desk) => Promise<ImportResult | null>;
  /** The jobs that the log has then, as kind and status, in any order. */
  readonly jobs: readonly string[];
};

const histories: Readonly<Record<string, History>> = {
  'a correction that was undone': {
    live: async (desk) => {
      const first = await desk.import(name, session(20, 1));
      await desk.correct(first.job_id, name, session(20, 2));
      return desk.restore(strikes);
    },
    jobs: ['import', 'correction', 'rewrite restore'],
  },
  'a correction that was undone, and that undone, too': {
    live: async (desk) => {
      const first = await desk.import(name, session(20, 1));
      await desk.correct(first.job_id, name, session(20, 2));
      await desk.restore(strikes);
      return desk.restore(strikes);
    },
    jobs: ['import', 'correction', 'rewrite restore', 'rewrite restore'],
  },
  'a correction by the bytes that another correction has replaced': {
    live: async (desk) => {
      const first = await desk.import(name, session(20, 1));
      const second = await desk.correct(first.job_id, name, session(20, 2));
      return desk.correct(second.job_id, name, session(20, 1));
    },
    jobs: ['import', 'correction', 'correction'],
  },
  'a correction by the shorter of two sources that are live': {
    live: async (desk) => {
      await desk.import(name, session(20, 1));
      const long = await desk.import(name, session(30, 1));
      return desk.correct(long.job_id, name, session(20, 1));
    },
    jobs: ['import', 'import', 'correction'],
  },
  'a withdrawal': {
    live: async (desk) => {
      const first = await desk.import(name, session(20, 1));
      await desk.import(next, session(20, 1, 1));
      return desk.withdraw(first.job_id);
    },
    jobs: ['import', 'import', 'rewrite withdraw'],
  },
  'a withdrawal that was undone': {
    live: async (desk) => {
      const first = await desk.import(name, session(20, 1));
      await desk.withdraw(first.job_id);
      return desk.restore(strikes);
    },
    jobs: ['import', 'rewrite withdraw', 'rewrite restore'],
  },
  'a withdrawal that was undone where others had the name': {
    live: async (desk) => {
      const first = await desk.import(name, session(20, 1));
      await desk.withdraw(first.job_id);
      await desk.import(next, session(20, 1, 1));
      return desk.restore(strikes);
    },
    jobs: ['import', 'import', 'rewrite withdraw', 'rewrite restore'],
  },
  'a withdrawal after which the same source was imported again': {
    live: async (desk) => {
      const first = await desk.import(name, session(20, 1));
      await desk.withdraw(first.job_id);
      return desk.import(name, session(20, 1));
    },
    jobs: ['import', 'import', 'rewrite withdraw'],
  },
  'a withdrawal after which the same source was imported again beside another': {
    live: async (desk) => {
      const first = await desk.import(name, session(20, 1));
      await desk.withdraw(first.job_id);
      await desk.import(next, session(20, 1, 1));
      return desk.import(name, session(20, 1));
    },
    jobs: ['import', 'import', 'import', 'rewrite withdraw'],
  },
  'a compaction that was undone and done again': {
    live: async (desk) => {
      await desk.import(name, session(20, 1));
      await desk.import(next, session(20, 1, 1));
      await desk.compact(folder);
      await desk.restore(strikes);
      return desk.compact(folder);
    },
    // Merging the same files again gives the same bytes, just as undoing the undoing would.
    jobs: ['import', 'import', 'rewrite compact', 'rewrite restore', 'rewrite restore'],
  },
  'a compaction whose name was free, since the first import was withdrawn': {
    live: async (desk) => {
      const first = await desk.import(name, session(20, 1));
      await desk.import(next, session(20, 1, 1));
      await desk.import(name.replace('22', '24'), session(20, 1, 2));
      await desk.withdraw(first.job_id);
      return desk.compact(folder);
    },
    jobs: ['import', 'import', 'import', 'rewrite compact', 'rewrite withdraw'],
  },
  'a repair, and a correction of what it has put back': {
    live: async (desk) => {
      const first = await desk.import(name, session(20, 1));
      await damage(desk, strikes);
      await repair(desk);
      return desk.correct(first.job_id, name, session(20, 2));
    },
    jobs: ['import', 'correction', 'rewrite repair'],
  },
};

async function damage({ lake }: Desk, path: string): Promise<void> {
  await chmod(join(lake.folder, path), 0o644);
  await writeFile(join(lake.folder, path), 'damaged');
}

async function repair({ app }: Desk): Promise<void> {
  const report = await app.repair({ kind: 'deep' }, { apply: true, expected: null }, () => undefined);
  assert.deepEqual([report.left, report.failed], [[], []]);
}

async function rowsOf({ app }: Desk): Promise<unknown> {
  const sql = `SELECT session_date::VARCHAR, count(*)::INTEGER, min(zero_gamma)::INTEGER, max(zero_gamma)::INTEGER
    FROM snapshots GROUP BY 1 ORDER BY 1`;
  return (await app.query(sql, 100)).rows;
}

async function jobsOf({ app }: Desk): Promise<string[]> {
  const jobs = (await app.jobs({ limit: 100 })).filter(({ status }) => status !== 'skipped');
  return jobs
    .map(
      ({ kind, url, status }) =>
        (kind === 'rewrite' ? `${kind} ${url.split(':')[0]}` : kind) + (status === 'completed' ? '' : ` ${status}`),
    )
    .sort();
}

suite('rebuilding the log of', () => {
  for (const [title, { live, jobs }] of Object.entries(histories)) {
    long(title, async (context) => {
      const desk = await makeDesk(context);
      const last = await live(desk);
      assert.equal(last?.error, null);
      const rows = await rowsOf(desk);
      await destroy(desk.lake);
      const { verify } = await desk.app.rebuildLog({ apply: true, expected: null }, () => undefined);
      assert.deepEqual([verify?.problems, verify?.notes], [[], []]);
      assert.deepEqual(await rowsOf(desk), rows);
      assert.deepEqual(await jobsOf(desk), [...jobs].sort());
      // The last change can be undone as before, and that, too.
      if (!title.includes('imported again')) {
        const archived = await desk.lake.files('archive/parquet');
        const newest = archived.find((path) => path.includes(last?.job_id ?? ''));
        if (newest !== undefined) assert.equal((await desk.restore(`archive/parquet/${newest}`)).error, null);
      }
      const report = await desk.app.verify({ kind: 'deep' }, () => undefined);
      assert.deepEqual(report.problems, []);
    });
  }
});

long('what was set aside from a source that is not here any more is explained all the same', async (context) => {
  const desk = await makeDesk(context);
  const first = await desk.import(name, session(20, 1));
  const rows = await rowsOf(desk);
  await destroy(desk.lake);
  await rm(join(desk.lake.folder, first.staged_path ?? ''));
  const { verify } = await desk.app.rebuildLog({ apply: true, expected: null }, () => undefined);
  assert.deepEqual([verify?.problems, verify?.notes], [[], []]);
  assert.deepEqual(await rowsOf(desk), rows);
  assert.deepEqual(await jobsOf(desk), ['import', 'import cancelled']);
  assert.equal((await desk.app.job(first.job_id)).status, 'cancelled');
  assert.equal((await desk.import(name, session(20, 1))).status, 'skipped');
});

long('restore-file looks through a repair: it undoes what was changed before it', async (context) => {
  const desk = await makeDesk(context);
  const first = await desk.import(name, session(20, 1));
  await damage(desk, strikes);
  await repair(desk);
  const nothing = await desk.restore(strikes);
  assert.equal(nothing.error?.code, 'NOTHING_TO_RESTORE');
  await desk.correct(first.job_id, name, session(20, 2));
  await damage(desk, strikes);
  await repair(desk);
  assert.deepEqual(await rowsOf(desk), [['2025-10-22', 20, 2, 2]]);
  assert.equal((await desk.restore(strikes)).status, 'completed');
  assert.deepEqual(await rowsOf(desk), [['2025-10-22', 20, 1, 1]]);
  const { problems } = await desk.app.verify({ kind: 'deep' }, () => undefined);
  assert.deepEqual(problems, []);
});
