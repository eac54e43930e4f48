import type { FastifyReply } from 'fastify';
import { Type } from 'typebox';
import { clientKey } from './client-key.ts';
import type { Sink } from './event-streams.ts';
import type { Service } from './routes.ts';
import { problems } from './problem-schemas.ts';

const headersSchema = Type.Object({
  'last-event-id': Type.Optional(
    Type.String({
      maxLength: 20,
      description: 'The id of the last event that was received; what came after it follows.',
    }),
  ),
});

/** Following what happens. */
export function addEventRoutes({ http, streams }: Service): void {
  http.get(
    '/events',
    {
      config: { needs: 'viewer' },
      schema: {
        operationId: 'followEvents',
        tags: ['jobs'],
        summary: 'Follow what happens to jobs (server-sent events)',
        description:
          'First an event `snapshot` (`jobs`, `counts`), or with Last-Event-ID what was missed. Then an event `job` (`event`, `job`) for ' +
          'each change, with ids that only rise, and `progress` of running imports and `fetch` of what is got by itself, which have no id. After `replaced` the job log is ' +
          'another one, and a `snapshot` follows.',
        headers: headersSchema,
        response: {
          200: { description: 'The events.', content: { 'text/event-stream': { schema: { type: 'string' } } } },
          ...problems(),
        },
      },
    },
    async (request, reply) => {
      const leave = streams.enter(clientKey(request));
      reply.hijack();
      atClose(reply.raw, leave);
      beginStream(reply);
      const id = request.headers['last-event-id'] ?? '';
      const close = await streams.open(sinkOf(reply.raw), /^\d{1,15}$/.test(id) ? Number(id) : null);
      atClose(reply.raw, close);
    },
  );
}

/** Calls `act` when the connection is gone, at once where it is already. */
function atClose(raw: FastifyReply['raw'], act: () => void): void {
  if (raw.destroyed) act();
  else raw.once('close', act);
}

function beginStream(reply: FastifyReply): void {
  const headers = {
    ...reply.getHeaders(),
    'content-type': 'text/event-stream; charset=utf-8',
    'x-accel-buffering': 'no',
  };
  reply.raw.writeHead(200, headers as Record<string, string>);
  // What cannot be sent any more, the client gets when it comes back.
  reply.raw.on('error', () => undefined);
}

function sinkOf(raw: FastifyReply['raw']): Sink {
  return {
    write: (text) => void raw.write(text),
    unread_bytes: () => raw.writableLength,
    end: () => void raw.end(),
  };
}
