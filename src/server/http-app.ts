import { randomUUID } from 'node:crypto';
import cors from '@fastify/cors';
import helmet from '@fastify/helmet';
import rateLimit from '@fastify/rate-limit';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import Fastify, { LogController, type FastifyInstance, type FastifyRequest } from 'fastify';
import { GexlakeError } from '../core/errors.ts';
import type { Limits } from '../core/limits.ts';
import { redactText } from '../core/redact.ts';
import { identify, mustBeAllowed, mustComeFromHere, type AccessRules } from './access.ts';
import { clientKey } from './client-key.ts';
import { onUnreadable } from './connection-errors.ts';
import { Connections } from './connections.ts';
import { addDocument } from './document.ts';
import { readJson } from './json-body.ts';
import { handleError, sendProblem } from './problems.ts';
import { RequestsAtOnce } from './requests-at-once.ts';
import { findMethods, type KnownRoute } from './unknown-routes.ts';
import { compileValidator } from './validation.ts';

export type HttpSettings = {
  readonly rules: AccessRules;
  readonly limits: Limits;
  readonly version: string;
  /** Where the log of the service goes, one line of JSON for each entry. */
  readonly log: { readonly write: (text: string) => void };
  /** Whether the service is about to stop and takes no work. */
  readonly isStopping: () => boolean;
};

export type HttpApp = Awaited<ReturnType<typeof makeHttpApp>>;

/** Fastify with everything that is the same for all routes: who may ask, how much, how errors look, what is logged. */
export async function makeHttpApp(settings: HttpSettings) {
  const { limits } = settings;
  const app = bareApp(settings);
  const connections = new Connections(app.server, limits);
  app.setValidatorCompiler(compileValidator);
  // What is sent was made by typed code, and the tests hold it to its schema; a second compiler would only drop what it does not know.
  app.setSerializerCompiler(() => (data) => JSON.stringify(data));
  app.setErrorHandler(handleError);
  readJson(app, limits);
  addChecks(app, settings, connections);
  await addPlugins(app, settings);
  const routes: KnownRoute[] = [];
  app.addHook('onRoute', ({ method, url }) => {
    routes.push({ methods: [method].flat(), url });
  });
  await addDocument(app, settings.version);
  answerUnknown(app, routes);
  return app;
}

function bareApp({ limits, log }: HttpSettings) {
  return Fastify({
    logger: { level: 'info', stream: { write: (line) => log.write(redactText(line)) } },
    logController: new LogController({ disableRequestLogging: true }),
    http: {
      headersTimeout: limits.header_timeout_ms,
      connectionsCheckingInterval: 1_000,
      maxHeaderSize: 16_384,
      // The checks below do, with a problem as the answer.
      requireHostHeader: false,
    },
    requestTimeout: limits.request_timeout_ms,
    keepAliveTimeout: limits.idle_timeout_ms,
    bodyLimit: limits.body_bytes,
    requestIdHeader: false,
    genReqId: () => randomUUID(),
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    rewriteUrl: ({ url = '/' }) => withoutSlash(url),
    clientErrorHandler: onUnreadable,
    frameworkErrors: (error, request, reply) => {
      reply.header('x-request-id', request.id);
      void handleError(error, request, reply);
    },
  }).withTypeProvider<TypeBoxTypeProvider>();
}

/** Which pages may ask, what a browser may do with the answers, and how often a client may ask. */
async function addPlugins(app: FastifyInstance, { rules, limits }: HttpSettings): Promise<void> {
  await app.register(cors, {
    origin: [...rules.origins],
    methods: ['GET', 'POST'],
    allowedHeaders: ['content-type', 'authorization', 'idempotency-key', 'prefer', 'last-event-id'],
    exposedHeaders: ['location', 'retry-after', 'preference-applied', 'x-request-id'],
    maxAge: 600,
    strictPreflight: false,
  });
  await app.register(helmet, {
    contentSecurityPolicy: { useDefaults: false, directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] } },
    strictTransportSecurity: false,
  });
  await app.register(rateLimit, {
    global: true,
    hook: 'onRequest',
    max: limits.requests_per_minute,
    timeWindow: 60_000,
    keyGenerator: clientKey,
    errorResponseBuilder: (_request, { max }) => tooMany(max),
  });
}

