import assert from 'node:assert/strict';
import { after, suite, test } from 'node:test';
import type { ShownResult } from '../../src/server/job-schemas.ts';
import { attack, checkUnharmed, post, secret, startTarget, type HostileCase } from './hostile-service.ts';

/* Sources that lead where none may: inside this machine, inside its network, to other hosts, to other schemes. */

const file = `2025-10-22_SPX_classic_gex_zero.json`;
/** Names of hosts that an operator has opened, and where an attacker lets them lead. */
const names: Readonly<Record<string, readonly string[]>> = {
  'loopback.example': ['127.0.0.1'],
  'loopback6.example': ['::1'],
  'mapped.example': ['::ffff:127.0.0.1'],
  'mapped-hex.example': ['::ffff:7f00:1'],
  'nat64.example': ['64:ff9b::7f00:1'],
  'private.example': ['10.1.2.3'],
  'carrier.example': ['100.64.0.1'],
  'metadata.example': ['169.254.169.254'],
  'azure.example': ['168.63.129.16'],
  'linklocal.example': ['fe80::1'],
  'zoned.example': ['fe80::1%lo'],
  'unique-local.example': ['fd00:ec2::254'],
  'sixtofour.example': ['2002:7f00:1::'],
  'nowhere.example': ['0.0.0.0'],
  'multicast.example': ['224.0.0.1'],
  'one-good-one-bad.example': ['93.184.216.34', '127.0.0.1'],
  'one-bad-one-good.example': ['127.0.0.1', '93.184.216.34'],
};

const target = await startTarget(
  { after },
  {
    allow: ['localhost', '10.0.0.5', ...Object.keys(names)],
    env: {
      GEXLAKE_TEST_NAMES: JSON.stringify(names),
      NODE_OPTIONS: `--import=${import.meta.resolve('./names.ts')}`,
    },
  },
);
const { origin } = target;
const trap = target.trap.port;

function refused(url: string): HostileCase {
  return { name: url, bytes: post('/gex_history_url', { url }), status: 422, code: 'SOURCE_NOT_ALLOWED' };
}

