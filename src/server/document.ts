import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance } from 'fastify';
import { namedSchemas } from './named-schemas.ts';

const description = `GEXBot gamma-exposure history as governed, canonical Parquet: ask for imports, and follow them.

Errors are problem documents (RFC 9457) with a stable \`code\`; docs/errors.md explains each one. Every answer has an
\`X-Request-Id\`. Where the service has tokens, each route but \`/health\`, \`/openapi.json\` and \`/docs\` needs one.`;

/** The page, its scripts and pictures come from here, and so does all that it asks for. */
const pagePolicy = ['default', 'connect', 'script', 'font', 'form-action', 'base-uri', 'frame-ancestors']
  .map((name) => `${name.includes('-') ? name : `${name}-src`} 'self'`)
  .concat("img-src 'self' data:", "style-src 'self' 'unsafe-inline'", "object-src 'none'")
  .join('; ');

/** The OpenAPI document, made from the routes' schemas, and a page that shows it. Nothing of it comes from another site. */
export async function addDocument(app: FastifyInstance, version: string): Promise<void> {
  for (const schema of namedSchemas) app.addSchema(schema);
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'gexlake', version, description, license: { name: 'MIT', identifier: 'MIT' } },
      tags: [
        { name: 'imports', description: 'Asking for work' },
        { name: 'jobs', description: 'The job log' },
        { name: 'data', description: 'What is published' },
        { name: 'service', description: 'How the service is' },
      ],
      components: {
        securitySchemes: { token: { type: 'http', scheme: 'bearer', description: 'A token of `gexlake token`.' } },
      },
      // Without tokens in the configuration, none is needed.
      security: [{ token: [] }, {}],
    },
    refResolver: { buildLocalReference: nameOf },
  });
  await app.register(swaggerUi, {
    routePrefix: '/docs',
    staticCSP: pagePolicy,
    uiConfig: { validatorUrl: null, deepLinking: true, tryItOutEnabled: false },
  });
  app.get('/openapi.json', { schema: { hide: true } }, async () => app.swagger());
}

/** A schema's name in the document: only schemas that have one are referred to. */
function nameOf({ $id }: Readonly<Record<string, unknown>>): string {
  if (typeof $id === 'string') return $id;
  throw new Error('a schema is referred to that has no $id');
}
