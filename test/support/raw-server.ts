import { createServer, type AddressInfo, type Socket } from 'node:net';

export type RawServer = {
  /** `http://127.0.0.1:<port>`. */
  readonly origin: string;
  /** How many requests have come. */
  readonly requests: () => number;
  /** Their text, in the order they came. */
  readonly heard: readonly string[];
  readonly close: () => Promise<void>;
};

/**
 * A server that knows nothing of HTTP: what it says to a request is written onto the socket as it is. `answer` is called for each
 * request, counted from 1, and closes the connection itself if it wants to.
 */
export async function startRawServer(answer: (socket: Socket, request: number) => void): Promise<RawServer> {
  const sockets = new Set<Socket>();
  const heard: string[] = [];
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
    let text = '';
    socket.on('data', (bytes) => {
      text += bytes.toString('latin1');
      for (let end = text.indexOf('\r\n\r\n'); end !== -1; end = text.indexOf('\r\n\r\n')) {
        heard.push(text.slice(0, end));
        text = text.slice(end + 4);
        answer(socket, heard.length);
      }
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    // A server that listens on a port has an address with one.
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests: () => heard.length,
    heard,
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
