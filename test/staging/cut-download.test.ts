import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { suite, test } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { limits } from '../../src/core/limits.ts';
import { startRawServer } from '../support/raw-server.ts';
import { assertRefused, name, records, sha256, withRoom, type Room } from './room.ts';

const ok = (...fields: string[]) => ['HTTP/1.1 200 OK', ...fields, '', ''].join('\r\n');
const closing = ok('Connection: close');

/** Serves one answer after the other, and closes the connection after each; the last one again and again. */
async function withAnswers(
  answers: readonly (readonly [string, Uint8Array])[],
  work: (room: Room, url: string, heard: readonly string[]) => Promise<void>,
): Promise<void> {
  const server = await startRawServer((socket: Socket, request) => {
    const [head, bytes] = answers[Math.min(request, answers.length) - 1] ?? ['', Buffer.alloc(0)];
    socket.write(head);
    socket.end(bytes);
  });
  try {
    await withRoom((room) => work(room, `${server.origin}/${name}?sig=SECRET`, server.heard), server.origin);
  } finally {
    await server.close();
  }
}

suite('an answer that ends with its connection', () => {
  const gzipped = gzipSync(records);
  const members = Buffer.concat([gzipSync(records.subarray(0, 500)), gzipSync(records.subarray(500))]);
  const firstMember = gzipSync(records.subarray(0, 500)).byteLength;
  // Arrays inside the records, so that a cut file can end with the bracket that a whole one ends with.
  const nested = Buffer.from('[{"a":[1,2],"b":"]"},{"a":["}",4]}]');
  const ways: readonly (readonly [string, Buffer, number, Buffer])[] = [
    ['JSON', records, 1000, records],
    ['JSON at a bracket', nested, nested.indexOf(']') + 1, nested],
    ['JSON in a text', nested, nested.indexOf('"]"') + 2, nested],
    ['JSON at its start', records, 1, records],
    ['everything', records, 0, records],
    ['gzip', gzipped, 300, records],
    ['gzip in its header', gzipped, 5, records],
    ['gzip in its trailer', gzipped, gzipped.byteLength - 1, records],
    ['gzip between two members', members, firstMember, records],
    ['zstd', zstdCompressSync(records), 100, records],
    ['gzip in gzip', gzipSync(gzipped), 300, records],
  ];
  for (const [what, bytes, cutAt, whole] of ways) {
    test(`is tried again where it cuts off ${what}`, () =>
      withAnswers(
        [
          [closing, bytes.subarray(0, cutAt)],
          [closing, bytes],
        ],
        async (room, url, heard) => {
          const received = await room.receive(url);
          assert.equal(received.checksum, sha256(whole));
          await received.synced;
          assert.equal(heard.length, 2);
          assert.doesNotMatch(heard[1] ?? '', /range/i);
        },
      ));
  }

  test('is tried as often as any other, and then told', () =>
    withAnswers([[closing, gzipped.subarray(0, 300)]], async (room, url, heard) => {
      const error = await assertRefused(room, url, 'DOWNLOAD_CUT');
      assert.match(error.message, /said no length and closed the connection after 300 bytes: .* ends inside its gzip/);
      assert.equal(heard.length, limits.download_attempts);
    }));

  test('is not tried again for what is whole and wrong', async () => {
    for (const [text, code] of [
      ['<html>expired</html>', 'INPUT_HTML'],
      ['{"error":"expired"}', 'INPUT_ERROR_BODY'],
      ['[]', 'INPUT_NO_RECORDS'],
    ] as const)
      await withAnswers([[closing, Buffer.from(text)]], async (room, url, heard) => {
        await assertRefused(room, url, code);
        assert.equal(heard.length, 1);
      });
  });
});