/** Answers what no route is for, and what a route is for by another method. */
function answerUnknown(app: FastifyInstance, routes: readonly KnownRoute[]): void {
  app.setNotFoundHandler({ preHandler: app.rateLimit() }, async (request, reply) => {
    const methods = findMethods(routes, request.url);
    // A route may itself say that there is nothing: a file of the reference page that is not one.
    if (methods.length === 0 || methods.includes(request.method)) return sendProblem(reply, unknownRoute(request));
    reply.header('allow', methods.join(', '));
    return sendProblem(reply, wrongMethod(request, methods));
  });
}

/** A path without the slash behind it that some clients add. `/jobs/` stays: it is a job without its id. */
function withoutSlash(url: string): string {
  return url.replace(/^(\/(?!jobs\/?(?:[?#]|$)|docs\b)[^?#]*[^/?#])\/(?=[?#]|$)/, '$1');
}

/** How the service is can be asked whatever else a client does. */
export const healthRoute = '/health';

/** What every request passes, in this order: where it comes from, who asks; then the limits; then what the route needs. */
function addChecks(app: FastifyInstance, settings: HttpSettings, connections: Connections): void {
  const { rules, limits, isStopping } = settings;
  const atOnce = new RequestsAtOnce(limits.requests_at_once);
  app.decorateRequest('client', null);
  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id).header('cache-control', 'no-store');
    const isReserved = connections.isReserved(request.raw.socket);
    if (isReserved) reply.header('connection', 'close');
    request.client = identify(request, rules);
    mustComeFromHere(request, rules);
    const { url } = request.routeOptions;
    if (url === healthRoute) return;
    if (isReserved) throw noConnectionLeft();
    atOnce.enter(clientKey(request), reply.raw);
    const asksForPrivate = request.headers['access-control-request-private-network'] === 'true';
    if (asksForPrivate && rules.origins.includes(request.headers.origin ?? ''))
      reply.header('access-control-allow-private-network', 'true');
  });
  app.addHook('preParsing', async (request, reply) => {
    await mustBeAllowed(request, reply);
    if (isStopping() && request.method === 'POST')
      throw new GexlakeError('SHUTTING_DOWN', 'the service is about to stop and takes no work', {
        hint: 'Ask again after it has started again.',
      });
  });
  app.addHook('onResponse', async (request, reply) => {
    const { method, client } = request;
    const status = reply.statusCode;
    const took_ms = Math.round(reply.elapsedTime);
    const who = { client: client?.name ?? null, address: request.ip };
    request.log.info({ method, path: pathOf(request), status, took_ms, ...who }, 'request');
  });
}

/** The path alone: query strings hold secrets, and a client may have taken one for a part of its path. */
function pathOf(request: FastifyRequest): string {
  return redactText(request.url.replace(/[?#].*$/s, '')).slice(0, 200);
}

function tooMany(max: number): GexlakeError {
  return new GexlakeError('RATE_LIMITED', `more than ${max} such requests of this client in a minute`, {
    hint: 'Wait as long as Retry-After says.',
  });
}

function noConnectionLeft(): GexlakeError {
  return new GexlakeError(
    'TOO_MANY_CLIENTS',
    'all connections that this address, or everybody together, may have are in use',
    {
      hint: 'Close some of them, or raise the limits connections_each and connections.',
    },
  );
}

function unknownRoute(request: FastifyRequest): GexlakeError {
  return new GexlakeError('ROUTE_UNKNOWN', `there is nothing at ${JSON.stringify(pathOf(request))}`, {
    hint: '/openapi.json lists all routes, /docs shows them.',
  });
}

function wrongMethod(request: FastifyRequest, methods: readonly string[]): GexlakeError {
  return new GexlakeError('METHOD_NOT_ALLOWED', `${request.method} is not possible here, ${methods.join(', ')} is`, {
    hint: '/openapi.json lists all routes, /docs shows them.',
  });
}
