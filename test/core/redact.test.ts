import assert from 'node:assert/strict';
import { after, suite, test } from 'node:test';
import { DuckDBInstance } from '@duckdb/node-api';
import fc from 'fast-check';
import { GexlakeError, toGexlakeError } from '../../src/core/errors.ts';
import { stagedFileName } from '../../src/core/names.ts';
import { redactFields } from '../../src/core/redact-fields.ts';
import { redactDeep, redactText, redactTextSql, redactUrl, redactUrlSql } from '../../src/core/redact.ts';

const secret = 'TOPSECRET1';
const jsonUrl = JSON.stringify({ url: `https://h/x?sig=${secret}` });

/** Every form in which a secret has been seen to leave. */
const forms = [
  `https://hist.gex.bot/x?sig=${secret}`,
  `https://hist.gex.bot/x?${secret}`,
  `https://hist.gex.bot/x#${secret}`,
  `https://hist.gex.bot/x%3Fsv%3D1%26sig%3D${secret}`,
  `https://hist.gex.bot/x%253Fsig%253D${secret}`,
  `https://hist.gex.bot/x%25253fsig%25253d${secret} and more`,
  `https%3A%2F%2Fhist.gex.bot%2Fx%3Fsig%3D${secret}`,
  `https%3A%2F%2Fuser%3A${secret}%40host%2Fx`,
  `hist.gex.bot/x?sig=${secret}`,
  `//hist.gex.bot/x?a=1&sig=${secret}`,
  `https:hist.gex.bot/x?sig=${secret}`,
  `HTTPS://HIST.GEX.BOT/X?SIG=${secret}`,
  `https://hist.gex.bot/x;sig=${secret};b=1`,
  `https://hist.gex.bot/x&sig=${secret}`,
  `hist.gex.bot/x#a=${secret}`,
  `https://user:${secret}@host/x`,
  `https:user:${secret}@host/x`,
  `//user:${secret}@host/x`,
  `user:${secret}@host/x`,
  `curl -u me:${secret}@host`,
  String.raw`C:\dir\file.json?sig=${secret}`,
  String.raw`https:\\host\x?sig=${secret}`,
  String.raw`https:\/\/host\/x?sig=${secret}`,
  String.raw`\u003fsig\u003d${secret}\u0026`,
  `Authorization: Bearer ${secret}`,
  `authorization: Basic dXNlcjpw${secret}`,
  `Basic ${secret}=`,
  `Cookie: a=b; c=${secret}`,
  `x-api-key: ${secret}`,
  `password=${secret}`,
  `X-Amz-Signature=${secret}`,
  `<a href="x?a=1&amp;sig=${secret}">`,
  `the key gexbot_custom_${secret} is not known`,
  `eyJhbGciOiJIUzI1NiJ9.${secret}.x`,
  `PRIVATE+KEY+example.com/lake+c74f20a3+AYEK${secret}VFGyNh/+PJEM=`,
  jsonUrl,
  `failed: ${JSON.stringify({ message: jsonUrl })}`,
  JSON.stringify({ token: `${secret} and more` }),
  JSON.stringify({ message: JSON.stringify({ access_token: secret }) }),
  `{ token: '${secret}' }`,
  `https://h/x?sv=1&\nsig=${secret}\n    at foo`,
  `https://h/x?sig=TOPSE\nCRET1&se=1\n    at foo`,
  `https://h/x?sig=TOPSE\\\n  CRET1`,
  `2025-10-22_SPX_classic_gex_zero.json%3Fsv%3D1%26sig%3D${secret}`,
  `/desk/a.json?sv=2&sig=${secret}: there is no such file`,
];

const harmless = [
  'there is no file /data/what?.json',
  'why? because',
  'no match for 2025-1?-*.json',
  '/data/env=prod/ticker=NDX/2025-10-22_SPX_classic_gex_zero.json',
  String.raw`C:\data\2025-10-22_SPX_classic_gex_zero.json`,
  'Send it as: Authorization: Bearer <token>. An operator of the machine makes one with `gexlake token`.',
  'https://hist.gex.bot/2025-10-22_NQ_NDX_classic_gex_zero.json',
  'https://hist.gex.bot/2025-10-22_NQ_NDX_classic_gex_zero.json?…',
  'spot at 10:30 is 6700.25, expected 6700.5 # wrong',
  'Set GEXLAKE_GEXBOT_KEY, or GEXLAKE_GEXBOT_KEY_FILE to a path',
  'the token ana may read only',
  'basic rules; bearers of news',
  '# Reconciliation of 2025-10\n\n| a = b |',
  'ana@example.org wrote',
];

const shows = /SECRET1|CRET1/;

for (const text of forms) {
  test(`shows nothing of: ${JSON.stringify(text)}`, () => {
    for (const redact of [redactText, redactUrl]) {
      const shown = redact(text);
      assert.doesNotMatch(shown, shows);
      assert.equal(redact(shown), shown, 'what has been shown once can be shown again');
    }
    assert.doesNotMatch(JSON.stringify(redactDeep({ list: [{ text }], [1]: text })), shows);
    const error = new GexlakeError('SOURCE_NOT_FOUND', `cannot use ${text}`, { hint: `gexlake import ${text}` });
    assert.doesNotMatch(JSON.stringify(error.report()) + error.message, shows);
    assert.doesNotMatch(toGexlakeError(new Error(text)).message, shows);
  });
}

