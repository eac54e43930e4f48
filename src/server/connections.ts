import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Limits } from '../core/limits.ts';
import { clientAddress } from './client-key.ts';

type Server = FastifyInstance['server'];
type Request = FastifyRequest['raw'];
type Response = FastifyReply['raw'];
type Socket = Request['socket'];

type Connection = {
  readonly address: string;
  /** One of the reserve: it may ask how the service is, and nothing else. */
  readonly isReserved: boolean;
  /** Requests that are being answered; none: the connection is idle. */
  requests: number;
};

/**
 * The connections of the service, by the address that they come from. One address may have so many, and all together so many;
 * beyond that the connection that has been idle longest goes, so that whoever only holds connections keeps nobody out. Where all of
 * them are at work, a few more are let in, which get no other answer than that of `/health`.
 */
export class Connections {
  readonly #limits: Limits;
  /** The one that was used last at the end. */
  readonly #open = new Map<Socket, Connection>();
  readonly #counts = new Map<string, number>();
  #reserved = 0;

  constructor(server: Server, limits: Limits) {
    this.#limits = limits;
    server.maxConnections = limits.connections + limits.connections_reserved;
    server.on('connection', (socket) => this.#admit(socket));
    server.on('request', (request, response) => this.#work(request, response));
  }

  /** Whether a connection is one of the reserve. */
  isReserved(socket: Socket): boolean {
    return this.#open.get(socket)?.isReserved === true;
  }

  #admit(socket: Socket): void {
    const address = clientAddress(socket.remoteAddress);
    const { connections, connections_each } = this.#limits;
    const isFull = this.#open.size - this.#reserved >= connections;
    const hasMost = (this.#counts.get(address) ?? 0) >= connections_each;
    if (!isFull && !hasMost) this.#add(socket, address, false);
    else if (this.#dropIdle(hasMost ? address : this.#busiest())) this.#add(socket, address, false);
    else if (!hasMost && this.#dropIdle(null)) this.#add(socket, address, false);
    else if (this.#reserved < this.#limits.connections_reserved || this.#dropReserved())
      this.#add(socket, address, true);
    else socket.destroy();
  }

  #add(socket: Socket, address: string, isReserved: boolean): void {
    this.#open.set(socket, { address, isReserved, requests: 0 });
    if (isReserved) this.#reserved += 1;
    else this.#counts.set(address, (this.#counts.get(address) ?? 0) + 1);
    socket.once('close', () => this.#remove(socket));
  }

  #remove(socket: Socket): void {
    const connection = this.#open.get(socket);
    if (connection === undefined) return;
    this.#open.delete(socket);
    if (connection.isReserved) {
      this.#reserved -= 1;
      return;
    }
    const left = (this.#counts.get(connection.address) ?? 1) - 1;
    if (left === 0) this.#counts.delete(connection.address);
    else this.#counts.set(connection.address, left);
  }

  /** The address with the most connections. */
  #busiest(): string | null {
    let busiest: string | null = null;
    let most = 0;
    for (const [address, count] of this.#counts) if (count > most) [busiest, most] = [address, count];
    return busiest;
  }

  /** Closes the connection that has been idle longest, of an address or (null) of any; false where none is idle. */
  #dropIdle(address: string | null): boolean {
    return this.#drop((connection) => !connection.isReserved && (address === null || connection.address === address));
  }

  #dropReserved(): boolean {
    return this.#drop(({ isReserved }) => isReserved);
  }

  #drop(isOne: (connection: Connection) => boolean): boolean {
    for (const [socket, connection] of this.#open) {
      if (connection.requests > 0 || !isOne(connection)) continue;
      this.#remove(socket);
      socket.destroy();
      return true;
    }
    return false;
  }

  #work({ socket }: Request, response: Response): void {
    const connection = this.#open.get(socket);
    if (connection === undefined) return;
    connection.requests += 1;
    response.once('close', () => {
      connection.requests -= 1;
      if (!this.#open.delete(socket)) return;
      this.#open.set(socket, connection);
    });
  }
}
