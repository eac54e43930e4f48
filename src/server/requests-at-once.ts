import type { FastifyReply } from 'fastify';
import { GexlakeError } from '../core/errors.ts';

/** Counts the requests of each client that are being answered. */
export class RequestsAtOnce {
  readonly #most: number;
  readonly #counts = new Map<string, number>();

  constructor(most: number) {
    this.#most = most;
  }

  /** Counts a request until its answer has ended. @throws RATE_LIMITED where the client has as many already */
  enter(client: string, response: FastifyReply['raw']): void {
    const count = this.#counts.get(client) ?? 0;
    if (count >= this.#most)
      throw new GexlakeError('RATE_LIMITED', `${this.#most} requests of this client are being answered already`, {
        hint: 'Wait for some of them to end.',
      });
    this.#counts.set(client, count + 1);
    response.once('close', () => this.#leave(client));
  }

  #leave(client: string): void {
    const left = (this.#counts.get(client) ?? 1) - 1;
    if (left === 0) this.#counts.delete(client);
    else this.#counts.set(client, left);
  }
}
