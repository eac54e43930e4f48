import assert from 'node:assert/strict';
import { after, suite, test } from 'node:test';
import { lastFirst, makeLake } from '../support/gexlake.ts';
import { recordsOf } from '../support/records.ts';
import { startOrigin } from '../support/origin.ts';
import { startService } from '../support/service.ts';
import { codeBlocks, column, readDocument, section } from './documents.ts';

/*
 * The examples of docs/http.md are sent, in their order, to one service. What differs from run to run (ids, times, the vendor's
 * host) is masked on both sides; where an answer has … it may have more.
 */

const document = readDocument('docs/http.md');
const vendor = 'https://hist.gex.bot';

const origin = await startOrigin();
after(() => origin.close());
const owner = lastFirst({ after });
const lake = await makeLake(owner);
const service = await startService(owner, lake, { env: { GEXLAKE_SOURCE_ALLOW: origin.origin } });

const day = '2025-10-22_NQ_NDX_classic_gex_zero.json';
origin.serve(`/${day}`, { body: JSON.stringify(recordsOf('NQ_NDX', 40)) });
origin.serve(`/again/${day}`, { body: JSON.stringify(recordsOf('NQ_NDX', 40, { spot: 6_699 })) });

type Example = { readonly request: string; readonly status: number; readonly answer: unknown };

function examples(): Example[] {
  const blocks = codeBlocks(document);
  return blocks.flatMap(({ language, body }, at) => {
    const next = blocks[at + 1];
    const status = /^json (\d{3})$/.exec(next?.language ?? '')?.[1];
    if (language !== 'http' || status === undefined) return [];
    return [{ request: body, status: Number(status), answer: JSON.parse(next?.body ?? '') as unknown }];
  });
}

let firstId = '';

async function send(text: string): Promise<Response> {
  const [head = '', body] = text.split('\n\n');
  const [line = '', ...lines] = head.trim().split('\n');
  const [method = '', path = ''] = line.split(' ');
  const headers = Object.fromEntries(lines.map((each) => each.split(': ') as [string, string]));
  const init = body === undefined ? {} : { body: body.replace(vendor, origin.origin) };
  return service.ask(path.replace('<id>', firstId), { method, headers, ...init });
}

function mask(text: string): string {
  return text
    .replaceAll(origin.origin, vendor)
    .replaceAll(/\b[0-9a-f]{8}-[0-9a-f-]{27}\b/g, 'REQUEST')
    .replaceAll(/\b[0-9a-f]{32}\b/g, 'ID')
    .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z/g, 'TIME')
    .replaceAll(/"WyIy[\w-]+"/g, '"CURSOR"');
}

/** What was found, less what the document leaves out. */
function shown(found: unknown, expected: unknown): unknown {
  if (Array.isArray(found) && Array.isArray(expected)) {
    const isOpen = expected.at(-1) === '…';
    const kept = isOpen ? found.slice(0, expected.length - 1) : found;
    return [...kept.map((item, at) => shown(item, expected[at])), ...(isOpen ? ['…'] : [])];
  }
  if (!isObject(found) || !isObject(expected)) return found;
  const isOpen = Object.hasOwn(expected, '…');
  const kept = Object.entries(found).filter(([name]) => !isOpen || Object.hasOwn(expected, name));
  const entries = kept.map(([name, value]) => [name, shown(value, expected[name])]);
  return { ...Object.fromEntries(entries), ...(isOpen ? { '…': '…' } : {}) } as unknown;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The job of the first example must have ended before the next one asks about it. */
async function untilQuiet(): Promise<void> {
  for (;;) {
    const { jobs } = await service.get<{ jobs: { status: string }[] }>('/jobs');
    if (jobs.every(({ status }) => status !== 'pending' && status !== 'started')) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

suite('docs/http.md', () => {
  test('shows what the service answers', async () => {
    const all = examples();
    assert.ok(all.length > 9);
    for (const { request, status, answer } of all) {
      const response = await send(request);
      const text = await response.text();
      assert.equal(response.status, status, `${request}\n${text}`);
      const expected: unknown = JSON.parse(mask(JSON.stringify(answer)));
      assert.deepEqual(shown(JSON.parse(mask(text)), expected), expected, request);
      if (firstId === '') firstId = (JSON.parse(text) as { id: string }).id;
      await untilQuiet();
    }
  });

  test('has every route and who may ask it', async () => {
    type Operation = { readonly security?: readonly unknown[] };
    const { paths } = await service.get<{ paths: Record<string, Record<string, Operation>> }>('/openapi.json');
    const routes = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    assert.deepEqual(column(section(document, 'Routes'), 'route').sort(), routes.sort());
  });

  test('has every metric of its own', async () => {
    const text = await (await service.ask('/metrics')).text();
    const names = [...text.matchAll(/^# TYPE (gex_\w+) /gm)].map(([, metric]) => metric ?? '');
    assert.deepEqual(column(section(document, 'Health and metrics'), 'metric').sort(), names.sort());
  });
});
