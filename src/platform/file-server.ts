import type { AddressInfo } from 'node:net';

export type FileServer = { readonly origin: string; readonly close: () => Promise<void> };

/** Serves one body under any path, on a free port of the loopback address. */
export async function serveBody(body: Uint8Array, contentType: string): Promise<FileServer> {
  // Loaded here and not above: with it comes a second HTTP library of Node's own, 20 ms that only the demonstration needs.
  const { createServer } = await import('node:http');
  const server = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': contentType, 'content-length': body.byteLength });
    response.end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return { origin: `http://127.0.0.1:${port}`, close };
}
