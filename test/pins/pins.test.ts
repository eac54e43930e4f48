import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { chmod, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { suite } from 'node:test';
import { errorOf, makeLake, only, outside, type Lake, type Owner } from '../support/gexlake.ts';
import { cannotPretend, on } from '../support/other-disk.ts';
import { name, put, records } from '../support/records.ts';
import { long, test } from '../support/shares.ts';

type Pinned = {
  readonly applied: boolean;
  readonly plan: readonly { readonly bytes: number }[];
  readonly pin_id: string;
};
type Verified = {
  readonly ok: boolean;
  readonly problems: readonly { readonly path: string; readonly message: string }[];
};

const folder = 'gex/2025/10/SPX/gex_zero';

/** A lake with 60 seconds, which a correction has replaced by 50, and the time in between. */
async function corrected(owner: Owner): Promise<{ readonly lake: Lake; readonly before: string }> {
  const lake = await makeLake(owner);
  const job = only(await lake.import([await put(lake.desk, name, records(60))]));
  const before = only(await lake.query('SELECT max(committed_at) AS at FROM parquet_files'))['at'];
  const right = await put(join(lake.desk, 'right'), name, records(50));
  assert.equal((await lake.run(['correct', job.job_id, right, '--reason', 'wrong'])).exitCode, 0);
  return { lake, before: new Date(`${String(before).replace(' ', 'T')}Z`).toISOString() };
}

async function rowsOfPin(lake: Lake, pin: string): Promise<unknown> {
  const files = join(lake.folder, 'pins', pin, 'parquet', folder, 'snapshots*.parquet');
  const ran = await lake.json<{ n: number }[]>([
    'query',
    `SELECT count(*) AS n FROM '${files}'`,
    '--read',
    join(lake.folder, 'pins'),
  ]);
  return ran[0]?.n;
}

suite('a pin', () => {
  test('has what counted at its time, read-only and without a copy, under an id that is the SHA-256 of its manifest', async (context) => {
    const { lake, before } = await corrected(context);
    const pinned = await lake.json<Pinned>(['pin', 'paper', '--as-of', before]);
    assert.deepEqual([pinned.applied, pinned.plan.map(({ bytes }) => bytes)], [true, [0, 0]]);
    const manifest = await readFile(join(lake.folder, 'pins/paper/manifest.json'));
    assert.equal(createHash('sha256').update(manifest).digest('hex'), pinned.pin_id);
    const tree = await lake.tree('pins');
    const archived = new Set([...(await lake.tree('archive')).values()].map((facts) => facts.split(' ')[1]));
    for (const [path, facts] of tree) {
      const [mode, inode] = facts.split(' ');
      assert.equal(mode, '444', path);
      if (path.endsWith('.parquet')) assert.ok(archived.has(inode), `${path} is a copy`);
    }
    assert.equal(await rowsOfPin(lake, 'paper'), 60);
    assert.equal(only(await lake.query('SELECT count(*) AS n FROM snapshots'))['n'], 50);
    assert.equal((await lake.run(['verify'])).exitCode, 0, 'it is nothing that no job explains');
  });

  long('is made once: again it is unchanged, and its name is nobody else’s', async (context) => {
    const { lake, before } = await corrected(context);
    const first = await lake.json<Pinned>(['pin', 'paper', '--as-of', before]);
    const tree = await lake.tree('pins');
    const again = await lake.json<Pinned>(['pin', 'paper', '--as-of', before]);
    assert.deepEqual([again.applied, again.plan, again.pin_id], [false, [], first.pin_id]);
    for (const words of [
      ['list', '--as-of', before],
      ['verify', '--ticker', 'SPX'],
      ['list', '--apply'],
    ])
      assert.equal(errorOf(await lake.run(['pin', ...words, '--json'])).code, 'USAGE', words.join(' '));
    const other = await lake.run(['pin', 'paper', '--as-of', new Date().toISOString(), '--json']);
    assert.equal(errorOf(other).code, 'FILE_EXISTS');
    assert.deepEqual(await lake.tree('pins'), tree);
    const listed = await lake.json<
      readonly { readonly name: string; readonly files: number; readonly pin_id: string }[]
    >(['pin', 'list']);
    assert.deepEqual(
      listed.map(({ name: pin, files, pin_id }) => [pin, files, pin_id]),
      [['paper', 2, first.pin_id]],
    );
  });

  long(
    'of a ticker that has nothing, of a time that is not known, and of a name that is none is refused; nothing is made',
    async (context) => {
      const { lake, before } = await corrected(context);
      const codes: string[] = [];
      for (const words of [
        ['a', '--as-of', before, '--ticker', 'NDX'],
        ['a', '--as-of', '2999-01-01T00:00:00Z'],
        ['../a', '--as-of', before],
        ['a'],
      ])
        codes.push(errorOf(await lake.run(['pin', ...words, '--json'])).code);
      assert.deepEqual(codes, ['PIN_INVALID', 'AS_OF_UNKNOWN', 'PIN_INVALID', 'USAGE']);
      assert.deepEqual(await lake.files('pins'), []);
    },
  );

  long('names every file of its that is gone, has other bytes, or is none of its own', async (context) => {
    const { lake, before } = await corrected(context);
    await lake.run(['pin', 'paper', '--as-of', before]);
    await lake.run(['pin', 'whole', '--as-of', before]);
    assert.equal((await lake.run(['pin', 'verify'])).exitCode, 0);
    const pinned = join(lake.folder, 'pins/paper/parquet', folder);
    await rm(join(pinned, 'snapshots.parquet'));
    const bytes = await readFile(join(pinned, 'strikes.parquet'));
    await rm(join(pinned, 'strikes.parquet'));
    await writeFile(join(pinned, 'strikes.parquet'), bytes.fill(0, 100, 101));
    await writeFile(join(pinned, 'more.parquet'), bytes);
    const again = errorOf(await lake.run(['pin', 'paper', '--as-of', before, '--json']));
    assert.equal(again.code, 'PIN_INVALID');
    assert.match(
      again.message,
      /is there already, and damaged: pins\/paper\/parquet\S+snapshots.parquet is gone, and 2 more/,
    );
    assert.match(again.hint ?? '', /Move pins\/paper out .*gexlake pin paper --as-of /);
    const ran = await lake.run(['pin', 'verify', '--json']);
    const { ok, problems } = JSON.parse(ran.stdout) as Verified;
    assert.deepEqual([ran.exitCode, ok], [6, false]);
    const told = problems.map(({ path, message }) => message.replace(path, path.replace(/^.*\//, '')));
    assert.deepEqual(told.sort(), [
      'more.parquet is not in the manifest',
      'snapshots.parquet is gone',
      'strikes.parquet has other bytes',
    ]);
    assert.equal((await lake.run(['pin', 'verify', 'whole'])).exitCode, 0);
    const manifest = join(lake.folder, 'pins/whole/manifest.json');
    await chmod(manifest, 0o644);
    await writeFile(manifest, (await readFile(manifest, 'utf8')).replace('"rows": 60', '"rows": 61 '));
    const edited = await lake.json<Verified>(['pin', 'verify', 'whole']);
    assert.deepEqual(
      edited.problems.map(({ path }) => path),
      ['pins/whole/manifest.json'],
    );
  });

  long('that was killed while it was made is not there; made again it is whole', async (context) => {
    const { lake, before } = await corrected(context);
    for (const step of ['pin:link#1', 'pin:link#2', 'pin:write#1', 'pin:link#3', 'pin:sync-folder#1']) {
      const killed = await lake.spawn(['pin', 'paper', '--as-of', before], { env: { GEXLAKE_FAULT: `kill@${step}` } });
      assert.equal(killed.exitCode, null, `${step}: ${killed.stderr}`);
      assert.deepEqual(
        (await lake.files('pins')).filter((path) => !path.startsWith('paper/')),
        [],
        step,
      );
      assert.ok([0, 3].includes((await lake.files('pins')).length), step);
    }
    assert.equal((await lake.run(['pin', 'paper', '--as-of', before])).exitCode, 0);
    assert.equal((await lake.run(['pin', 'verify'])).exitCode, 0);
  });

  long(
    'is a copy where the disk has no links, and only once its bytes were seen',
    { skip: cannotPretend },
    async (context) => {
      const { lake, before } = await corrected(context);
      const env = on('exFAT (link: EPERM)');
      const elsewhere = outside(lake);
      const planned = await lake.spawnJson<Pinned>(['pin', 'paper', '--as-of', before], { env });
      assert.equal(planned.applied, false);
      assert.ok(planned.plan.every(({ bytes }) => bytes > 0));
      assert.deepEqual(await lake.files('pins'), []);
      const done = await lake.spawnJson<Pinned>(['pin', 'paper', '--as-of', before, '--apply'], { env });
      assert.deepEqual([done.applied, done.pin_id], [true, planned.pin_id]);
      assert.equal((await elsewhere.run(['pin', 'verify'])).exitCode, 0);
    },
  );
});
