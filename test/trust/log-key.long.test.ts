import assert from 'node:assert/strict';
import { chmod, copyFile, cp, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { suite } from 'node:test';
import type { KeyReport, LogReport } from '../../src/app/app.ts';
import { openCheckpoint, parseVerifier } from '../../src/tlog/tlog.ts';
import { dayImported } from '../support/day-imported.ts';
import { errorOf, lakeAt, makeLake, type Lake, type Owner } from '../support/gexlake.ts';
import { put, records } from '../support/records.ts';
import { long } from '../support/shares.ts';

/** A lake whose keys lie beside it. */
async function livedIn(owner: Owner): Promise<{ lake: Lake; env: Record<string, string> }> {
  const { lake } = await dayImported(owner);
  return { lake, env: { XDG_CONFIG_HOME: join(lake.desk, 'config') } };
}

const codesOf = ({ problems }: LogReport) => problems.map(({ code }) => code);

suite('gexlake log key', () => {
  long('makes a key outside the data folder that signs checkpoints from then on', async (context) => {
    const { lake, env } = await livedIn(context);
    const made = await lake.json<KeyReport>(['log', 'key', 'new'], { env });
    const { key, file, origin } = made;
    assert.equal(file, join(lake.desk, 'config/gexlake/keys', String(origin)));
    assert.equal(((await stat(file)).mode & 0o777).toString(8), '600');
    assert.deepEqual(await lake.json(['log', 'key', 'show'], { env }), made);
    const checkpoint = join(lake.folder, 'log/checkpoint');
    const { size } = openCheckpoint(await readFile(checkpoint, 'utf8'), [parseVerifier(String(key))]);
    const report = await lake.json<LogReport>(['log', 'verify', '--key', String(key)], { env });
    assert.deepEqual([report.ok, report.entries, report.key, report.notes], [true, size, key, []]);
    assert.equal(errorOf(await lake.run(['log', 'key', 'new', '--json'], { env })).code, 'LOG_KEY_INVALID');

    const away = { XDG_CONFIG_HOME: join(lake.desk, 'elsewhere') };
    const source = await put(lake.desk, '2025-10-23_SPX_classic_gex_zero.json', records(20, 86_400));
    await lake.run(['enqueue', source], { env: away });
    assert.equal(openCheckpoint(await readFile(checkpoint, 'utf8'), [parseVerifier(String(key))]).size, size);
    const { ok, notes } = await lake.json<LogReport>(['log', 'verify'], { env: away });
    assert.deepEqual([ok, notes.map(({ code }) => code)], [true, ['CHECKPOINT_UNSIGNED']]);
  });

  long('names a checkpoint that another key has signed, or none where one was asked for', async (context) => {
    const { lake, env } = await livedIn(context);
    const { key } = await lake.json<KeyReport>(['log', 'key', 'new'], { env });
    const checkpoint = join(lake.folder, 'log/checkpoint');
    const text = await readFile(checkpoint, 'utf8');
    const other = await livedIn(context);
    const { key: stranger } = await other.lake.json<KeyReport>(['log', 'key', 'new'], { env: other.env });
    assert.deepEqual(codesOf(await lake.json(['log', 'verify', '--key', String(stranger)])), ['CHECKPOINT_UNTRUSTED']);
    await writeFile(
      checkpoint,
      text.replace(/(.{8})=*\n$/, (end) => end.replace(/^./, (is) => (is === 'A' ? 'B' : 'A'))),
    );
    assert.deepEqual(codesOf(await lake.json(['log', 'verify'])), ['CHECKPOINT_UNTRUSTED']);
    const file = join(lake.desk, 'key.pub');
    await writeFile(file, `${key}\n`);
    await writeFile(checkpoint, text.slice(0, text.indexOf('\n\n') + 1));
    assert.deepEqual(codesOf(await lake.json(['log', 'verify', '--key', file])), ['CHECKPOINT_UNTRUSTED']);
    await writeFile(file, 'no key');
    assert.equal(errorOf(await lake.run(['log', 'verify', '--key', file, '--json'])).code, 'LOG_KEY_INVALID');
  });

  long('hands over to another key, which those who trust the first one trust', async (context) => {
    const { lake, env } = await livedIn(context);
    const { key: first, file } = await lake.json<KeyReport>(['log', 'key', 'new'], { env });
    const older = join(lake.desk, 'older');
    await copyFile(join(lake.folder, 'log/checkpoint'), older);
    const private_ = await readFile(String(file));
    const { key: second, keys } = await lake.json<KeyReport>(['log', 'key', 'rotate'], { env });
    assert.deepEqual(
      keys.map(({ key, is_signed }) => [key, is_signed]),
      [
        [first, null],
        [second, true],
      ],
    );
    const found = await lake.json<LogReport>(['log', 'verify', '--key', String(first), '--checkpoint', older]);
    assert.deepEqual([found.ok, found.notes], [true, []]);
    // Killed between the entry and the file.
    await rename(String(file), `${file}.${String(second).split('+')[1]}.next`);
    await writeFile(String(file), private_, { mode: 0o600 });
    const { checkpoint } = await lake.json<LogReport>(['log', 'verify'], { env });
    assert.deepEqual(checkpoint?.signed_by, [String(second).split('+', 2).join('+')]);
    assert.equal((await lake.json<KeyReport>(['log', 'key', 'show'], { env })).is_here, true);
    const { key: third } = await lake.json<KeyReport>(['log', 'key', 'rotate'], { env });
    assert.equal((await lake.json<LogReport>(['log', 'verify', '--key', String(second)])).ok, true);
    assert.notEqual(third, second);
    assert.equal((await lake.json<LogReport>(['log', 'verify', '--key', String(first)])).ok, true);
  });

  long('signs with no key that the journal does not name, and keeps what was signed well', async (context) => {
    const { lake, env } = await livedIn(context);
    const copy = join(lake.desk, 'copy');
    await cp(lake.folder, copy, { recursive: true });
    const other = { GEXLAKE_LOG_KEY_FILE: join(lake.desk, 'other.key') };
    await lakeAt(copy, lake.desk).json(['log', 'key', 'new'], { env: other });
    // The journal names none yet.
    const source = await put(lake.desk, '2025-10-23_SPX_classic_gex_zero.json', records(20, 86_400));
    await lake.run(['enqueue', source], { env: other });
    assert.deepEqual((await lake.json<LogReport>(['log', 'verify'])).checkpoint?.signed_by, []);
    const { key } = await lake.json<KeyReport>(['log', 'key', 'new'], { env });
    const signed = await readFile(join(lake.folder, 'log/checkpoint'));
    const ran = await lake.run(['enqueue', source.replace('23_SPX', '24_SPX')], { env: other });
    assert.match(ran.stderr, /not signed: .*other\.key is not the key .*, which the journal names/);
    assert.deepEqual(await readFile(join(lake.folder, 'log/checkpoint')), signed);
    const anchored = await lake.run(['log', 'anchor', '--file', join(lake.desk, 'given'), '--json'], { env: other });
    assert.equal(errorOf(anchored).code, 'LOG_KEY_INVALID');
    assert.equal((await lake.json<LogReport>(['log', 'verify', '--key', String(key)])).ok, true);
  });

  long('keeps the keys of two copies of a folder apart, whichever is rotated', async (context) => {
    const { lake, env } = await livedIn(context);
    const { key: first } = await lake.json<KeyReport>(['log', 'key', 'new'], { env });
    const folder = join(lake.desk, 'copy');
    await cp(lake.folder, folder, { recursive: true });
    const copy = lakeAt(folder, lake.desk);
    const { key: ofCopy } = await copy.json<KeyReport>(['log', 'key', 'rotate'], { env });
    const shown = await lake.json<KeyReport>(['log', 'key', 'show'], { env });
    assert.deepEqual([shown.key, shown.is_here], [first, true]);
    const isSigned = async (one: Lake, at: number) => {
      const source = await put(lake.desk, `2025-10-${at}_SPX_classic_gex_zero.json`, records(20, (at - 22) * 86_400));
      assert.equal((await one.run(['enqueue', source], { env })).exitCode, 0);
      return (await one.json<LogReport>(['log', 'verify'], { env })).notes.length === 0;
    };
    assert.ok(await isSigned(lake, 23));
    const { key: second } = await lake.json<KeyReport>(['log', 'key', 'rotate'], { env });
    assert.notEqual(second, ofCopy);
    for (const one of [copy, lake]) assert.ok(await isSigned(one, 24));
    const missing = { XDG_CONFIG_HOME: join(lake.desk, 'nowhere') };
    const refused = errorOf(await lake.run(['log', 'key', 'new', '--json'], { env: missing }));
    assert.match(String(refused.hint), /log restart/);
  });

  long('names the file that has no key', async (context) => {
    const { lake } = await livedIn(context);
    const file = join(lake.desk, 'junk');
    await writeFile(file, 'junk', { mode: 0o600 });
    const tried = async (place: string) =>
      errorOf(await lake.run(['log', 'key', 'new', '--json'], { env: { GEXLAKE_LOG_KEY_FILE: place } })).message;
    assert.match(await tried(file), /the key file .*junk has no key: this is not a private key/);
    assert.match(await tried(lake.desk), /the key file .* is no file/);
    const given = errorOf(await lake.run(['log', 'verify', '--key', file, '--json']));
    assert.match(given.message, /junk: this is not a public key/);
  });

  long('uses no key that others can read, nor one in the data folder', async (context) => {
    const { lake, env } = await livedIn(context);
    const { file, key } = await lake.json<KeyReport>(['log', 'key', 'new'], { env });
    await chmod(String(file), 0o640);
    assert.equal(errorOf(await lake.run(['log', 'key', 'rotate', '--json'], { env })).code, 'LOG_KEY_INVALID');
    const source = await put(lake.desk, '2025-10-23_SPX_classic_gex_zero.json', records(20, 86_400));
    const ran = await lake.run(['enqueue', source], { env });
    assert.equal(ran.exitCode, 0);
    assert.match(ran.stderr, /not signed: .* mode 640: others can read it/);
    const inside = { GEXLAKE_LOG_KEY_FILE: join(lake.folder, 'key') };
    const other = await makeLake(context);
    const refused = await lake.run(['log', 'key', 'rotate', '--json'], { env: inside });
    assert.equal(errorOf(refused).code, 'LOG_KEY_INVALID');
    const named = { GEXLAKE_LOG_KEY_FILE: join(other.desk, 'key') };
    const { file: place } = await other.json<KeyReport>(['log', 'key', 'new'], { env: named });
    assert.equal(place, named.GEXLAKE_LOG_KEY_FILE);
    assert.ok(!JSON.stringify(await lake.json(['log', 'key', 'show'])).includes('PRIVATE'));
    assert.ok(key !== null);
  });
});
