import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { GexlakeError } from '../../src/core/errors.ts';
import { isPublicAddress } from '../../src/source/addresses.ts';
import { checkUrl, mayConnect, sourcePolicy, vendorHosts } from '../../src/source/policy.ts';
import { allowSource } from '../../src/source/source.ts';

const vendor = sourcePolicy([], true);
const opened = sourcePolicy(
  ['http://127.0.0.1:9000', 'files.example.com', 'https://files.example.org:8443', '10.0.0.5'],
  true,
);

suite('which URLs may be fetched', () => {
  const allowed = [
    'https://hist.gex.bot/2025-10-22_SPX_classic_gex_zero.json?sig=abc',
    'https://HIST.GEX.BOT/a.json',
    'https://hist.gex.bot:443/a.json',
    'https://hist.gexbot.com/a/b/c.json.gz',
    'https://nfagexbotresearch.blob.core.windows.net/hist/a.json?sv=1&se=2&sig=3',
  ];
  for (const url of allowed) {
    test(`the vendor's: ${url}`, () => {
      assert.equal(checkUrl(url, vendor).protocol, 'https:');
    });
  }

  const opened_up = [
    'http://127.0.0.1:9000/a.json',
    'http://2130706433:9000/a.json',
    'https://files.example.com/a.json',
    'https://files.example.org:8443/a.json',
  ];
  for (const url of opened_up) {
    test(`opened by the operator: ${url}`, () => {
      assert.ok(checkUrl(url, opened));
      assert.throws(() => checkUrl(url, vendor), { code: 'SOURCE_NOT_ALLOWED' });
    });
  }

  const refused = [
    'http://hist.gex.bot/a.json',
    'ftp://hist.gex.bot/a.json',
    'data://hist.gex.bot/a.json',
    'javascript://hist.gex.bot/%0aalert(1)',
    'https://hist.gex.bot:8443/a.json',
    'https://hist.gex.bot:80/a.json',
    'https://hist.gex.bot./a.json',
    'https://hist.gex.bot.evil.example/a.json',
    'https://evil.example/hist.gex.bot',
    'https://evil.example#hist.gex.bot',
    'https://evil.example?@hist.gex.bot/',
    'https://hist.gex.bot@evil.example/a.json',
    'https://evil.example\\@hist.gex.bot/a.json',
    'https://user:secret@hist.gex.bot/a.json',
    'https://user@hist.gex.bot/a.json',
    'https://hist.gex.bot%2eevil.example/a.json',
    'https://hist.gex.bot%00.evil.example/a.json',
    'https://hist.gex.bot/a\r\nhost: evil.example',
    'https://api.gex.bot/v2/hist/SPX',
    'https://blob.core.windows.net/a.json',
    'https://other.blob.core.windows.net/a.json',
    'https://localhost/a.json',
    'https://127.0.0.1/a.json',
    'https://2130706433/a.json',
    'https://0177.0.0.1/a.json',
    'https://0x7f.1/a.json',
    'https://[::1]/a.json',
    'https://[::ffff:127.0.0.1]/a.json',
    'https://169.254.169.254/latest/meta-data',
    'https://metadata.google.internal/',
    'https:///a.json',
    'https://',
    'https://[::1/a.json',
    // what is open is exactly what was opened
    'https://127.0.0.1:9000/a.json',
    'http://127.0.0.1:9001/a.json',
    'http://127.0.0.1/a.json',
    'http://localhost:9000/a.json',
    'http://user@127.0.0.1:9000/a.json',
    'http://files.example.com/a.json',
    'https://files.example.com:8443/a.json',
    'https://files.example.org/a.json',
    // a host without its scheme is a public host, whatever it is
    'https://10.0.0.5/a.json',
  ];
  for (const url of refused) {
    test(`refused: ${JSON.stringify(url)}`, () => {
      assert.throws(() => checkUrl(url, opened), { code: 'SOURCE_NOT_ALLOWED' });
    });
  }

  test('a refusal shows neither the query nor the password', () => {
    for (const url of [
      'http://hist.gex.bot/a?sig=SECRET',
      'https://u:SECRET@p@hist.gex.bot/?sig=SECRET',
      'https://[SECRET/?sig=SECRET',
    ]) {
      assert.throws(
        () => checkUrl(url, vendor),
        (error: GexlakeError) => !`${error.message} ${error.hint} ${error.stack}`.includes('SECRET'),
      );
    }
  });

  test('a refusal names the hosts that are allowed', () => {
    assert.throws(
      () => checkUrl('https://evil.example/', vendor),
      (error: GexlakeError) =>
        error.message.includes('evil.example') && vendorHosts.every((host) => error.hint?.includes(host) === true),
    );
  });
});

