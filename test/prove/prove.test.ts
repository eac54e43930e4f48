import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, suite } from 'node:test';
import { copyOf, prepare, type Prepared } from '../support/every-command.ts';
import { runOn } from '../support/duckdb.ts';
import { errorOf, lakeAt, lastFirst, makeLake, only, type Lake } from '../support/gexlake.ts';
import { writeTree } from '../support/old-layouts.ts';
import { name, put, record, records } from '../support/records.ts';
import { long, test } from '../support/shares.ts';

type Proof = { readonly path: string; readonly job_id: string; readonly result: string; readonly why: string | null };
type Proved = {
  readonly ok: boolean;
  readonly results: Readonly<Record<string, number>>;
  readonly proofs: readonly Proof[];
};

const archive = join(import.meta.dirname, '../../../shared/lake-v1.tar.gz');
const hasArchive = existsSync(archive);

async function prove(lake: Lake, ...paths: readonly string[]): Promise<Proved & { readonly exitCode: number | null }> {
  const ran = await lake.run(['prove', ...paths, '--json']);
  assert.notEqual(ran.stdout, '', ran.stderr);
  return { ...(JSON.parse(ran.stdout) as Proved), exitCode: ran.exitCode };
}

suite('prove', () => {
  let prepared: Prepared;
  const owner = lastFirst({ after });
  before(async () => {
    prepared = await prepare(owner);
  });

  long(
    'makes every file of imports, extensions, corrections, compactions and restorations again, and changes nothing',
    async () => {
      const lake = await copyOf(prepared.lake);
      const tree = await lake.tree('.');
      const { ok, results, proofs, exitCode } = await prove(lake);
      assert.deepEqual(
        proofs.filter(({ result }) => result !== 'bytes'),
        [],
      );
      assert.ok(results['bytes'] !== undefined && results['bytes'] > 15, JSON.stringify(results));
      assert.deepEqual([ok, exitCode], [true, 0]);
      assert.deepEqual(await lake.tree('.'), tree);
    },
  );

  test('says that there is no log, and what to do', async (context) => {
    const lake = await makeLake(context);
    const refused = errorOf(await lake.run(['prove', '--json']));
    assert.deepEqual([refused.code, /--data-dir.*restore/s.test(refused.hint ?? '')], ['NOT_PROVEN', true]);
  });

  test('takes files by their paths, live and superseded; any other path is refused', async () => {
    const { lake, plain } = prepared;
    const [live = ''] = plain.parquet_files;
    const [old = ''] = await lake.files('archive/parquet');
    const { proofs } = await prove(lake, `./${live}`, `archive/parquet/${old}`);
    assert.deepEqual(
      proofs.map(({ path, result }) => [path, result]),
      [
        [live, 'bytes'],
        [`archive/parquet/${old}`, 'bytes'],
      ],
    );
    assert.equal(errorOf(await lake.run(['prove', 'parquet/gex/none.parquet', '--json'])).code, 'PATH_INVALID');
  });

  long('says what is missing where a file cannot be made again', async (context) => {
    const lake = await makeLake(context);
    const source = await put(lake.desk, name, records(30));
    const { staged_path, job_id } = only(await lake.import([source]));
    for (const path of [source, join(lake.folder, staged_path ?? '')]) await rm(path);
    const { ok, proofs } = await prove(lake);
    assert.deepEqual([ok, proofs.length], [true, 2]);
    for (const { result, why, job_id: of } of proofs) {
      assert.deepEqual([result, of], ['unproven', job_id]);
      assert.match(why ?? '', /its source is neither in/);
    }
  });

  long(
    'contradicts a file whose rows are not those of its source, also where the log was changed to fit',
    async (context) => {
      const [lake, other] = [await makeLake(context), await makeLake(context)];
      const wrong = Array.from({ length: 30 }, (_, at) => record(at, { zero_gamma: 1 }));
      await lake.import([await put(lake.desk, name, records(30))]);
      await other.import([await put(other.desk, name, wrong)]);
      const path = 'parquet/gex/2025/10/SPX/gex_zero/snapshots.parquet';
      const bytes = await readFile(join(other.folder, path));
      await chmod(join(lake.folder, path), 0o644);
      await writeFile(join(lake.folder, path), bytes);
      const before_ = await prove(lake, path);
      assert.match(only(before_.proofs).why ?? '', /other bytes than the log says/);
      const checksum = createHash('sha256').update(bytes).digest('hex');
      await runOn(
        join(lake.folder, 'gex_history.db'),
        `UPDATE parquet_files SET checksum = '${checksum}', size_bytes = ${bytes.length}, content_hash = NULL WHERE path = '${path}'`,
      );
      const { ok, exitCode, proofs } = await prove(lake, path);
      assert.deepEqual([ok, exitCode, only(proofs).result], [false, 6, 'contradicted']);
      assert.match(only(proofs).why ?? '', /gives other rows/);
    },
  );

  long('makes repaired files again, too; of a whole lake only what was migrated is unproven', async () => {
    const lake = await copyOf(prepared.lake);
    const [live = ''] = prepared.plain.parquet_files;
    await rm(join(lake.folder, live));
    assert.equal((await lake.run(['repair', '--apply'])).exitCode, 0);
    const old = join(lake.desk, 'old_layout');
    await writeTree(old, 'flat', ['2025-11-05']);
    assert.equal((await lake.run(['migrate', old, '--apply'])).exitCode, 0);
    const kinds = new Map((await lake.jobs()).map(({ id, kind, target }) => [id, target?.kind ?? kind]));
    const { ok, proofs } = await prove(lake);
    assert.equal(ok, true);
    const results = new Set(proofs.map(({ result, job_id }) => `${kinds.get(job_id)} ${result}`));
    assert.deepEqual([...results].sort(), [
      'compaction bytes',
      'correction bytes',
      'import bytes',
      'migration unproven',
      'reparation bytes',
      'restoration bytes',
    ]);
  });

  long('a migrated file is unproven: what it came from is not kept', async (context) => {
    const lake = await makeLake(context);
    const old = join(lake.desk, 'old');
    await writeTree(old, 'flat', ['2025-10-22']);
    assert.equal((await lake.run(['migrate', old, '--apply'])).exitCode, 0);
    const { proofs } = await prove(lake);
    assert.ok(proofs.length > 0);
    for (const { result, why } of proofs) assert.deepEqual([result, why?.includes('was migrated')], ['unproven', true]);
  });

  long(
    'every file of a lake of the first release has the same bytes or the same rows',
    { skip: !hasArchive },
    async (context) => {
      const { desk } = await makeLake(context);
      execFileSync('tar', ['-xzf', archive, '-C', desk]);
      const { ok, proofs } = await prove(lakeAt(join(desk, 'lake'), desk));
      assert.equal(ok, true);
      assert.deepEqual(
        proofs.filter(({ result }) => result !== 'bytes' && result !== 'content'),
        [],
      );
    },
  );
});
