import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, relative } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { dataFolder } from '../../src/core/data-folder.ts';
import { limits } from '../../src/core/limits.ts';
import type { SourceFlags } from '../../src/core/names.ts';
import { requestedSources } from '../../src/source/source.ts';
import { gzipped, put, records } from '../support/records.ts';
import { zipOf } from '../support/zip.ts';

const name = '2025-10-22_SPX_classic_gex_zero.json';
const other = '2025-10-23_SPX_classic_gex_zero.json';

let folder = '';
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gexlake-given-'));
});
after(() => rm(folder, { recursive: true, force: true }));

async function ask(given: readonly string[], flags: SourceFlags = {}, mayBeMissing = false) {
  const { sources, leftOut } = await requestedSources(given, flags, {
    limits,
    folder: dataFolder(join(folder, 'data')),
    mayBeMissing,
  });
  return {
    found: sources.filter(({ error }) => error === null).map(({ source }) => relative(folder, source)),
    refused: sources.flatMap(({ error }) => (error === null ? [] : [error])),
    leftOut: leftOut.map((path) => relative(folder, path)),
  };
}

suite('what people give as sources', () => {
  test('a folder is every history file below it, by day, without what only lies beside', async () => {
    const root = join(folder, 'downloads');
    await put(root, `b/${name}`, records(2));
    await put(root, `a/${other}.gz`, gzipped(records(2)));
    await put(root, 'a/2025-10-22_NQ_NDX_classic_gex_zero.json.zst', '{}');
    await put(root, 'notes.txt', 'x');
    await put(root, 'package.json', '{}');
    await put(root, '.DS_Store', 'x');
    await put(root, `._${name}`, 'x');
    await mkdir(join(root, `folder-${name}`));
    const asked = await ask([root]);
    assert.deepEqual(asked.found, [
      'downloads/a/2025-10-22_NQ_NDX_classic_gex_zero.json.zst',
      `downloads/b/${name}`,
      `downloads/a/${other}.gz`,
    ]);
    assert.deepEqual(asked.leftOut, ['downloads/notes.txt', 'downloads/package.json']);
    assert.deepEqual(asked.refused, []);
  });

  test('the current folder is no part of a pattern', async (context) => {
    for (const day of ['day[7]', 'day7']) await put(folder, `${day}/in/${name}`, records(2));
    const before = process.cwd();
    context.after(() => process.chdir(before));
    process.chdir(join(folder, 'day[7]'));
    assert.deepEqual((await ask(['*/*.json'])).found, [`day[7]/in/${name}`]);
  });

  test('the data folder is never its own source', async () => {
    const root = join(folder, 'around');
    await put(root, name, records(2));
    await put(root, `data/source/gexbot/${other}`, records(2));
    const { sources } = await requestedSources(
      [root],
      {},
      { limits, folder: dataFolder(join(root, 'data')), mayBeMissing: false },
    );
    assert.deepEqual(
      sources.map(({ source }) => relative(root, source)),
      [name],
    );
  });

  test('a path is taken as it is written before it is taken as a pattern', async () => {
    const root = join(folder, 'day[1]');
    await put(root, name, records(2));
    await put(join(folder, 'day1'), name, records(2));
    assert.deepEqual((await ask([join(root, name)])).found, [`day[1]/${name}`]);
    assert.deepEqual((await ask([root])).found, [`day[1]/${name}`]);
    assert.deepEqual((await ask([join(folder, 'day*', '*.json')])).found, [`day1/${name}`, `day[1]/${name}`]);
    const [error] = (await ask([join(folder, 'nowhere', '*.json')])).refused;
    assert.equal(error?.code, 'SOURCE_NOT_FOUND');
    assert.match(error.message, /no file matches the pattern .*nowhere/);
  });

  test('a link to a file is a file, a link to a folder is not gone into', async () => {
    const root = join(folder, 'links');
    await put(join(folder, 'elsewhere'), name, records(2));
    await mkdir(root);
    await symlink(join(folder, 'elsewhere'), join(root, 'linked'));
    await symlink(join(folder, 'elsewhere', name), join(root, other));
    assert.deepEqual((await ask([root])).found, [`links/${other}`]);
  });

  test('a folder without files says what lies in it instead', async () => {
    const root = join(folder, 'special');
    await mkdir(root);
    const said = async () => (await ask([root])).refused.map(({ message, hint }) => `${message} ${hint}`).join();
    assert.match(await said(), /it is empty/);
    execFileSync('sh', ['-c', 'mkfifo "$@"', 'sh', join(root, name), join(root, other)]);
    await symlink('nowhere', join(root, `x-${name}`));
    assert.match(await said(), /what is there is 2 named pipes, 1 broken link Only regular files are read/);
    assert.match(
      (await ask([join(root, '20*.json')])).refused[0]?.message ?? '',
      /no file matches, only 2 named pipes,/,
    );
    const hidden = join(folder, 'hidden');
    await put(hidden, '.DS_Store', 'x');
    await mkdir(join(hidden, 'a'));
    assert.match((await ask([hidden])).refused[0]?.message ?? '', /what is there is 1 hidden file, 1 folder$/);
    await put(folder, `data/source/gexbot/${name}`, records(2));
    const own = (await ask([join(folder, 'data')])).refused[0];
    assert.match(own?.message ?? '', /1 file of the data folder, \d folders?$/);
    await rm(join(folder, 'data'), { recursive: true });
  });

  test('an archive is every history file in it', async () => {
    const path = join(folder, 'eod_report_SPX_2025-10-22.zip');
    await writeFile(
      path,
      await zipOf({
        'SPX/state/gamma_zero/2025-10-22_SPX_state_gamma_zero.json.gz': gzipped([]),
        [`SPX/classic/gex_zero/${name}.gz`]: gzipped(records(2)),
        'README.txt': 'x',
        '__MACOSX/x.json': 'x',
      }),
    );
    const asked = await ask([path]);
    assert.deepEqual(asked.found, [
      `eod_report_SPX_2025-10-22.zip!/SPX/classic/gex_zero/${name}.gz`,
      'eod_report_SPX_2025-10-22.zip!/SPX/state/gamma_zero/2025-10-22_SPX_state_gamma_zero.json.gz',
    ]);
    assert.deepEqual(asked.leftOut, ['eod_report_SPX_2025-10-22.zip!/README.txt']);
  });

  test('members that cannot be read are told before there is a job, and keep no other from being one', async () => {
    const path = join(folder, 'odd.zip');
    const packed = await zipOf({ [name]: '[]', [other]: '[]', 'a/2025-10-24_SPX_classic_gex_zero.json': '[]' });
    // the method of the second, in the archive's directory and before its bytes
    for (const [mark, offset] of [
      ['PK\u0003\u0004', -30 + 8],
      ['PK\u0001\u0002', -46 + 10],
    ] as const)
      for (let at = packed.indexOf(other); at !== -1; at = packed.indexOf(other, at + 1))
        if (packed.toString('latin1', at + (mark.endsWith('\u0004') ? -30 : -46)).startsWith(mark))
          packed[at + offset] = 12;
    await writeFile(path, packed);
    const asked = await ask([path]);
    assert.deepEqual(asked.found, [`odd.zip!/${name}`, 'odd.zip!/a/2025-10-24_SPX_classic_gex_zero.json']);
    assert.match(asked.refused[0]?.message ?? '', /packed by method 12/);
    const outer = join(folder, 'outer.zip');
    await writeFile(outer, await zipOf({ 'eod_report_SPX_2025-10-22.zip': packed }));
    assert.match((await ask([outer])).refused[0]?.message ?? '', /holds another archive, eod_report/);
  });

  test('an archive with something before it is read where its places are right, and told else', async () => {
    const packed = await zipOf({ [name]: '[]' });
    const program = Buffer.from(`#!/bin/sh\n${'x'.repeat(70_000)}\n`);
    for (const called of ['prefixed.zip', 'prefixed.exe']) {
      const [error] = (await ask([await put(folder, called, Buffer.concat([program, packed]))])).refused;
      assert.equal(error?.code, 'ZIP_UNREADABLE');
      assert.match(error.message, /has 70011 bytes of something else before it/);
      assert.match(error.hint ?? '', /[Uu]npack it/);
    }
    // The places in the directory's end and in the entry's head, as `zip -A` makes them right.
    const moved = Buffer.concat([program, packed]);
    const end = moved.lastIndexOf('PK\u0005\u0006', -1, 'latin1');
    const entry = moved.lastIndexOf('PK\u0001\u0002', -1, 'latin1');
    for (const at of [end + 16, entry + 42]) moved.writeUInt32LE(moved.readUInt32LE(at) + program.byteLength, at);
    assert.deepEqual((await ask([await put(folder, 'moved.zip', moved)])).found, [`moved.zip!/${name}`]);
    assert.match(
      (await ask([await put(folder, 'moved.exe', moved)])).refused[0]?.message ?? '',
      /is a zip archive, and its name does not end in \.zip/,
    );
    for (const [bytes, says] of [
      [Buffer.alloc(0), /is empty/],
      [Buffer.from('\n<html></html>'), /is a page \(HTML or XML\), not the zip archive/],
      [Buffer.from('404 not found'), /is not a whole zip archive/],
    ] as const)
      assert.match((await ask([await put(folder, 'none.zip', bytes)])).refused[0]?.message ?? '', says);
  });

  test('an archive under another name is told to be one', async () => {
    const path = await put(folder, 'zipped/2025-10-22_SPX_classic_gex_zero.json', await zipOf({ [name]: '[]' }));
    const [error] = (await ask([path])).refused;
    assert.equal(error?.code, 'SOURCE_FORMAT');
    assert.match(error.message, /is a zip archive, and its name does not end in \.zip/);
    await rename(path, `${path}.zip`);
    assert.deepEqual((await ask([`${path}.zip`])).found, [`zipped/${basename(path)}.zip!/${name}`]);
  });

  test('options for many files may say what the names do not, and nothing else', async () => {
    const root = join(folder, 'many');
    await put(root, `2025-10-22/x.json`, records(2));
    assert.deepEqual((await ask([root], { ticker: 'SPX', endpoint: 'zero' })).found, ['many/2025-10-22/x.json']);
    await put(root, name, records(2));
    const asked = await ask([root], { ticker: 'NDX', endpoint: 'zero' });
    assert.deepEqual(asked.found, ['many/2025-10-22/x.json']);
    assert.deepEqual(
      asked.refused.map(({ code }) => code),
      ['SOURCE_OPTIONS'],
    );
    const single = await ask([join(root, name)], { ticker: 'NDX' });
    assert.deepEqual(single.found, [`many/${name}`]);
  });

  test('a folder in which no name says anything is told so', async () => {
    await put(join(folder, 'silent'), 'a.json', '[]');
    const asked = await ask([join(folder, 'silent')]);
    assert.deepEqual([asked.found, asked.refused.map(({ code }) => code)], [[], ['SOURCE_UNIDENTIFIED']]);
    const [empty] = (await ask([join(folder, 'links', 'linked', '..', 'links')])).refused;
    assert.equal(empty?.code, 'SOURCE_NOT_FOUND');
  });

  test('a job that only waits may name a file that is still to come', async () => {
    const path = join(folder, 'later', name);
    assert.deepEqual(
      (await ask([path])).refused.map(({ code }) => code),
      ['SOURCE_NOT_FOUND'],
    );
    assert.deepEqual((await ask([path], {}, true)).found, [`later/${name}`]);
    const windows = await ask([String.raw`C:\x\2025-10-22_SPX_classic_gex_zero.json`], {}, true);
    assert.deepEqual(
      windows.refused.map(({ code }) => code),
      ['SOURCE_NOT_FOUND'],
    );
  });
});

