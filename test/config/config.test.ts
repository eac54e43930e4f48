import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, suite, test } from 'node:test';
import { dataFolder } from '../../src/core/data-folder.ts';
import { readConfig } from '../../src/config/config.ts';
import { GexlakeError } from '../../src/core/errors.ts';
import { errorOf, makeLake } from '../support/gexlake.ts';
import { put } from '../support/records.ts';

type Shown = {
  readonly setting: string;
  readonly value: unknown;
  readonly origin: string;
  readonly environment: string;
};

test('config show tells every setting and where it is from: flag over environment over file over default', async (context) => {
  const lake = await makeLake(context);
  await put(
    lake.desk,
    'gexlake.toml',
    'memory_mb = 300\nthreads = 3\nsource_allow = ["a.example", "http://127.0.0.1:9"]\n',
  );
  const env = {
    GEXLAKE_THREADS: '2',
    GEXLAKE_DATA_DIR: '/nowhere',
    GEXLAKE_RAW_DAYS: '',
    GEXLAKE_PROXY: 'http://me:SECRET@proxy.example:3128',
  };
  const rows = await lake.json<Shown[]>(['config', 'show'], { env });
  const found = new Map(rows.map(({ setting, value, origin }) => [setting, [value, origin]]));
  assert.deepEqual(found.get('data_dir'), [lake.folder, 'flag']);
  assert.deepEqual(found.get('threads'), [2, 'environment']);
  assert.deepEqual(found.get('memory_mb'), [300, 'gexlake.toml']);
  assert.deepEqual(found.get('source_allow'), [['a.example', 'http://127.0.0.1:9'], 'gexlake.toml']);
  assert.deepEqual(found.get('raw_days'), [0, 'default']);
  assert.deepEqual(found.get('proxy'), ['http://…@proxy.example:3128/', 'environment']);
  assert.deepEqual(found.get('port'), [8877, 'default']);
  assert.deepEqual(found.get('host'), ['127.0.0.1', 'default']);
  assert.deepEqual(found.get('staged_days'), [14, 'default']);
  assert.deepEqual(found.get('limits'), [{}, 'default']);
  for (const { setting, environment } of rows) assert.equal(environment, `GEXLAKE_${setting.toUpperCase()}`);
  const table = await lake.run(['config', 'show'], { env });
  assert.match(table.stdout, /^SETTING +VALUE +FROM +ENVIRONMENT\n/);
  assert.match(table.stdout, /threads +2 +environment +GEXLAKE_THREADS/);
});

test('a proxy is shown without its secrets, and is an address', async () => {
  const { settings, origins } = await readConfig({}, { GEXLAKE_PROXY: 'http://me:SECRET@proxy.example:3128' });
  assert.deepEqual([settings.proxy, origins.proxy], ['http://me:SECRET@proxy.example:3128/', 'environment']);
  for (const wrong of [
    'proxy.example:3128',
    'socks5://SECRET@a',
    'http://a/path',
    'http://SECRET%zz@a',
    'http://a?SECRET',
  ])
    await assert.rejects(readConfig({}, { GEXLAKE_PROXY: wrong }), (error: GexlakeError) => {
      assert.doesNotMatch(error.message, /SECRET/);
      return error.code === 'CONFIG_INVALID';
    });
});

test('a setting that is wrong ends every command with its name, and exit code 2', async (context) => {
  const lake = await makeLake(context);
  const ran = await lake.run(['jobs', '--json'], { env: { GEXLAKE_THREADS: 'many' } });
  assert.equal(ran.exitCode, 2);
  const { code, message, hint } = errorOf(ran);
  assert.equal(code, 'CONFIG_INVALID');
  assert.equal(message, 'GEXLAKE_THREADS (environment) is "many", expected a whole number from 1 to 1024');
  assert.match(hint ?? '', /config show/);
});

test('the data folder is ./data, or what the environment says', async (context) => {
  const lake = await makeLake(context);
  const { settings, origins } = await readConfig({}, { GEXLAKE_CONFIG: await put(lake.desk, 'empty.toml', '') });
  assert.deepEqual([settings.data_dir, origins.data_dir], [join(process.cwd(), 'data'), 'default']);
});

