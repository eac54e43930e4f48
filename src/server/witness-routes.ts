import type { FastifyInstance } from 'fastify';
import type { App } from '../app/app.ts';
import { problems } from './problem-schemas.ts';
import { importLimit, type Service } from './routes.ts';

/** More than a proof and a checkpoint can have. */
const body_bytes = 65_536;

/** What a witness says, with the status that C2SP tlog-witness gives each answer. */
const answers: Readonly<Record<number, unknown>> = {
  ...problems(),
  200: text('The line by which the witness has signed the checkpoint.'),
  403: text('The signature of the checkpoint does not hold.'),
  404: text('The witness does not watch that journal.'),
  409: text('The witness has seen another size of that journal: this one.'),
  422: text('The proof does not show that it goes on from what the witness has seen.'),
};

function text(description: string) {
  return { description, content: { 'text/plain': { schema: { type: 'string' } } } };
}

/**
 * Signs checkpoints of other journals, where the settings have a key for that. A request brings its own proof of who asks: the signature of a
 * journal that the settings name.
 */
export async function addWitnessRoutes(service: Service, app: Pick<App, 'openWitness'>): Promise<void> {
  const add = await app.openWitness();
  if (add === null) return;
  await service.http.register(async (http: FastifyInstance) => {
    // Whatever type a client says it is: the text is looked at.
    http.removeAllContentTypeParsers();
    http.addContentTypeParser('*', { parseAs: 'string', bodyLimit: body_bytes }, (_request, body, done) =>
      done(null, body),
    );
    for (const url of ['/witness', '/witness/add-checkpoint'])
      http.post(
        url,
        {
          bodyLimit: body_bytes,
          config: { needs: 'anyone', ...importLimit(service) },
          schema: {
            operationId: url === '/witness' ? 'witness' : 'witnessAddCheckpoint',
            tags: ['service'],
            summary: 'Sign a checkpoint of another journal (C2SP tlog-witness)',
            security: [],
            response: answers,
          },
        },
        async (request, reply) => {
          const { status, type, body } = await add(typeof request.body === 'string' ? request.body : '');
          return reply.code(status).type(type).serializer(String).send(body);
        },
      );
  });
}