suite('sources that are refused at once', () => {
  const hosts = [
    // this machine, in every way to write it
    '127.0.0.1',
    '127.1',
    '127.0.1',
    '2130706433',
    '017700000001',
    '0177.0.0.1',
    '0x7f000001',
    '0x7f.0.0.1',
    '0x7F.1',
    '127.0.0.1.',
    '127.000.000.001',
    '0',
    '0.0.0.0',
    '[::1]',
    '[::]',
    '[0:0:0:0:0:0:0:1]',
    '[::ffff:127.0.0.1]',
    '[::ffff:7f00:1]',
    '[::127.0.0.1]',
    '[64:ff9b::127.0.0.1]',
    '[2002:7f00:1::]',
    '[fe80::1]',
    '[fe80::1%25lo]',
    'localhost.',
    'localhost.localdomain',
    '127.0.0.1.nip.io',
    // in digits that are none, and in names that look like others
    '１２７.０.０.１',
    '①②⑦.⓪.⓪.①',
    '127。0。0。1',
    'ｌｏｃａｌｈｏｓｔ.localdomain',
    'hist.gex.bоt',
    'hist.gex.bot.',
    'hist.gex.bot.evil.example',
    'xn--hist-gex-bot',
    // its network, and what clouds tell about themselves
    '10.0.0.5',
    '192.168.0.1',
    '169.254.169.254',
    '[fd00:ec2::254]',
    'metadata.google.internal',
    // what an operator has opened, on another port or by another scheme
    `127.0.0.1:${trap}`,
    `[::1]:${trap}`,
    `localhost:${trap}`,
    'hist.gex.bot:22',
    'hist.gex.bot:80',
    'hist.gex.bot:8443',
  ];
  for (const host of hosts)
    test(`https://${host}`, async () => attack(target, refused(`https://${host}/${file}?sig=${secret}`)));

  const urls = [
    `http://hist.gex.bot/${file}?sig=${secret}`,
    `http://127.0.0.1:${trap}/${file}?sig=${secret}`,
    `http://localhost:${trap}/${file}`,
    `ftp://hist.gex.bot/${file}`,
    `ftp://127.0.0.1:${trap}/${file}`,
    `gopher://127.0.0.1:${trap}/_GET%20/${file}`,
    `dict://127.0.0.1:${trap}/${file}`,
    `ldap://127.0.0.1:${trap}/${file}`,
    `ws://127.0.0.1:${trap}/${file}`,
    `s3://bucket/${file}`,
    `data:application/json,[]#${file}`,
    `javascript:fetch('http://127.0.0.1:${trap}/')//${file}`,
    `jar:https://hist.gex.bot/a.jar!/${file}`,
    `blob:https://hist.gex.bot/${file}`,
    `view-source:https://hist.gex.bot/${file}`,
    // files of this machine
    `file:///etc/${file}`,
    `FILE:///etc/${file}`,
    `file:/etc/${file}`,
    `file://localhost/etc/${file}`,
    `file://hist.gex.bot/${file}`,
    ` file:///etc/${file}`,
    `/etc/${file}`,
    `../../../etc/${file}`,
    `C:\\Windows\\${file}`,
    `\\\\127.0.0.1\\share\\${file}`,
    `//127.0.0.1:${trap}/${file}`,
    file,
    // user names, and parsers that do not agree on where the host is
    `https://user:${secret}@hist.gex.bot/${file}`,
    `https://${secret}@hist.gex.bot/${file}`,
    `https://hist.gex.bot@127.0.0.1:${trap}/${file}`,
    `https://hist.gex.bot:443@127.0.0.1:${trap}/${file}`,
    `https://127.0.0.1:${trap}\\@hist.gex.bot/${file}`,
    `https://127.0.0.1:${trap}#@hist.gex.bot/${file}`,
    `https://127.0.0.1:${trap}?@hist.gex.bot/${file}`,
    `https:hist.gex.bot@127.0.0.1:${trap}/${file}`,
    `https:///127.0.0.1:${trap}/${file}`,
    `https:\\\\127.0.0.1:${trap}\\${file}`,
    `https://hist.gex.bot%2f@127.0.0.1:${trap}/${file}`,
    `https://hist.gex.bot%00.evil.example/${file}`,
    `https://hist.gex.bot%0d%0aHost:%20evil.example/${file}`,
    `https://hist.gex.bot\r\nHost: evil.example\r\n\r\n/${file}`,
    `https://hist.gex.bot/a\tb/${file}`,
    `https://hist.gex.bot/a\u0000b/${file}`,
    `https://[::1/${file}`,
    `https://hist.gex.bot:99999/${file}`,
    `https:///${file}`,
    'https://',
    'https://evil.example/hist.gex.bot/' + file,
    // the operator's origin, and what is only nearly it
    `${origin.origin.replace('http:', 'https:')}/${file}`,
    `${origin.origin.replace('127.0.0.1', 'localhost')}/${file}`,
    `${origin.origin.replace('//', `//${secret}@`)}/${file}`,
    `${origin.origin}0/${file}`,
  ];
  for (const url of urls) test(JSON.stringify(url), async () => attack(target, refused(url)));

  test('the source of a correction, before the job is looked for', async () => {
    const url = `http://127.0.0.1:${trap}/${file}?sig=${secret}`;
    const bytes = post(`/jobs/${'0'.repeat(32)}/corrections`, { url, reason: 'because' });
    await attack(target, { name: url, bytes, status: 422, code: 'SOURCE_NOT_ALLOWED' });
  });
});

/** Posts a source that passes the first look, and waits for the end of its job. */
async function follow(url: string): Promise<ShownResult> {
  const [answer] = await target.send(post('/gex_history_url?wait=3600', { url }));
  assert.equal(answer?.status, 200, answer?.body);
  assert.doesNotMatch(answer?.body ?? '', new RegExp(secret));
  return JSON.parse(answer?.body ?? '') as ShownResult;
}

async function mustFail(url: string, code: string, says: RegExp): Promise<void> {
  const job = await follow(url);
  assert.deepEqual([job.status, job.error?.code, job.staged_path], ['failed', code, null], JSON.stringify(job));
  assert.match(job.error?.message ?? '', says);
  assert.equal(target.trap.connections(), 0);
}