test('JSON inside a text stays JSON', () => {
  const text = JSON.stringify({ message: jsonUrl, token: 'a "b" c', sig: 'x\\', n: 1 });
  const shown = JSON.parse(redactText(text)) as { message: string };
  assert.deepEqual(JSON.parse(shown.message), { url: 'https://h/x?…' });
});

for (const text of harmless) {
  test(`leaves as it is: ${JSON.stringify(text)}`, () => {
    assert.equal(redactText(text), text);
    assert.equal(redactUrl(text), text);
  });
}

const vendorName = '2025-10-22_SPX_classic_gex_zero.json';

suite('the name under which a source is staged', () => {
  const queries = [
    `?sig=${secret}`,
    `%3Fsv%3D1%26sig%3D${secret}`,
    `%253Fsig%253D${secret}`,
    `#${secret}`,
    `%23${secret}`,
  ];
  for (const query of [...queries, `?sig=a%2Fb/${secret}`, `%3Fsig%3Da%2F${secret}`]) {
    for (const start of [
      'https://hist.gex.bot/',
      'https:hist.gex.bot/',
      '//hist.gex.bot/',
      'hist.gex.bot/',
      '/desk/',
    ]) {
      const source = `${start}${vendorName}${query}`;
      // without a scheme and without a name and a value, # and ? are letters of a local file's name
      if (!start.startsWith('https:') && !/=|%3D|%253D/.test(query)) continue;
      test(source, () => assert.equal(stagedFileName(source), vendorName));
    }
  }

  test('keeps what is no query', () => {
    assert.equal(stagedFileName('/desk/what?.json'), 'what?.json');
    assert.equal(stagedFileName('/desk/a=b/100%.json'), '100%.json');
  });
});

suite('in SQL it is the same', async () => {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  after(() => connection.closeSync());

  async function compare(texts: readonly string[]): Promise<void> {
    const list = JSON.stringify(texts);
    const reader = await connection.runAndReadAll(
      `SELECT ${redactTextSql('text')} AS shown, ${redactUrlSql('text')} AS shown_url
       FROM (SELECT unnest(from_json($1, '["VARCHAR"]')) AS text)`,
      [list],
    );
    for (const [at, { shown, shown_url }] of reader.getRowObjectsJS().entries()) {
      const text = texts[at] ?? '';
      assert.equal(shown, redactText(text), JSON.stringify(text));
      assert.equal(shown_url, redactUrl(text), JSON.stringify(text));
    }
    assert.equal(reader.currentRowCount, texts.length);
  }

  test('for every form', () => compare([...forms, ...harmless]));

  test('for texts made of their pieces', async () => {
    const pieces = [...new Set([...forms, ...harmless].flatMap((text) => text.split(/(?<=[^\w])|(?=[^\w])/)))];
    const odd = ['ſ', 'K', 'é', '\u00a0', '\u2028', '…', '\\', '"', "'", '\n', '\r\n', '\t', '=', '%', '25', '😀', 'İ'];
    const piece = fc.oneof(fc.constantFrom(...pieces, ...odd), fc.constantFrom(...forms));
    const texts = fc.sample(
      fc.array(piece, { maxLength: 12 }).map((parts) => parts.join('')),
      { numRuns: 3_000 },
    );
    await compare(texts);
  });
});

test('ends for texts that are made to take for ever', () => {
  // A pattern that is not linear takes minutes for some of these: more than a test file has.
  const pieces = [
    'https:',
    '%3f',
    '?',
    'a-',
    '//',
    'a:',
    '"token":"',
    'basic a',
    '=',
    '&key=',
    'eyJ',
    '%2f',
    '\n',
    'a1',
  ];
  for (const piece of pieces) redactText(`${piece.repeat(65_536 / piece.length)} ?=`);
});

suite('what a request said beside its URL', () => {
  test('is kept, but for what its name or its form makes a secret', () => {
    const fields = {
      ticker: 'SPX',
      session_date: '2025-10-22',
      page: 'history',
      count: 3,
      extra: { page: 'https://gexbot.com/x?key=SECRET', tags: ['a', 'b'], day: null, ok: true },
      file: '2025-10-22_NQ_NDX_classic_gex_zero.json',
      author: 'ana',
    };
    const kept = { ...fields, extra: { ...fields.extra, page: 'https://gexbot.com/x?…' } };
    assert.deepEqual(redactFields(fields), kept);
  });

  const secrets = [
    { token: secret },
    { headers: { 'User-Agent': secret } },
    { request: { headers: [secret] } },
    { Authorization: secret },
    { cookie: secret },
    { key: secret },
    { apiKey: secret },
    { 'x-api-key': [secret] },
    { auth: { user: secret } },
    { session: `${secret}-long-enough` },
    { note: `gexbot_custom_${secret}` },
    { note: `Bearer ${secret}` },
    { note: `see 0123456789abcdef0123${secret}` },
    { [`gexbot_custom_${secret}`]: 1 },
    { deep: [{ deeper: { password: { is: secret } } }] },
  ];
  for (const fields of secrets)
    test(JSON.stringify(fields), () => {
      const kept = redactFields(fields);
      assert.doesNotMatch(JSON.stringify(kept), shows);
      assert.deepEqual(redactFields(kept), kept);
    });
});
