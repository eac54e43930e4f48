import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { uptime } from 'node:os';
import { test } from 'node:test';
import { lookFor, ownIdentity } from '../../src/platform/processes.ts';

const [host = '', pid = '', start = '', place = ''] = ownIdentity().split(':');
const [boot = '', namespace = '', machine = ''] = place.split('.');
const now_ms = Date.now();

const identity = (of: {
  host?: string;
  pid?: number;
  start?: string;
  boot?: string;
  namespace?: string;
  machine?: string;
}) =>
  `${of.host ?? host}:${of.pid ?? pid}:${of.start ?? start}:${of.boot ?? boot}.${of.namespace ?? namespace}.${of.machine ?? machine}`;

test('a process of this boot and pid namespace is looked up', async () => {
  assert.equal(lookFor(ownIdentity(), now_ms), 'alive');
  assert.equal(lookFor(identity({ start: '1' }), now_ms), 'gone', 'another process has its pid');
  const child = spawn('true');
  await once(child, 'close');
  assert.equal(lookFor(identity({ pid: child.pid ?? 0 }), now_ms), 'gone');
});

test('one that has ended and that its parent has not asked about is gone', async () => {
  const child = spawn('true');
  let stat = '';
  // This process asks when its event loop goes on, which it does not in here.
  while (!stat.includes(') Z ')) stat = readFileSync(`/proc/${child.pid}/stat`, 'utf8');
  const started = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  assert.equal(lookFor(identity({ pid: child.pid ?? 0, start: started }), now_ms), 'gone');
  await once(child, 'close');
});

test('one of another pid namespace, host or machine cannot be seen, whatever has its pid here', () => {
  for (const elsewhere of [{ namespace: '00000000' }, { host: 'other' }, { boot: '00000000', machine: '00000000' }]) {
    for (const one of [elsewhere, { ...elsewhere, pid: 999_999_999 }])
      assert.equal(lookFor(identity(one), now_ms), 'unseen', JSON.stringify(one));
  }
  assert.equal(lookFor(identity({ namespace: '-' }), now_ms), 'unseen');
  assert.equal(lookFor('nobody', now_ms), 'unseen');
});

test(
  'one of an earlier boot of this machine is gone, unless it was heard of since',
  { skip: machine === '-' && 'this machine has no id' },
  () => {
    const booted_ms = Date.now() - uptime() * 1000;
    const earlier = identity({ boot: '00000000' });
    assert.equal(lookFor(earlier, booted_ms - 10_000), 'gone');
    assert.equal(lookFor(earlier, null), 'gone');
    assert.equal(lookFor(earlier, booted_ms + 10_000), 'unseen');
    assert.equal(lookFor(identity({ boot: '00000000', machine: '-' }), booted_ms - 10_000), 'unseen');
  },
);

test('identities of the old form are understood', () => {
  assert.equal(lookFor(`${host}:${pid}:${start}`, now_ms), 'alive');
  assert.equal(lookFor(`${host}:999999999:1`, null), 'gone');
  assert.equal(lookFor(`${host}:999999999:1`, now_ms), 'unseen', 'it may be in another container');
  assert.equal(lookFor(`other:${pid}:${start}`, now_ms), 'unseen');
});