suite('what is refused', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'gexlake-config-'));
  after(() => rm(folder, { recursive: true }));
  const none = await put(folder, 'none.toml', '');

  const environments: Readonly<Record<string, string>> = {
    GEXLAKE_PORT: '65536',
    GEXLAKE_MEMORY_MB: '1',
    GEXLAKE_THREADS: '0',
    GEXLAKE_STAGED_DAYS: '-1',
    GEXLAKE_RAW_DAYS: '30',
    GEXLAKE_LIMITS: '{"set_aside_share":1}',
  };
  for (const [variable, value] of Object.entries(environments)) {
    test(`${variable}=${value}`, async () => {
      await assert.rejects(readConfig({}, { GEXLAKE_CONFIG: none, [variable]: value }), (error: unknown) => {
        assert.ok(error instanceof GexlakeError);
        assert.equal(error.code, 'CONFIG_INVALID');
        assert.ok(error.message.startsWith(`${variable} (environment) is ${JSON.stringify(value)}, expected `));
        return true;
      });
    });
  }

  const files: Readonly<Record<string, readonly [string, RegExp]>> = {
    'an unknown setting': ['memory = 1', /unknown setting memory; known are data_dir, /],
    'a name that every object has': ['constructor = 1', /unknown setting constructor/],
    'no TOML': ['threads: 3', /none\.toml|toml: /],
    'a wrong type': ['threads = "x"', /threads \(gexlake\.toml\) is "x"/],
    'a limit that is none': ['[limits]\nspeed = 1', /limits \(gexlake\.toml\) is \{"speed":1\}, expected an object/],
  };
  for (const [what, [text, message]] of Object.entries(files)) {
    test(`gexlake.toml with ${what}`, async () => {
      const path = await put(folder, `${what.replaceAll(' ', '-')}.toml`, text);
      await assert.rejects(readConfig({}, { GEXLAKE_CONFIG: path }), { code: 'CONFIG_INVALID', message });
    });
  }

  test('a data folder that DuckDB would misread', async () => {
    await assert.rejects(readConfig({ data_dir: '/tmp/what?' }, { GEXLAKE_CONFIG: none }), {
      code: 'CONFIG_INVALID',
      message: /^data_dir \(flag\) is "\/tmp\/what\?", expected a path without a question mark$/,
    });
    // The default lies where the program is started, and `restore --into` names another one.
    assert.throws(() => dataFolder('/tmp/what?/data'), { code: 'CONFIG_INVALID' });
  });

  test('a file that is not there', async () => {
    const path = join(folder, 'absent.toml');
    await assert.rejects(readConfig({}, { GEXLAKE_CONFIG: path }), { code: 'CONFIG_INVALID', message: /absent\.toml/ });
  });

  test('limits are read from a table or from JSON', async () => {
    const path = await put(folder, 'limits.toml', '[limits]\nlock_wait_ms = 7\n');
    assert.deepEqual((await readConfig({}, { GEXLAKE_CONFIG: path })).settings.limits, { lock_wait_ms: 7 });
    const fromJson = await readConfig({}, { GEXLAKE_CONFIG: path, GEXLAKE_LIMITS: '{"redirects":0}' });
    assert.deepEqual(fromJson.settings.limits, { redirects: 0 });
  });
});

suite('a folder as people write it where no shell looks at it', () => {
  const read = async (given: string, name = 'GEXLAKE_DATA_DIR') => readConfig({}, { [name]: given });

  test('~ is the home folder', async () => {
    assert.equal((await read('~/lake')).settings.data_dir, join(homedir(), 'lake'));
    assert.equal((await read('~')).settings.data_dir, homedir());
    assert.equal((await readConfig({ data_dir: '~/lake' }, {})).settings.data_dir, join(homedir(), 'lake'));
    assert.equal((await read('~/tokens', 'GEXLAKE_TOKENS_FILE')).settings.tokens_file, join(homedir(), 'tokens'));
    assert.equal((await read('/srv/a~b')).settings.data_dir, '/srv/a~b');
  });

  for (const [given, expected] of [
    ['/srv/lake\r', /GEXLAKE_DATA_DIR \(environment\) has a carriage return in it/],
    ['/srv/la\u0007ke', /has the invisible character U\+0007/],
    ['', /is "", expected a path: it is empty/],
    ['  ', /expected a path: it is empty/],
    ['/srv/lake ', /expected a path without blanks/],
    ['~ana/lake', /expected a path without another user’s ~/],
    ['C:\\lake', /expected a path of this system: in WSL that is \/mnt\/c\/lake/],
    ['d:/data/lake', /in WSL that is \/mnt\/d\/data\/lake/],
    ['\\\\server\\share', /mount the Windows share/],
  ] as const) {
    test(`${JSON.stringify(given)} is refused with words`, async () => {
      await assert.rejects(read(given), (error) => {
        assert.ok(error instanceof GexlakeError && error.code === 'CONFIG_INVALID', String(error));
        assert.match(error.message, expected);
        return true;
      });
      if (given !== '') await assert.rejects(readConfig({}, { GEXLAKE_CONFIG: given }), { code: 'CONFIG_INVALID' });
    });
  }

  test('Windows line ends in other variables are named, too, and no secret is shown', async () => {
    for (const [name, value] of [
      ['GEXLAKE_HOST', '127.0.0.1\r'],
      ['GEXLAKE_PORT', '8877\r'],
      ['GEXLAKE_TOKENS', 'ana:viewer:secret\r'],
      ['GEXLAKE_ACTOR', 'ana\r'],
    ] as const)
      await assert.rejects(read(value, name), (error) => {
        assert.ok(error instanceof GexlakeError, name);
        assert.match(error.message, /has a carriage return/);
        assert.doesNotMatch(error.message, /secret/);
        return true;
      });
  });
});
