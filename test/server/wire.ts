import assert from 'node:assert/strict';
import { connect, type Socket } from 'node:net';

/*
 * HTTP by hand: what an attacker sends is not what a client library would let through, so these tests write the bytes of their
 * requests themselves and read what comes back.
 */

export type WireAnswer = {
  readonly status: number;
  /** By lower-case name; of a repeated header the last. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
};

export type Lines = readonly string[];

/** A request as bytes. `lines` are whole header lines; Host, Connection and Content-Length stand by themselves unless given. */
export function request(method: string, target: string, lines: Lines = [], body: string | Uint8Array = ''): Buffer {
  const content = Buffer.from(body);
  const given = new Set(lines.map((line) => line.slice(0, line.indexOf(':')).toLowerCase()));
  const framed = given.has('content-length') || given.has('transfer-encoding') || content.byteLength === 0;
  const all = [
    `${method} ${target} HTTP/1.1`,
    ...(given.has('host') ? [] : ['Host: localhost']),
    ...(given.has('connection') ? [] : ['Connection: close']),
    ...(framed ? [] : [`Content-Length: ${content.byteLength}`]),
    ...lines,
  ];
  return Buffer.concat([Buffer.from(`${all.join('\r\n')}\r\n\r\n`, 'latin1'), content]);
}

/** Opens a connection, sends the bytes, and gives all answers once the service has closed it. */
export async function exchange(port: number, bytes: Uint8Array, from?: string): Promise<WireAnswer[]> {
  const socket = await open(port, from);
  socket.write(bytes);
  return parseAnswers(await readToEnd(socket), bytes.toString().startsWith('HEAD'));
}

export async function open(port: number, from = '127.0.0.1'): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', localAddress: from }, () => resolve(socket));
    socket.once('error', reject);
  });
}

/** Everything that comes until the other side closes; a connection that is reset is closed, too. */
export async function readToEnd(socket: Socket): Promise<Buffer> {
  const chunks: Buffer[] = [];
  return new Promise((resolve) => {
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    socket.on('error', () => undefined);
    socket.once('end', () => socket.end());
    socket.once('close', () => resolve(Buffer.concat(chunks)));
  });
}

/** The answers in what a service has sent over one connection. Answers to HEAD have no body. */
export function parseAnswers(bytes: Buffer, toHead = false): WireAnswer[] {
  const answers: WireAnswer[] = [];
  let rest = bytes;
  while (rest.byteLength > 0) {
    const end = rest.indexOf('\r\n\r\n');
    assert.notEqual(end, -1, `not an answer: ${rest.toString().slice(0, 200)}`);
    const [first = '', ...lines] = rest.subarray(0, end).toString('latin1').split('\r\n');
    const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(first)?.[1]);
    assert.ok(status >= 100, `not a status line: ${first}`);
    const headers = new Map(lines.map((line) => [line.split(':', 1)[0]?.toLowerCase() ?? '', valueOf(line)]));
    const noBody = toHead || status < 200 || status === 204 || status === 304;
    const [body, used] = noBody ? ['', 0] : readBody(rest.subarray(end + 4), headers);
    rest = rest.subarray(end + 4 + used);
    answers.push({ status, headers, body });
  }
  return answers;
}

function valueOf(line: string): string {
  return line.slice(line.indexOf(':') + 1).trim();
}

function readBody(bytes: Buffer, headers: ReadonlyMap<string, string>): readonly [string, number] {
  if (headers.get('transfer-encoding') === 'chunked') return readChunks(bytes);
  const length = Number(headers.get('content-length') ?? bytes.byteLength);
  return [bytes.subarray(0, length).toString(), length];
}

function readChunks(bytes: Buffer): readonly [string, number] {
  const parts: Buffer[] = [];
  for (let at = 0; ;) {
    const lineEnd = bytes.indexOf('\r\n', at);
    const size = Number.parseInt(bytes.subarray(at, lineEnd).toString(), 16);
    at = lineEnd + 2 + size + 2;
    if (!(size > 0)) return [Buffer.concat(parts).toString(), at];
    parts.push(bytes.subarray(lineEnd + 2, at - 2));
  }
}