const utf16 = Buffer.from(`\uFEFF${JSON.stringify(records(2))}`, 'utf16le');
const link = '{"url":"https://nfagexbotresearch.blob.core.windows.net/x.json.gz?sv=1&sig=SECRET"}';

/** What is no history: its bytes, and the words for it. */
const foreign: Readonly<Record<string, { readonly bytes: Buffer; readonly says: RegExp; readonly hint: RegExp }>> = {
  Parquet: { bytes: Buffer.from('PAR1xxxxPAR1'), says: /is a Parquet file/, hint: /gexlake migrate/ },
  tar: { bytes: tar(), says: /is a tar archive/, hint: /[Uu]npack/ },
  'tar in gzip': { bytes: gzipSync(tar()), says: /is a tar archive packed with gzip/, hint: /[Uu]npack/ },
  'UTF-16': { bytes: utf16, says: /is text in UTF-16/, hint: /iconv -f UTF-16/ },
  'UTF-16, big end first, no mark': { bytes: utf16.subarray(2).swap16(), says: /is text in UTF-16/, hint: /iconv/ },
  xz: { bytes: Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]), says: /is packed with xz/, hint: /unxz/ },
  'the answer with the link': {
    bytes: Buffer.from(link),
    says: /API's answer with the link/,
    hint: /gexlake import '<url>'/,
  },
  'the answer with the link in gzip': { bytes: gzipSync(link), says: /answer with the link/, hint: /gexlake import/ },
};

