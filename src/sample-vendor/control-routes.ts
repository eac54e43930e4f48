import type { HttpRequest } from '../platform/http-server.ts';
import { errorAnswer, jsonAnswer, type Answer } from './answers.ts';
import { faultKinds, type Fault } from './faults.ts';
import type { Vendor } from './vendor.ts';

/** What tests in other processes ask of a stand-in: its calls, its clock, its faults. The vendor has none of it. */
export async function answerControl(vendor: Vendor, request: HttpRequest): Promise<Answer> {
  const what = request.path.slice('/_control/'.length);
  if (request.method === 'GET') return show(vendor, what);
  try {
    return change(vendor, what, JSON.parse(await request.readBody()) as Wish);
  } catch {
    return errorAnswer(400, 'expected JSON');
  }
}

function show({ calls, clock, faults }: Vendor, what: string): Answer {
  if (what === 'calls') return jsonAnswer(200, calls.all());
  if (what === 'clock') return jsonAnswer(200, { now: new Date(clock.now_ms()).toISOString() });
  return what === 'faults' ? jsonAnswer(200, faults.list()) : errorAnswer(404, 'no such control');
}

/** What a request may say, as long as nobody has looked at it. */
type Wish = {
  readonly ms?: unknown;
  readonly faults?: unknown;
  readonly ticker?: unknown;
  readonly category?: unknown;
  readonly date?: unknown;
};

function change(vendor: Vendor, what: string, wish: Wish): Answer {
  const { clock, faults, published } = vendor;
  if (what === 'clock' && typeof wish.ms === 'number' && wish.ms >= 0) {
    clock.advance(wish.ms);
    return show(vendor, 'clock');
  }
  if (what === 'faults' && Array.isArray(wish.faults) && wish.faults.every(isFault)) {
    faults.set(wish.faults);
    return show(vendor, 'faults');
  }
  const { ticker, category, date } = wish;
  if (what === 'restate' && typeof ticker === 'string' && typeof category === 'string' && typeof date === 'string') {
    published.restate({ ticker, category, date });
    return jsonAnswer(200, { ticker, category, date });
  }
  return errorAnswer(400, 'no such control, or not what it needs');
}

function isFault(value: unknown): value is Fault {
  const kind = (value as { kind?: unknown } | null)?.kind;
  return faultKinds.some((known) => known === kind);
}
