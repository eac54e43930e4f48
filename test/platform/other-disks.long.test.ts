import assert from 'node:assert/strict';
import { lstat, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, suite, test } from 'node:test';
import { ownIdentity } from '../../src/platform/processes.ts';
import { copyNew, isPartName } from '../../src/platform/without-links.ts';
import type { DoctorReport, VerifyReport } from '../../src/app/app.ts';
import type { ImportResult } from '../../src/core/job.ts';
import { errorOf, makeLake, only } from '../support/gexlake.ts';
import { name, put, record, records } from '../support/records.ts';
import { cannotPretend, on, type otherDisks } from '../support/other-disk.ts';
import { cannotMount, makeSmallDisk } from '../support/small-disk.ts';

type Noted = ImportResult & { readonly notes: readonly { readonly code: string; readonly message: string }[] };
type Disk = keyof typeof otherDisks;

const folder = 'parquet/gex/2025/10/SPX/gex_zero';
const reason = ['--reason', 'test'];

/** What each disk is said to lack when something is imported, and when the folder is verified. */
const lacks: Readonly<Partial<Record<Disk, readonly string[]>>> = {
  'exFAT (link: EPERM)': ['DISK_NO_LINKS'],
  'SMB (link: ENOTSUP, fsync of a folder: EINVAL)': ['DISK_NO_LINKS'],
  'a disk with few links (link: EMLINK)': ['DISK_NO_LINKS'],
  'a Windows disk in WSL (chmod: EPERM)': ['DISK_NO_MODES'],
  'a share (chmod: ENOTSUP, link: ENOTSUP)': ['DISK_NO_LINKS', 'DISK_NO_MODES'],
  'a disk on which chmod does nothing': ['DISK_NO_MODES'],
  'a disk that syncs no folders (ENOTSUP)': [],
};

/** The disk that lacks most sees every command, the others an import only. */
const thorough: Disk = 'a share (chmod: ENOTSUP, link: ENOTSUP)';

