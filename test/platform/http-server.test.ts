import assert from 'node:assert/strict';
import { suite } from 'node:test';
import { startHttpServer, type HttpAnswer } from '../../src/platform/http-server.ts';
import { createLink } from '../../src/platform/link.ts';
import { test } from '../support/shares.ts';

const body = Buffer.alloc(300_000, 'abc');
const headers = { 'content-length': body.byteLength };

suite('a small HTTP server', () => {
  test('sends what it is told to, breaks off where it is told to, and says how much it sent', async () => {
    const ends: unknown[] = [];
    const ended = (...end: unknown[]) => ends.push(end);
    const answers: Readonly<Record<string, HttpAnswer>> = {
      '/all': { status: 200, headers, body, ended },
      '/part': { status: 200, headers, body, breaks: 100_000, ended },
      '/none': { status: 200, headers, body, breaks: 'before', ended },
    };
    const server = await startHttpServer(
      ({ path }) => answers[path] ?? { status: 404, headers: {}, body: Buffer.alloc(0) },
    );
    try {
      assert.deepEqual(Buffer.from(await (await fetch(`${server.origin}/all?x=1`)).arrayBuffer()), body);
      assert.equal((await fetch(`${server.origin}/all`, { method: 'HEAD' })).headers.get('content-length'), '300000');
      await assert.rejects(fetch(`${server.origin}/part`).then(async (got) => got.arrayBuffer()));
      await assert.rejects(fetch(`${server.origin}/none`));
      assert.equal((await fetch(server.origin)).status, 404);
    } finally {
      await server.close();
    }
    assert.deepEqual(ends, [
      [300_000, true],
      [0, false],
      [100_000, false],
      [0, false],
    ]);
  });

  test('says that a port is taken', async () => {
    const server = await startHttpServer(() => ({ status: 200, headers: {}, body }));
    try {
      await assert.rejects(
        startHttpServer(() => ({ status: 200, headers: {}, body }), Number(new URL(server.origin).port)),
        {
          code: 'PORT_TAKEN',
        },
      );
    } finally {
      await server.close();
    }
  });
});

suite('a link', () => {
  test('carries its rate, of all that share it, also when timers come late', async () => {
    let now_ms = 0;
    const link = createLink(1_000_000, {
      now_ms: () => now_ms,
      monotonic_ms: () => now_ms,
      sleep: async (delay_ms) => {
        now_ms += delay_ms + 5;
      },
    });
    assert.equal(link.piece_bytes, 20_000);
    for (let sent = 0; sent < 10_000_000; sent += link.piece_bytes) await link.carry(link.piece_bytes);
    assert.ok(now_ms >= 10_000 && now_ms < 10_100, String(now_ms));
  });
});