suite('two versions of a file are never joined', () => {
  const older = Buffer.from(JSON.stringify(Array.from({ length: 300 }, (_, at) => ({ old: at }))));
  const newer = Buffer.from(JSON.stringify(Array.from({ length: 300 }, (_, at) => ({ new: at }))));
  assert.equal(older.byteLength, newer.byteLength);
  const head = (status: string, fields: readonly string[], length: number) =>
    [`HTTP/1.1 ${status}`, ...fields, `Content-Length: ${length}`, '', ''].join('\r\n');

  type Versions = { readonly first: Buffer; readonly second: Buffer };

  /** A server that is cut off after 1,000 bytes of the first version, and has the second from then on. Gives what was asked for. */
  async function receiveFrom(
    { first, second }: Versions,
    fields: readonly string[],
    part: (socket: Socket, rest: Buffer, contentRange: string) => void,
  ): Promise<{ checksum: string; asked: readonly (string | undefined)[] }> {
    let cut: (() => void) | null = null;
    const server = await startRawServer((socket, request) => {
      const total = second.byteLength;
      if (request === 1) {
        socket.write(head('200 OK', fields, first.byteLength));
        socket.write(first.subarray(0, 1000));
        // Not before the bytes are there: what a client has not looked at when the cut comes is lost.
        cut = () => socket.destroy();
      } else if (/^range:/im.test(server.heard[request - 1] ?? ''))
        part(socket, second.subarray(1000), `Content-Range: bytes 1000-${total - 1}/${total}`);
      else socket.end(Buffer.concat([Buffer.from(head('200 OK', [], total)), second]));
    });
    try {
      return await new Promise((resolve, reject) => {
        withRoom(async (room) => {
          const received = await room.receive(`${server.origin}/${name}?sig=SECRET`, { onProgress: () => cut?.() });
          await received.synced;
          const asked = server.heard.map((text) => /^range: (.*)$/im.exec(text)?.[1]);
          resolve({ checksum: received.checksum, asked });
        }, server.origin).catch(reject);
      });
    } finally {
      await server.close();
    }
  }

  const versions = { first: older, second: newer };
  const modified = 'Last-Modified: Wed, 25 Feb 2026 21:00:00 GMT';

  /** What a server says of its first version, which is nothing to go on by. */
  const nothing: Readonly<Record<string, readonly string[]>> = {
    'a date that equals the answer': [modified, modified.replace('Last-Modified', 'Date')],
    'a date that the answer does not tell from its own': [modified],
    'a weak ETag': ['ETag: W/"1"'],
    'two ETags': ['ETag: "1"', 'ETag: "2"'],
  };
  for (const [what, fields] of Object.entries(nothing)) {
    test(`by ${what}: no part is asked for`, async () => {
      const { checksum, asked } = await receiveFrom(versions, fields, (socket) => socket.destroy());
      assert.equal(checksum, sha256(newer));
      assert.deepEqual(asked, [undefined, undefined]);
    });
  }

  /** What a server says of the part of its second version after it has called the first one "1". */
  const parts: Readonly<Record<string, readonly string[]>> = {
    'of another ETag': ['ETag: "2"'],
    'of no ETag': [],
    'of a weak ETag': ['ETag: W/"1"'],
    'in another encoding': ['ETag: "1"', 'Content-Encoding: gzip'],
  };
  for (const [what, fields] of Object.entries(parts)) {
    test(`by a part ${what}: it is got anew, in one go`, async () => {
      const { checksum, asked } = await receiveFrom(versions, ['ETag: "1"'], (socket, rest, contentRange) => {
        socket.write(head('206 Partial Content', [...fields, contentRange], rest.byteLength));
        socket.end(rest);
      });
      assert.equal(checksum, sha256(newer));
      assert.deepEqual(asked, [undefined, 'bytes=1000-', undefined]);
    });
  }

  test('by several parts', async () => {
    const { checksum, asked } = await receiveFrom(versions, ['ETag: "1"'], (socket, rest, contentRange) => {
      const text = `--x\r\n${contentRange}\r\n\r\n${rest.toString()}\r\n--x--\r\n`;
      const fields = ['ETag: "1"', 'Content-Type: multipart/byteranges; boundary=x'];
      socket.end(head('206 Partial Content', fields, text.length) + text);
    });
    assert.equal(checksum, sha256(newer));
    assert.deepEqual(asked, [undefined, 'bytes=1000-', undefined]);
  });

  test('by a part that is longer than its range', async () => {
    const { checksum, asked } = await receiveFrom(versions, ['ETag: "1"'], (socket, rest, contentRange) => {
      socket.write(`HTTP/1.1 206 Partial\r\nETag: "1"\r\n${contentRange}\r\nConnection: close\r\n\r\n`);
      socket.end(Buffer.concat([rest, rest]));
    });
    assert.equal(checksum, sha256(newer));
    assert.deepEqual(asked, [undefined, 'bytes=1000-', undefined]);
  });

  test('by a server that lies, as far as the check of a gzip tells', async () => {
    const packed = { first: gzipSync(older, { level: 0 }), second: gzipSync(newer, { level: 0 }) };
    const { checksum, asked } = await receiveFrom(packed, ['ETag: "1"'], (socket, rest, contentRange) => {
      socket.write(head('206 Partial Content', ['ETag: "1"', contentRange], rest.byteLength));
      socket.end(rest);
    });
    assert.equal(checksum, sha256(newer));
    assert.deepEqual(asked, [undefined, 'bytes=1000-', undefined]);
  });
});