suite('disks of other kinds', { skip: cannotPretend }, () => {
  for (const [disk, codes] of Object.entries(lacks) as [Disk, readonly string[]][]) {
    test(`${disk}: all works, and what is missing is said with the mount`, async (context) => {
      const lake = await makeLake(context);
      const env = on(disk);
      const run = async (...args: readonly string[]) => {
        const ran = await lake.run(args, { env });
        assert.equal(ran.exitCode, 0, `${args.join(' ')}: ${ran.stderr}`);
        return ran;
      };
      const day = await put(lake.desk, name, [record(-86_400), ...records(20)]);
      const first = only((await lake.import([day], { env })) as Noted[]);
      assert.equal(first.status, 'completed');
      assert.deepEqual(
        first.notes.map(({ code }) => code),
        codes,
      );
      for (const { message } of first.notes) assert.match(message, /mounted at \//);
      if (disk === thorough) {
        await run('import', await put(lake.desk, `longer/${name}`, [record(-86_400), ...records(40)]));
        const right = [...records(7), record(7, { zero_gamma: 1.5 }), ...records(32, 8)];
        await run('correct', first.job_id, await put(lake.desk, `right/${name}`, right), ...reason);
        await run('compact', folder, ...reason);
        await run('restore-file', `${folder}/strikes.parquet`, ...reason);
        await run('reconcile', '--month', '2025-10');
        const archived = await lake.run(['prune', '--apply'], { env: { ...env, GEXLAKE_STAGED_DAYS: '0' } });
        assert.equal(archived.exitCode, 0, archived.stderr);
        await run('backup', '--apply');
        await run('enqueue', await put(lake.desk, `later/${name}`, records(10)));
        const [snapshot = ''] = await readdir(join(lake.folder, 'backups'));
        await run('restore', snapshot, '--apply');
      }

      const { problems, notes } = await lake.json<VerifyReport>(['verify', '--deep'], { env });
      assert.equal(
        notes.filter(({ code }) => code === 'DISK_NO_MODES').length,
        codes.includes('DISK_NO_MODES') ? 1 : 0,
      );
      assert.deepEqual(problems, []);
      const seconds = disk === thorough ? 40 : 20;
      assert.deepEqual(await lake.query('SELECT count(*)::INTEGER AS seconds FROM snapshots'), [{ seconds }]);
      if (disk === thorough) assert.deepEqual((await lake.json<{ plan: unknown[] }>(['repair'], { env })).plan, []);
      const names = await readdir(lake.folder, { recursive: true });
      assert.deepEqual(
        names.filter((path) => path.includes('.gexlake-')),
        [],
      );
    });
  }

  test('a disk that syncs nothing publishes nothing, and doctor says why', async (context) => {
    const lake = await makeLake(context);
    const env = on('a disk that syncs nothing (EINVAL)');
    const ran = await lake.run(['import', await put(lake.desk, name, records(20)), '--json'], { env });
    assert.equal(ran.exitCode, 1);
    assert.deepEqual(await lake.files('parquet'), []);
    const report = await lake.json<DoctorReport>(['doctor'], { env });
    assert.deepEqual([report.ok, report.disk.file_sync, report.disk.folder_sync], [false, false, false]);
  });

  test('doctor says what a disk can do, and makes no folder', async (context) => {
    const lake = await makeLake(context);
    const plain = await lake.json<DoctorReport>(['doctor']);
    const { links, modes, replaces, file_sync, locks, writable } = plain.disk;
    assert.deepEqual(
      [plain.ok, plain.exists, links, modes, replaces, file_sync, locks, writable],
      [true, false, true, true, true, true, true, true],
    );
    await assert.rejects(lstat(lake.folder), { code: 'ENOENT' });
    const share = await lake.json<DoctorReport>(['doctor'], { env: on('a share (chmod: ENOTSUP, link: ENOTSUP)') });
    assert.deepEqual([share.ok, share.disk.links, share.disk.modes], [true, false, false]);
    assert.deepEqual(await readdir(join(lake.folder, '..')), [lake.desk.split('/').at(-1)]);
  });
});

test(
  'a read-only disk is called that, with its mount, before anything is done',
  { skip: cannotMount },
  async (context) => {
    const disk = makeSmallDisk(context);
    const lake = await makeLake(context, disk.path);
    const { desk } = await makeLake(context);
    const day = await put(desk, name, records(20));
    await lake.import([day]);
    disk.readOnly(true);
    for (const args of [['import', day], ['run']]) {
      const error = errorOf(await lake.run([...args, '--json'], { cwd: desk }));
      assert.equal(error.code, 'FOLDER_NOT_WRITABLE');
      assert.match(error.message, /file system is read-only, on tmpfs, read-only, mounted at /);
    }
    const report = await lake.json<DoctorReport>(['doctor'], { cwd: desk });
    assert.deepEqual([report.ok, report.disk.writable, report.disk.links], [false, false, null]);
    const verified = await lake.run(['verify'], { cwd: desk });
    assert.equal(verified.exitCode, 0, verified.stderr);
    disk.readOnly(false);
  },
);

suite('a name without links', () => {
  const made = mkdtemp(join(tmpdir(), 'gexlake-names-'));
  after(async () => rm(await made, { recursive: true, force: true }));

  test('goes to exactly one of many who want it at once, whole, and nothing is left behind', async () => {
    const root = await made;
    for (let round = 0; round < 10; round++) {
      const target = join(root, `target ${round}`);
      const wanted = await Promise.all(
        Array.from({ length: 8 }, async (_, at) => {
          const from = join(root, `from ${round} ${at}`);
          await writeFile(from, String(at).repeat(100_000));
          return from;
        }),
      );
      const done = await Promise.allSettled(wanted.map((from) => copyNew(from, target)));
      const winners = done.flatMap(({ status }, at) => (status === 'fulfilled' ? [at] : []));
      assert.equal(winners.length, 1);
      assert.equal(await readFile(target, 'utf8'), String(winners[0]).repeat(100_000));
      for (const one of done)
        if (one.status === 'rejected') assert.equal((one.reason as NodeJS.ErrnoException).code, 'EEXIST');
    }
    assert.deepEqual((await readdir(root)).filter(isPartName), []);
  });

  test('is not kept from anybody by what a killed process has left', async () => {
    const root = join(await made, 'killed');
    await mkdir(root);
    await writeFile(join(root, 'from'), 'whole');
    await copyNew(join(root, 'from'), join(root, 'first'));
    // The announcement of a process that is gone, for the very name.
    const { createHash } = await import('node:crypto');
    const start = createHash('sha256').update('second').digest('hex').slice(0, 12);
    const gone = ownIdentity()
      .replace(/:\d+:\d+:/, ':2147483646:1:')
      .replaceAll(':', '%');
    const left = `.${start},${gone},0.gexlake-part`;
    await writeFile(join(root, left), 'ha');
    await copyNew(join(root, 'from'), join(root, 'second'));
    assert.deepEqual((await readdir(root)).sort(), ['first', 'from', 'second']);
  });
});