suite('what a source is', () => {
  const specs: readonly (readonly [string, string])[] = [
    ['/data/a.json', '/data/a.json'],
    ['file:///data/a%20b.json', '/data/a b.json'],
    ['file:/data/a.json', '/data/a.json'],
    ['FILE:///data/a.json', '/data/a.json'],
  ];
  for (const [spec, path] of specs) {
    test(`${spec} is a path`, () => {
      assert.deepEqual(allowSource(spec, vendor), { kind: 'local', path });
    });
  }

  test('white space around a URL is not part of it', () => {
    const source = allowSource(' https://hist.gex.bot/a.json\n', vendor);
    assert.equal(source.kind === 'remote' && source.url.href, 'https://hist.gex.bot/a.json');
  });

  test('a relative path is looked up from the current folder', () => {
    assert.deepEqual(allowSource('a.json', vendor), { kind: 'local', path: `${process.cwd()}/a.json` });
  });

  for (const spec of [
    'https:hist.gex.bot',
    'http:/hist.gex.bot/a?sig=SECRET',
    'HTTPS:\\\\evil.example',
    's3://bucket/a.json',
  ]) {
    test(`${spec} is taken for a URL, not for a path`, () => {
      const outcome = (() => {
        try {
          return allowSource(spec, vendor).kind;
        } catch (error) {
          assert.ok(
            error instanceof GexlakeError && error.code === 'SOURCE_NOT_ALLOWED' && !error.message.includes('SECRET'),
          );
          return 'refused';
        }
      })();
      assert.notEqual(outcome, 'local');
    });
  }

  for (const spec of ['/data/a.json', 'a.json', 'file:///data/a.json']) {
    test(`${spec} is refused where local files are not open`, () => {
      assert.throws(() => allowSource(spec, sourcePolicy([], false)), { code: 'SOURCE_NOT_ALLOWED' });
    });
  }

  test('a file: URL of another machine is refused', () => {
    assert.throws(() => allowSource('file://server/share/a.json', vendor), { code: 'SOURCE_NOT_ALLOWED' });
  });
});

suite('addresses', () => {
  const publicOnes = [
    '1.1.1.1',
    '20.60.1.1',
    '172.15.0.1',
    '172.32.0.1',
    '2606:4700::1111',
    '2a00:1450:4001::5',
    '::ffff:1.1.1.1',
    '64:ff9b::1.1.1.1',
  ];
  for (const address of publicOnes) {
    test(`${address} is public`, () => {
      assert.equal(isPublicAddress(address), true);
    });
  }

  const others =
    '0.0.0.0 10.1.2.3 100.64.0.1 100.100.100.200 127.0.0.1 127.255.255.254 168.63.129.16 169.254.169.254 172.16.0.1 172.31.255.255 ' +
    '192.0.0.192 192.0.2.1 192.168.1.1 198.18.0.1 198.51.100.1 203.0.113.1 224.0.0.1 255.255.255.255 :: ::1 ::ffff:127.0.0.1 ::ffff:7f00:1 ' +
    '0:0:0:0:0:ffff:a9fe:a9fe ::127.0.0.1 64:ff9b::127.0.0.1 64:ff9b::a9fe:a9fe 64:ff9b:1::1 fe80::1 fe80::1%eth0 fc00::1 fd00:ec2::254 ' +
    'ff02::1 100::1 2001::1 2001:db8::1 2002:7f00:1:: 3fff::1 example.com 127.1 2130706433';
  for (const address of others.split(' ')) {
    test(`${address} is not`, () => {
      assert.equal(isPublicAddress(address), false);
    });
  }

  test('an origin written in full may connect anywhere, others to public addresses', () => {
    assert.equal(mayConnect(opened, '127.0.0.1', 'http://127.0.0.1:9000'), true);
    assert.equal(mayConnect(opened, '192.168.0.9', 'https://files.example.org:8443'), true);
    assert.equal(mayConnect(opened, '192.168.0.9', 'https://files.example.com'), false);
    assert.equal(mayConnect(opened, '20.60.1.1', 'https://files.example.com'), true);
  });
});

suite('GEXLAKE_SOURCE_ALLOW', () => {
  for (const entry of [
    'http://a.example/path',
    'https://u:p@a.example',
    'ftp://a.example',
    'a.example:81',
    'a b',
    'https://',
    'http://a.example?x=1',
  ]) {
    test(`${entry} is not an entry`, () => {
      assert.throws(() => sourcePolicy([entry], true), { code: 'CONFIG_INVALID' });
    });
  }

  test('empty entries and white space are nothing', () => {
    assert.deepEqual(sourcePolicy(['', ' '], true), vendor);
    assert.deepEqual(sourcePolicy([' http://127.0.0.1:9000 '], true).origins, ['http://127.0.0.1:9000']);
  });
});