suite('names that lead inside', { concurrency: 8 }, () => {
  for (const [name, addresses] of Object.entries(names)) {
    test(`${name} leads to ${addresses.join(' and ')}`, async () => {
      const bad = addresses.find((address) => !address.startsWith('93.')) ?? '';
      await mustFail(`https://${name}/${file}?sig=${secret}`, 'SOURCE_NOT_ALLOWED', /is not a public address/);
      const { jobs } = await target.get<{ jobs: ShownResult[] }>('/jobs?status=failed&limit=500');
      const job = jobs.find(({ url }) => url.includes(`//${name}/`));
      assert.ok(job?.last_error?.includes(`host ${name} leads to ${bad}`), job?.last_error ?? '');
    });
  }

  test('localhost, by the resolver of this system', async () => {
    await mustFail(`https://localhost/${file}?sig=${secret}`, 'SOURCE_NOT_ALLOWED', /localhost leads to/);
  });
});

suite('redirects', { concurrency: 8 }, () => {
  const away: readonly (readonly [string, string])[] = [
    ['to a port of this machine', `http://127.0.0.1:${trap}/${file}?sig=${secret}`],
    ['to this machine by its name', `http://localhost:${trap}/${file}`],
    ['to this machine in IPv6', `http://[::1]:${trap}/${file}`],
    ['to this machine as a number', `http://2130706433:${trap}/${file}`],
    ['without a scheme', `//127.0.0.1:${trap}/${file}`],
    ['to what the cloud tells', 'http://169.254.169.254/latest/meta-data/iam/'],
    ['to a host that is not on the list', `https://evil.example/${file}`],
    ['to the vendor without TLS', `http://hist.gex.bot/${file}`],
    ['to a file of this machine', `file:///etc/${file}`],
    ['to data', 'data:application/json,[]'],
    ['with a user name', `${origin.origin.replace('//', `//${secret}@`)}/${file}`],
  ];
  for (const [at, [name, redirectTo]] of away.entries()) {
    test(name, async () => {
      const path = `/away-${at}/${file}`;
      origin.serve(path, { redirectTo });
      await mustFail(`${origin.url(path)}?sig=${secret}`, 'SOURCE_NOT_ALLOWED', /redirects to where it may not/);
    });
  }

  test('to a name that leads inside', async () => {
    origin.serve(`/name/${file}`, { redirectTo: `https://loopback.example/${file}?sig=${secret}` });
    await mustFail(origin.url(`/name/${file}`), 'SOURCE_NOT_ALLOWED', /loopback.example leads to 127.0.0.1/);
  });

  test('that change from one request to the next', async () => {
    const path = `/changing/${file}`;
    origin.serve(path, { redirectTo: `/changing/2/${file}` });
    origin.serve(`/changing/2/${file}`, { redirectTo: `http://127.0.0.1:${trap}/${file}` });
    await mustFail(origin.url(path), 'SOURCE_NOT_ALLOWED', /redirects to where it may not/);
  });

  test('more than three in a row', async () => {
    for (const hop of [0, 1, 2, 3, 4])
      origin.serve(`/chain/${hop}/${file}`, { redirectTo: `/chain/${hop + 1}/${file}` });
    await mustFail(origin.url(`/chain/0/${file}`), 'DOWNLOAD_REFUSED', /redirects more than 3 times/);
    const followed = origin.requests.filter(({ path }) => path.startsWith('/chain/'));
    assert.equal(followed.length, 4);
  });

  test('in a circle', async () => {
    origin.serve(`/circle/${file}`, { redirectTo: `/circle/${file}` });
    await mustFail(origin.url(`/circle/${file}`), 'DOWNLOAD_REFUSED', /redirects more than 3 times/);
  });

  test('to nowhere', async () => {
    origin.serve(`/nowhere/${file}`, { statuses: [302] });
    await mustFail(origin.url(`/nowhere/${file}`), 'DOWNLOAD_REFUSED', /without saying where to/);
  });
});

test('after all of that', async () => {
  await checkUnharmed(target, { failures: ['DOWNLOAD_REFUSED', 'SOURCE_NOT_ALLOWED'] });
  const { headers } = origin.requests.at(-1) ?? {};
  assert.doesNotMatch(JSON.stringify(headers), /authorization|cookie|referer/i);
});
