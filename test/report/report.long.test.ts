import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { appendFile, chmod, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, suite } from 'node:test';
import type { Report } from '../../src/report/report.ts';
import { copyOf, prepare, type Prepared } from '../support/every-command.ts';
import { errorOf, lastFirst, makeLake, only, type Lake } from '../support/gexlake.ts';
import { name, put, record, records } from '../support/records.ts';
import { long } from '../support/shares.ts';

async function readReport(folder: string): Promise<Report> {
  return JSON.parse(await readFile(join(folder, 'report.json'), 'utf8')) as Report;
}

function check(folder: string, lake: Lake): { readonly status: number | null; readonly stdout: string } {
  return spawnSync('python3', [join(folder, 'verify_report.py'), lake.folder], { encoding: 'utf8' });
}

const hasPython = spawnSync('python3', ['--version']).status === 0;

suite('A report', () => {
  long('says what was corrected and why, and its program finds a file that is not as it says', async (context) => {
    const lake = await makeLake(context);
    await lake.import([await put(lake.desk, name, records(3))]);
    const job = only(await lake.jobs());
    const reason = 'the vendor <restated> "it" & said so';
    const given = await put(lake.desk, `again/${name}`, [...records(2), record(2, { zero_gamma: 5 })]);
    const corrected = await lake.run(['correct', job.id, given, '--reason', reason]);
    assert.equal(corrected.exitCode, 0, corrected.stderr);
    const out = join(lake.desk, 'report');
    const made = await lake.run(['report', '--out', out, '--json']);
    assert.equal(made.exitCode, 0, made.stderr);
    const { changes, files, verification, proofs } = await readReport(out);
    assert.equal(verification.ok, true);
    assert.equal(proofs, null);
    assert.deepEqual(
      changes.map(({ kind, reason: why, corrects_job_id, session_dates }) => [
        kind,
        why,
        corrects_job_id,
        session_dates,
      ]),
      [['correction', reason, job.id, ['2025-10-22']]],
    );
    const [snapshots] = changes[0]?.difference ?? [];
    assert.deepEqual([snapshots?.added, snapshots?.gone, snapshots?.changed], [0, 0, 1]);
    assert.deepEqual(snapshots?.by_column, { zero_gamma: 1 });
    const page = await readFile(join(out, 'index.html'), 'utf8');
    assert.ok(page.includes('the vendor &lt;restated&gt; &quot;it&quot; &amp; said so'), 'texts are escaped');
    assert.doesNotMatch(page, /<script|https?:\/\/(?!hist)/, 'it needs nothing else');
    assert.equal(errorOf(await lake.run(['report', '--out', out, '--json'])).code, 'FILE_EXISTS');
    assert.equal(errorOf(await lake.run(['report', '--out', join(lake.folder, 'x'), '--json'])).code, 'USAGE');
    if (!hasPython) return context.diagnostic('skipped: there is no python3 to run verify_report.py');
    assert.equal(check(out, lake).status, 0);
    const damaged = join(lake.folder, files[0]?.path ?? '');
    await chmod(damaged, 0o600);
    await appendFile(damaged, 'x');
    const found = check(out, lake);
    assert.equal(found.status, 1);
    assert.ok(found.stdout.includes(`${files[0]?.path} has`), found.stdout);
  });
});

suite('A report of a lake where everything was done', () => {
  let prepared: Prepared;
  const owner = lastFirst({ after });
  before(async () => {
    prepared = await prepare(owner);
  });

  long('has every kind of change, the proofs, and leaves nothing behind', async () => {
    const lake = await copyOf(prepared.lake);
    const tree = await lake.tree('.');
    const out = join(lake.desk, 'report');
    const made = await lake.run(['report', '--prove', '--out', out, '--json']);
    assert.equal(made.exitCode, 0, made.stderr);
    const { changes, proofs, files } = await readReport(out);
    const kinds = new Set(changes.map(({ kind }) => kind));
    for (const kind of ['correction', 'compaction', 'restoration']) assert.ok(kinds.has(kind), kind);
    assert.deepEqual(
      changes.flatMap(({ difference }) => difference ?? []).filter(({ why_not }) => why_not !== null),
      [],
    );
    assert.equal(proofs?.proofs.length, files.length);
    assert.deepEqual(readdirSync(out).toSorted(), [
      'checkpoint',
      'files.csv',
      'index.html',
      'report.json',
      'verify_report.py',
    ]);
    assert.deepEqual(await lake.tree('.'), tree);
    const text = await readFile(join(out, 'report.json'), 'utf8');
    assert.doesNotMatch(text, /sig=(?!…|\*|REDACTED)/i);
  });
});
