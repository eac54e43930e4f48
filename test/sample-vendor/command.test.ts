import assert from 'node:assert/strict';
import { once } from 'node:events';
import { suite } from 'node:test';
import { runHere } from '../support/command-line.ts';
import { startGexlake } from '../support/gexlake.ts';
import { test } from '../support/shares.ts';

suite('gexlake sample-vendor', () => {
  test('says where it answers and what to do next, and ends by a signal', async () => {
    const args = ['--port', '0', '--now', '2026-07-17T21:00:00-04:00', '--speed', '0', '--tickers', 'spy,NQ_NDX'];
    const running = startGexlake(['sample-vendor', ...args, '--fault', 'throttled=0.5', '--fault', 'cut']);
    const [first] = (await once(running.child.stdout ?? running.child, 'data')) as [Buffer];
    const api = /answers at (http:\/\/127\.0\.0\.1:\d+\/v2)/.exec(first.toString())?.[1] ?? '';
    const tickers = await (await fetch(`${api}/tickers`)).json();
    const faults = await (await fetch(api.replace(/v2$/, '_control/faults'))).json();
    running.child.kill('SIGINT');
    const { exitCode, stdout } = await running.ended;
    assert.equal(exitCode, 0);
    assert.deepEqual(tickers, { stocks: ['SPY'], indexes: [], futures: ['NQ_NDX'] });
    assert.deepEqual(faults, [
      { kind: 'throttled', probability: 0.5 },
      { kind: 'cut', probability: 1 },
    ]);
    assert.match(stdout, /2026-07-17 21:00:00 in New York and stands still/);
    assert.match(
      stdout,
      /quant +quant: classic, state, orderflow; the bundle of the last session, every session of 90 days/,
    );
    assert.ok(
      stdout.includes(`export GEXLAKE_GEXBOT_URL=${api}\n  export GEXLAKE_GEXBOT_KEY=gexbot_custom_sample_quant`),
    );
  });

  test('options that say nothing are usage', async () => {
    for (const args of [
      ['--now', 'yesterday'],
      ['--now', '2026-07-17T21:00:00'],
      ['--speed', '-1'],
      ['--port', '70000'],
      ['--eod-at', '25:00'],
      ['--fault', 'nothing'],
      ['--bandwidth', 'fast'],
    ]) {
      const { exitCode, stdout, stderr } = await runHere(['sample-vendor', ...args]);
      assert.deepEqual([exitCode, stdout], [2, ''], args.join(' '));
      assert.match(stderr, /\[USAGE\]/);
    }
  });
});
