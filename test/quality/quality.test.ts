import assert from 'node:assert/strict';
import { suite } from 'node:test';
import type { QualityReport } from '../../src/core/quality-report.ts';
import type { QualityRow } from '../../src/core/quality-row.ts';
import { makeLake, only, type Lake, type Owner } from '../support/gexlake.ts';
import { preparedOnce, type PreparedFolder } from '../support/prepared-once.ts';
import { name, put, sampleDay } from '../support/records.ts';
import { long, test } from '../support/shares.ts';

const { bytes } = sampleDay({ endpoint: 'state_gex_zero', records: 390, strikes: 21, flaws: false });
const all = JSON.parse(bytes.toString()) as { timestamp: number; spot: number }[];
const file = '2025-10-22_SPX_state_gex_zero.json';
const day = ['--from', '2025-10-22', '--to', '2025-10-22'];

async function bring(lake: Lake, content: readonly unknown[], args: readonly string[] = []): Promise<string> {
  const path = await put(lake.desk, file, content);
  const result = only(await lake.import([path, ...args]));
  assert.equal(result.status, 'completed');
  return result.job_id;
}

/** A lake with all of the session, and the job that has brought it. */
async function whole(owner: Owner): Promise<PreparedFolder<string>> {
  return preparedOnce(owner, 'quality', (lake) => bring(lake, all));
}

async function counting(lake: Lake): Promise<QualityRow[]> {
  const { sessions } = await lake.json<QualityReport>(['quality', ...day]);
  return sessions.flatMap(({ measured }) => (measured === null ? [] : [measured]));
}

/** What was found, whoever has looked when. */
function found({ job_id: _job, made_at: _made, committed_at: _at, basis: _basis, ...row }: QualityRow): unknown {
  return row;
}

suite('the row of a session', () => {
  test('comes with the import, and the made-up session is available', async (context) => {
    const { lake, made: job_id } = await whole(context);
    const row = only(await counting(lake));
    assert.deepEqual([row.job_id, row.basis, row.condition, row.records], [job_id, 'source', 'available', 390]);
    const report = await lake.json<QualityReport>(['quality', ...day]);
    assert.deepEqual(report.counts, { available: 1, degraded: 0, pending: 0, missing: 0 });
    assert.equal((await lake.run(['quality', ...day, '--strict'])).exitCode, 0);
    assert.equal((await lake.run(['verify'])).exitCode, 0);
  });

  long('is the same where the files are looked at, and a session is told of until then', async (context) => {
    const [{ lake }, other] = [await whole(context), await makeLake(context)];
    await bring(other, all.slice(0, 200));
    const second = await bring(other, all.slice(200));
    assert.deepEqual(await counting(other), []);
    const before = await other.json<QualityReport>(['quality', ...day]);
    assert.equal(before.not_looked_at, 1);
    const { computed } = await other.json<QualityReport & { computed: unknown }>(['quality', '--compute', ...day]);
    assert.deepEqual(computed, { looked_at: 1, failed: [] });
    const [source, files] = [only(await counting(lake)), only(await counting(other))];
    assert.deepEqual([files.basis, files.job_id], ['files', second]);
    assert.deepEqual(found(files), found(source));
    assert.equal((await other.run(['verify'])).exitCode, 0);
  });

  long('follows an extension by a source that has all of it', async (context) => {
    const lake = await makeLake(context);
    await bring(lake, all.slice(0, 200));
    assert.equal(only(await counting(lake)).condition, 'degraded');
    const extended = await bring(lake, all);
    const row = only(await counting(lake));
    assert.deepEqual([row.job_id, row.records, row.condition], [extended, 390, 'available']);
    const rows = await lake.query('SELECT records, superseded_at IS NULL AS counts FROM quality ORDER BY made_at');
    assert.deepEqual(rows, [
      { records: 200, counts: false },
      { records: 390, counts: true },
    ]);
  });

  long('follows a correction, stays through a compaction, and ends with a restored file', async (context) => {
    const lake = await makeLake(context);
    const first = await bring(lake, all);
    const path = await put(lake.desk, `corrected/${file}`, all.slice(0, 380));
    const corrected = await lake.run(['correct', first, path, '--reason', 'ten records too many']);
    assert.equal(corrected.exitCode, 0, corrected.stderr);
    const row = only(await counting(lake));
    assert.deepEqual([row.records, row.basis], [380, 'source']);
    await bring(lake, [...all.slice(0, 380), ...all.slice(380)]);
    const extended = only(await counting(lake));
    assert.equal(extended.records, 390);
    assert.equal(
      (await lake.run(['compact', 'parquet/gex/2025/10/SPX/state_gex_zero', '--reason', 'one file'])).exitCode,
      0,
    );
    assert.deepEqual(await counting(lake), [extended]);
    const back = await lake.run([
      'restore-file',
      'parquet/gex/2025/10/SPX/state_gex_zero/snapshots.parquet',
      '--reason',
      'two files again',
    ]);
    assert.equal(back.exitCode, 0, back.stderr);
    assert.deepEqual(await counting(lake), []);
    assert.equal((await lake.run(['verify'])).exitCode, 0);
  });
});

suite('gexlake quality', () => {
  long('shows a degraded session with its reasons, and --strict exits with 6', async (context) => {
    const lake = await makeLake(context);
    const spoiled = all.map((record, at) => (at % 10 === 0 ? { ...record, zero_gamma: 1 } : record));
    await bring(lake, spoiled.slice(0, 380));
    const shown = await lake.run(['quality', ...day]);
    assert.equal(shown.exitCode, 0);
    assert.match(shown.stdout, /2025-10-22 +SPX +state_gex_zero +degraded +ends 11 min before the close; “zero_gamma/);
    assert.match(shown.stdout, /does not hold in 38 of 380 records, 10 %/);
    assert.match(shown.stdout, /^available 0 {3}degraded 1 {3}pending 0 {3}missing 0$/m);
    assert.equal((await lake.run(['quality', ...day, '--strict'])).exitCode, 6);
  });

  long('missing and pending sessions are those of coverage', async (context) => {
    const lake = await makeLake(context);
    await bring(lake, all);
    const later = await put(lake.desk, name.replace('2025-10-22', '2025-10-24').replace('classic', 'state'), all);
    assert.equal((await lake.run(['enqueue', later])).exitCode, 0);
    const { sessions } = await lake.json<QualityReport>(['quality', '--to', '2025-10-27']);
    assert.deepEqual(
      sessions.map(({ session_date, condition }) => `${session_date} ${condition}`),
      ['2025-10-22 available', '2025-10-23 missing', '2025-10-24 pending', '2025-10-27 missing'],
    );
  });
});
