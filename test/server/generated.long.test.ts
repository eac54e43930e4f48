import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import fc from 'fast-check';
import { lastFirst, makeLake } from '../support/gexlake.ts';
import { startService } from '../support/service.ts';

/*
 * Requests made from the OpenAPI document: each parameter and each field now and then as its schema says, now and then otherwise.
 * Whatever comes, the answer has a status that the document names, the shape that it gives for it, and is never a 500.
 */

type Schema = Readonly<Record<string, unknown>> & { readonly properties?: Readonly<Record<string, Schema>> };
type Parameter = { readonly name: string; readonly in: string; readonly schema: Schema; readonly required?: boolean };
type Content = Readonly<Record<string, { readonly schema: Schema }>>;
type Operation = {
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Content };
  readonly responses: Readonly<Record<string, { readonly content?: Content }>>;
};
type Document = {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
};

const seed = Number(process.env['GEXLAKE_TEST_SEED'] ?? Date.now() % 1_000_000);
const owner = lastFirst({ after });
const lake = await makeLake(owner);
// Nothing is worked off: what is asked for is at issue, and no host that could be asked is open.
const service = await startService(owner, lake, { env: { GEXLAKE_LIMITS: limits() } });
const document = await service.get<Document>('/openapi.json');
const ajv = addFormats.default(new Ajv2020({ strict: false }));
ajv.addSchema({ ...document, $id: 'document' });

function limits(): string {
  const quick = { download_attempts: 1, connect_timeout_ms: 50, wait_ms: 50 };
  return JSON.stringify({ requests_per_minute: 1_000_000, imports_per_minute: 1_000_000, ...quick });
}

/** Values that a schema allows, or nearly; and what no schema expects. */
function valueOf(schema: Schema): fc.Arbitrary<unknown> {
  const wild = fc.oneof(
    fc.string(),
    fc.string({ unit: 'binary' }),
    fc.integer(),
    fc.constant(null),
    fc.jsonValue({ maxDepth: 3 }),
  );
  return fc.oneof({ arbitrary: allowedBy(schema), weight: 3 }, { arbitrary: wild, weight: 1 });
}

function allowedBy(schema: Schema): fc.Arbitrary<unknown> {
  if (Array.isArray(schema['enum'])) return fc.constantFrom(...(schema['enum'] as unknown[]));
  if (schema['format'] === 'date') return fc.constantFrom('2025-10-22', '2024-02-29', '2025-02-30', '0000-00-00');
  if (typeof schema['pattern'] === 'string' && schema['pattern'] !== String.raw`\S`)
    return fc.oneof(fc.stringMatching(new RegExp(schema['pattern'])), fc.constantFrom(...knownIds));
  if (schema['type'] === 'integer' || schema['type'] === 'number')
    return fc.oneof(fc.integer({ min: -1, max: 600 }), fc.double());
  if (schema['type'] === 'boolean') return fc.boolean();
  return fc.oneof(fc.constantFrom('SPX', 'zero', 'gex_zero', '2025-10-22', ...urls), fc.string({ maxLength: 40 }));
}

const urls = [
  'https://hist.gex.bot.invalid/2025-10-22_SPX_classic_gex_zero.json?sig=1',
  'http://127.0.0.1:1/2025-10-22_SPX_classic_gex_zero.json',
  'file:///etc/passwd',
  'https://hist.gex.bot/',
];
const queued = await lake.json<{ id: string }[]>([
  'enqueue',
  ...['NQ_NDX', 'SPX'].map((ticker) => `/nowhere/2025-10-22_${ticker}_classic_gex_zero.json`),
]);
const knownIds = queued.map((job) => job.id);

type Ask = { readonly path: string; readonly init: RequestInit };

function requests(path: string, method: string, operation: Operation): fc.Arbitrary<Ask> {
  const parameters = operation.parameters ?? [];
  const values = fc.tuple(...parameters.map(({ schema }) => fc.option(valueOf(schema), { nil: undefined, freq: 3 })));
  const body = operation.requestBody === undefined ? fc.constant(undefined) : bodies(operation.requestBody.content);
  return fc.tuple(values, body).map(([given, sent]) => {
    const query = new URLSearchParams();
    const headers: Record<string, string> = {};
    let place = path;
    for (const [at, { name, in: where }] of parameters.entries()) {
      const value = given[at];
      const text = typeof value === 'string' ? value : JSON.stringify(value);
      if (where === 'path')
        place = place.replace(`{${name}}`, encodeURIComponent((value === undefined ? 'x' : text).toWellFormed()));
      else if (value === undefined) continue;
      else if (where === 'query') query.append(name, text.toWellFormed());
      else if (/^[\x20-\x7e]+$/.test(text)) headers[name] = text;
    }
    const init = { method: method.toUpperCase(), headers };
    if (sent === undefined) return { path: `${place}?${query.toString()}`, init };
    headers['content-type'] = sent.type;
    return { path: `${place}?${query.toString()}`, init: { ...init, body: sent.text } };
  });
}

function bodies(content: Content): fc.Arbitrary<{ readonly type: string; readonly text: string }> {
  const types = Object.keys(content);
  const schema = Object.values(content)[0]?.schema ?? {};
  const fields = Object.entries(schema.properties ?? {}).map(([name, field]) => [name, valueOf(field)] as const);
  const objects = fc.record(Object.fromEntries(fields), { requiredKeys: ['url'] });
  const texts = fc.oneof(
    { arbitrary: objects.map((body) => JSON.stringify(body)), weight: 6 },
    { arbitrary: fc.json(), weight: 1 },
    { arbitrary: fc.string(), weight: 1 },
  );
  return fc.record({ type: fc.constantFrom(...types), text: texts });
}

const numRuns = 40;

for (const [path, operations] of Object.entries(document.paths)) {
  for (const [method, operation] of Object.entries(operations)) {
    if (path === '/events') continue; // its answer has no end; the tests of events ask it
    test(`${method.toUpperCase()} ${path}: ${numRuns} requests`, async () => {
      const property = fc.asyncProperty(requests(path, method, operation), async ({ path: place, init }) => {
        const answer = await service.ask(place, init);
        const text = await answer.text();
        const type = (answer.headers.get('content-type') ?? '').split(';')[0] ?? '';
        assert.notEqual(answer.status, 500, text);
        const documented = operation.responses[answer.status];
        assert.ok(documented !== undefined, `${answer.status} is not documented: ${text}`);
        const schema = documented.content?.[type]?.schema;
        assert.ok(schema !== undefined, `${answer.status} is not documented as ${type}`);
        if (type === 'text/plain') return;
        const pointer = ['paths', path, method, 'responses', String(answer.status), 'content', type, 'schema'];
        const escaped = pointer.map((part) => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1')));
        const validate = ajv.getSchema(`document#/${escaped.join('/')}`);
        assert.ok(validate?.(JSON.parse(text)), `${text}: ${ajv.errorsText(validate?.errors)}`);
      });
      await fc.assert(property, { seed, numRuns });
    });
  }
}
