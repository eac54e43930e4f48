import assert from 'node:assert/strict';
import { readNotify } from '../../src/config/notify.ts';
import { bodyOf, type Told } from '../../src/notify/forms.ts';
import { describeTarget } from '../../src/notify/targets.ts';
import { test } from '../support/shares.ts';

const told: Told = {
  matter: 'day_at_risk:2026-08-30',
  kind: 'day_at_risk',
  state: 'raised',
  title: '2026-08-30 is about to be lost: 3 days left',
  text: '2 files <SPX & NDX>',
  at: '2026-11-25T22:00:00.000Z',
};

test('JSON has all that is told, and says whether it is over', () => {
  assert.deepEqual(JSON.parse(bodyOf('json', told).body), { program: 'gexlake', ...told });
  const over = JSON.parse(bodyOf('json', { ...told, state: 'cleared' }).body) as { readonly title: string };
  assert.equal(over.title, `All clear: ${told.title}`);
});

test('Slack gets a text with its own marks escaped', () => {
  const { text } = JSON.parse(bodyOf('slack', told).body) as { readonly text: string };
  assert.equal(text, `*${told.title}*\n2 files &lt;SPX &amp; NDX&gt;`);
});

test('ntfy gets title, priority and tags as headers of ASCII', () => {
  const { body, headers } = bodyOf('ntfy', { ...told, title: 'Tag verloren: für immer' });
  assert.equal(body, told.text);
  assert.match(headers['title'] ?? '', /^=\?UTF-8\?B\?[\w+/=]+\?=$/);
  assert.deepEqual([headers['priority'], headers['tags']], ['high', 'warning']);
  assert.equal(bodyOf('ntfy', { ...told, state: 'cleared' }).headers['priority'], 'low');
});

test('the setting takes tables, and one line in the environment', () => {
  const read = (given: unknown) => {
    const result = readNotify(given);
    return 'value' in result ? result.value.map(({ form, kinds }) => [form, kinds]) : result.expected;
  };
  assert.deepEqual(read([{ url: 'https://ntfy.sh/a' }, { url: 'https://x.example/b', form: 'slack' }]), [
    ['ntfy', null],
    ['slack', null],
  ]);
  assert.deepEqual(read('slack+https://a.example/x, https://b.example/y'), [
    ['slack', null],
    ['json', null],
  ]);
  assert.deepEqual(read([{ url: 'https://a.example', kinds: ['day_lost'] }]), [['json', ['day_lost']]]);
  for (const wrong of [
    ['https://a.example'],
    [{ url: 'ftp://a' }],
    [{ url: 'https://a', form: 'xml' }],
    'a.example',
    7,
  ])
    assert.match(String(read(wrong)), /^tables of url/);
  assert.match(String(read([{ url: 'https://a', kinds: ['all'] }])), /day_at_risk/);
});

test('an address is shown by its host alone', () => {
  const target = { url: 'https://hooks.slack.com/services/T0/B0/secret', form: 'slack', kinds: null } as const;
  assert.equal(describeTarget(target), 'slack at hooks.slack.com');
});