function tar(): Buffer {
  const place = join(tmpdir(), `gexlake-tar-${process.pid}`);
  return execFileSync('sh', [
    '-c',
    `mkdir -p ${place} && echo x > ${place}/x && tar -C ${place} -c x && rm -r ${place}`,
  ]);
}

suite('what is no history is told as what it is, before there is a job', () => {
  for (const [what, { bytes, says, hint }] of Object.entries(foreign)) {
    test(what, async () => {
      const path = await put(join(folder, what), name, bytes);
      const [error] = (await ask([path])).refused;
      assert.equal(error?.code, 'SOURCE_FORMAT');
      assert.match(error.message, says);
      assert.match(error.hint ?? '', hint);
      assert.doesNotMatch(error.message + error.hint, /SECRET/);
    });
  }

  for (const [what, given, says, hint] of [
    [
      'a Windows path',
      String.raw`C:\Users\me\2025-10-22_SPX_classic_gex_zero.json`,
      /is a Windows path/,
      /\/mnt\/c\/Users\/me\//,
    ],
    ['a Windows share', String.raw`\\nas\gex\x.json`, /Windows network path/, /[Mm]ount/],
    ['a URL without a scheme', `hist.gex.bot/${name}?sv=1&sig=SECRET`, /there is no file hist\.gex\.bot/, /https:\/\//],
    [
      'an address of the API',
      'https://api.gex.bot/v2/hist/SPX/classic/gex_zero/2025-10-22?noredirect',
      /address of GEXBot's API/,
      /gexbot:hist/,
    ],
    ['a device', '/dev/null', /not a regular file/, /-/],
  ] as const) {
    test(what, async () => {
      const [error] = (await ask([given])).refused;
      assert.match(error?.message ?? '', says);
      assert.match(error?.hint ?? '', hint);
      assert.doesNotMatch(JSON.stringify(error?.report()), /SECRET/);
    });
  }
});
