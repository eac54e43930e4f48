import type { FastifyReply, FastifyRequest } from 'fastify';
import { GexlakeError } from '../core/errors.ts';
import { findToken, type TokenEntry, type TokenRole } from '../core/tokens.ts';
import { unreadable } from './problems.ts';

/** Who asks: the name that the log gets as actor, and what they may do. */
export type Client = { readonly name: string; readonly role: TokenRole };

declare module 'fastify' {
  interface FastifyRequest {
    /** Null where a token is needed and there is none, or none that is known. */
    client: Client | null;
  }
  interface FastifyContextConfig {
    /** What a route asks of its client; `anyone` for what holds no data. */
    readonly needs?: TokenRole | 'anyone';
  }
}

export type AccessRules = {
  readonly tokens: readonly TokenEntry[];
  /** Host names that a request may be addressed to; null where any is fine, because a token is needed anyway. */
  readonly hosts: ReadonlySet<string> | null;
  /** Origins whose pages may ask for work. */
  readonly origins: readonly string[];
};

/** Without tokens there is only this machine, and whoever is on it may do everything. */
const onThisMachine: Client = { name: 'anonymous', role: 'operator' };

const loopback = new Set(['127.0.0.1', '::1', 'localhost']);

export function isLoopback(host: string): boolean {
  return loopback.has(host.toLowerCase()) || /^127(?:\.\d{1,3}){3}$/.test(host);
}

/** Host names under which a service on a loopback address may be asked. */
export function loopbackHosts(host: string): ReadonlySet<string> {
  return new Set([...loopback, '[::1]', host.toLowerCase()]);
}

/** Finds out who asks, once the request says it only once. Whether that is enough is the route's business, so that a limit on requests comes in between. */
export function identify(request: FastifyRequest, { tokens }: AccessRules): Client | null {
  mustSayOnce(request);
  if (tokens.length === 0) return onThisMachine;
  const [, token] = /^Bearer +(\S{1,200})$/i.exec(request.headers.authorization ?? '') ?? [];
  const entry = token === undefined ? null : findToken(tokens, token);
  return entry === null ? null : { name: entry.name, role: entry.role };
}

/**
 * A page of another site can send requests to this machine from its user's browser: by a name of its own that leads here (then
 * Host is that name), or without asking first (then Origin is that site). Neither gets an answer.
 */
export function mustComeFromHere(request: FastifyRequest, { hosts, origins }: AccessRules): void {
  const host = request.headers.host ?? '';
  const hostname = host.replace(/:\d{1,5}$/, '').toLowerCase();
  if (hosts !== null && !hosts.has(hostname)) {
    throw new GexlakeError('FORBIDDEN', 'the request is addressed to a host name that is not this service', {
      hint: 'Ask for it as localhost or by the address that it listens on.',
    });
  }
  const { origin } = request.headers;
  const isReading = request.method === 'GET' || request.method === 'HEAD' || request.method === 'OPTIONS';
  if (isReading || origin === undefined || origins.includes(origin) || isFrom(origin, host)) return;
  throw new GexlakeError('FORBIDDEN', 'pages of that origin may not ask for work here', {
    hint: 'An operator can allow an origin with GEXLAKE_CORS_ORIGINS.',
  });
}

/** Whether a page of this service itself has asked. */
function isFrom(origin: string, host: string): boolean {
  return /^https?:/i.test(origin) && URL.parse(origin)?.host === host;
}

const sendToken =
  'Send it as: Authorization: Bearer <token>. An operator of the machine makes one with `gexlake token`.';

/** Headers that say who asks, from where and for what. Node takes the first, or all, and says nothing of it. */
const singleHeaders = ['host', 'authorization', 'origin', 'content-type', 'idempotency-key'];

/** What stands in front of this service may believe another one than Node does, so there is one (RFC 9112), or none. */
function mustSayOnce({ raw }: FastifyRequest): void {
  const names = raw.rawHeaders.filter((_, at) => at % 2 === 0).map((name) => name.toLowerCase());
  for (const single of singleHeaders) {
    const count = names.filter((name) => name === single).length;
    const mustBe = single === 'host' && raw.httpVersion === '1.1';
    if (count <= 1 && !(mustBe && count === 0)) continue;
    const problem = `the request has ${count} ${titled(single)} headers, expected one`;
    throw single === 'authorization'
      ? new GexlakeError('UNAUTHORIZED', problem, { hint: sendToken })
      : unreadable(problem);
  }
}

/** `content-type` as `Content-Type`. */
function titled(header: string): string {
  return header.replaceAll(/(?<![a-z])[a-z]/g, (letter) => letter.toUpperCase());
}

/** A hook before the body is read: the route's own demand on its client. */
export async function mustBeAllowed(request: FastifyRequest, _reply: FastifyReply): Promise<void> {
  const needs = request.routeOptions.config.needs ?? 'anyone';
  if (needs === 'anyone') return;
  if (request.client === null) {
    const given = request.headers.authorization !== undefined;
    throw new GexlakeError('UNAUTHORIZED', given ? 'the token is not known' : 'a token is needed', {
      hint: sendToken,
    });
  }
  if (needs === 'operator' && request.client.role !== 'operator') {
    throw new GexlakeError('FORBIDDEN', `the token ${request.client.name} may read only`, {
      hint: 'Ask with the token of an operator.',
    });
  }
}

/** The name that the log notes for what a client does. */
export function actorOf(request: FastifyRequest): string {
  return request.client?.name ?? onThisMachine.name;
}
