import type { TestEvent } from 'node:test/reporters';
import { inspect } from 'node:util';

const whole = { depth: 8, maxStringLength: null, maxArrayLength: 200 };

export type Counts = { passed: number; failed: number; skipped: number };

/** Tells what failed in one file's process, and at the end how many tests there were: a test with tests inside counts by these. */
export default async function* report(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  const counts: Counts = { passed: 0, failed: 0, skipped: 0 };
  const parents = new Set<number>();
  for await (const { type, data } of events) {
    if (type === 'test:start') parents.add(data.parentId ?? 0);
    if (type === 'test:summary') yield `counts ${JSON.stringify(counts)}\n`;
    if (type !== 'test:pass' && type !== 'test:fail') continue;
    const { details, skip = false, todo = false } = data;
    if (skip !== false || todo !== false) counts.skipped++;
    else if (type === 'test:pass') counts.passed += parents.has(data.testId) || details.type === 'suite' ? 0 : 1;
    else {
      const { error } = data.details;
      if ('failureType' in error && error.failureType === 'subtestsFailed') continue;
      counts.failed++;
      yield `FAILED ${data.file ?? ''}:${data.line ?? 0} › ${data.name}\n${inspect(error.cause ?? error, whole)}\n`;
    }
  }
}
