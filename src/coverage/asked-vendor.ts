import type { CoverageDay } from '../core/coverage.ts';
import { counted } from '../core/counted.ts';
import type { VendorCall } from '../core/vendor-call.ts';

/** Says of each day that is not here what the vendor has answered when it was asked for it. Pure. */
export function withAnswers(days: readonly CoverageDay[], calls: readonly VendorCall[]): CoverageDay[] {
  const byDay = Map.groupBy(calls, ({ ticker, session_date }) => `${ticker} ${session_date}`);
  return days.map((day) => {
    const isOpen = day.state === 'missing' || day.state === 'lost';
    const asked = isOpen ? (byDay.get(`${day.ticker} ${day.session_date}`) ?? []) : [];
    const told = asked.filter(({ endpoint, answer }) => isAbout(endpoint, day) && answer !== 'given');
    return told.length === 0 ? day : { ...day, reasons: [...day.reasons, ...told.map(toReason)] };
  });
}

/** A bundle is about every endpoint. */
function isAbout(endpoint: string | null, day: CoverageDay): boolean {
  return endpoint === null || endpoint === day.endpoint;
}

function toReason({ endpoint, answer, calls, ask_again_at }: VendorCall) {
  const what = endpoint === null ? 'the bundle of GEXBot' : 'GEXBot';
  const again =
    ask_again_at === null ? '' : `, to be asked again after ${ask_again_at.slice(0, 16).replace('T', ' ')} UTC`;
  const detail = `${what} was asked ${counted(calls, 'time')}, the last answer was: ${answer.replaceAll('_', ' ')}${again}`;
  return { code: 'asked', detail } as const;
}
