import type { LadderForm } from '../core/contract.ts';
import type { LadderRows } from './ladder-rows.ts';
import { numberOf } from './parse-number.ts';
import type { CurrentRecord } from './record.ts';

/** Reads a ladder from its value into the rows behind the committed ones; what is wrong with it becomes the record's `ladderProblem`. */
export function readLadder(value: unknown, record: CurrentRecord, ladder: LadderRows): void {
  if (value === undefined || value === null) return;
  const { form } = ladder;
  if (!Array.isArray(value)) {
    record.ladderProblem = `${form.field} is not an array`;
    return;
  }
  let hasTexts = false;
  for (const [at, entry] of value.entries()) {
    const row = readLadderRow(entry, form);
    if (typeof row === 'string') {
      record.ladderProblem = `${form.field}[${at}] ${row}`;
      ladder.rollBack();
      return;
    }
    hasTexts ||= row.hasTexts;
    ladder.set(ladder.committed + at, row.numbers, row.priors);
  }
  if (hasTexts) record.notice('number_in_text', form.field);
  record.ladderRows = value.length;
}

type LadderRow = { readonly numbers: number[]; readonly priors: number[] | null; readonly hasTexts: boolean };

/** One entry of a ladder, or what is wrong with it. The strike is required, the other numbers may be null or absent. */
export function readLadderRow(entry: unknown, form: LadderForm): LadderRow | string {
  if (!Array.isArray(entry)) return 'is not an array';
  const items: readonly unknown[] = entry;
  const priorsAt = form.lead.length;
  const width = priorsAt + 1 + form.trailing.length;
  if (items.length > width) return `has ${items.length} items, expected ${width}`;
  if (items.length < priorsAt) return `has ${items.length} items, expected at least ${priorsAt}`;
  const others = [...items.slice(0, priorsAt), ...items.slice(priorsAt + 1)];
  const numbers = others.map(nullableNumber);
  if (numbers[0] === undefined || Number.isNaN(numbers[0])) return 'has no strike';
  const priors = (items[priorsAt] ?? null) as unknown;
  if (priors !== null && !Array.isArray(priors)) return 'has priors that are not an array';
  const priorNumbers = priors === null ? null : priors.map(nullableNumber);
  if ([...numbers, ...(priorNumbers ?? [])].includes(undefined)) return 'holds something else than finite numbers';
  const hasTexts = others.some(isText) || (priors?.some(isText) ?? false);
  return { numbers: numbers as number[], priors: priorNumbers as number[] | null, hasTexts };
}

function isText(value: unknown): boolean {
  return typeof value === 'string';
}

/** A finite number as it is, null as NaN, anything else as undefined. */
function nullableNumber(value: unknown): number | undefined {
  if (value === null) return Number.NaN;
  const number = numberOf(value);
  return number !== undefined && Number.isFinite(number) ? number : undefined;
}
