import { lookup } from 'node:dns';
import { isIP, type LookupFunction, type Socket } from 'node:net';
import type { buildConnector } from 'undici';
import { GexlakeError } from '../core/errors.ts';
import { openTunnel } from './tunnel.ts';

/** Whether a connection to `address` may be opened on behalf of `origin`; asked for every address a name resolves to. */
export type MayConnect = (address: string, origin: string) => boolean;

export type ConnectorSettings = {
  readonly connect_timeout_ms: number;
  readonly mayConnect: MayConnect;
  /** The proxy that connections for an origin go through; null for none. */
  readonly proxyFor: (origin: string) => URL | null;
};

/** Makes the connections of one client, and knows them all. */
export type Connector = {
  readonly connect: buildConnector.connector;
  /** Bytes that have come over all connections, whatever they were. */
  readonly read_bytes: () => number;
  /** Ends every connection, those that are still being made included. */
  readonly close: () => void;
};

/** Connects like undici does, but asks about the address first: a literal one here, resolved ones when they are known. */
export function checkedConnector(build: typeof buildConnector, settings: ConnectorSettings): Connector {
  const sockets = new Set<Socket>();
  const { connect_timeout_ms, mayConnect, proxyFor } = settings;
  let gone_bytes = 0;
  const known = <T>(socket: T): T => {
    // What undici makes is a socket or builds on one.
    const opened = socket as Socket;
    sockets.add(opened);
    opened.once('close', () => {
      gone_bytes += opened.bytesRead;
      sockets.delete(opened);
    });
    return socket;
  };
  const connect: buildConnector.connector = (target, callback) => {
    const origin = new URL(`${target.protocol}//${target.host ?? target.hostname}`).origin;
    const isLiteral = isIP(target.hostname.replace(/^\[|\]$/g, '')) !== 0;
    if (isLiteral && !mayConnect(target.hostname.replace(/^\[|\]$/g, ''), origin)) {
      callback(addressRefused(target.hostname, target.hostname), null);
      return;
    }
    const proxy = proxyFor(origin);
    const timeout = connect_timeout_ms;
    if (proxy === null) {
      const checkedLookup = lookupFor((address) => mayConnect(address, origin));
      known(build({ timeout, allowH2: false, lookup: checkedLookup })(target, callback));
      return;
    }
    const through = { proxy, host: target.hostname, port: Number(target.port) || 443, timeout_ms: timeout, known };
    openTunnel(through, (error, httpSocket) => {
      if (error === null) known(build({ timeout, allowH2: false })({ ...target, httpSocket }, callback));
      else callback(error, null);
    });
  };
  return {
    connect,
    read_bytes: () => [...sockets].reduce((sum, socket) => sum + socket.bytesRead, gone_bytes),
    close: () => {
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** The system's name resolution; one address that is not allowed refuses the name, whatever its other addresses are. */
function lookupFor(isAllowed: (address: string) => boolean): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, found) => {
      const refused = error === null ? found.find(({ address }) => !isAllowed(address)) : undefined;
      const first = found?.[0];
      if (error !== null) callback(error, []);
      else if (refused !== undefined) callback(addressRefused(hostname, refused.address), []);
      else if (options.all === true || first === undefined) callback(null, found);
      else callback(null, first.address, first.family);
    });
  };
}

function addressRefused(host: string, address: string): GexlakeError {
  return new GexlakeError('SOURCE_NOT_ALLOWED', `host ${host} leads to ${address}, which is not a public address`, {
    hint: 'Sources are fetched from public addresses only. An operator can open one origin, written in full, with GEXLAKE_SOURCE_ALLOW.',
  });
}
