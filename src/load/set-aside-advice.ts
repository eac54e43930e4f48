import type { Expectation } from '../core/journey.ts';
import { formatDay, formatTimestamp } from '../core/session.ts';

/** Why a record is kept in `quarantine/` and not published. */
export type SetAsideReason = 'other_session' | 'conflicting_duplicate' | 'spot_not_positive' | 'ladder_malformed';

/** A day on which records are that are not of the expected session: the first second, and whether there are others. */
export type OtherDay = { readonly timestamp_s: number; hasSeveral: boolean };

/** What was set aside of a file, of which too much was. */
export type TooMuch = {
  readonly counts: ReadonlyMap<SetAsideReason, number>;
  readonly otherDays: ReadonlyMap<number, OtherDay>;
  /** Records that nothing is wrong with. */
  readonly sound: number;
  readonly expected: Expectation;
};

const advice: Readonly<Record<Exclude<SetAsideReason, 'other_session'>, string>> = {
  conflicting_duplicate:
    'It says different things about the same seconds, as where several files were put into one. Import each of them by itself.',
  spot_not_positive:
    'No date mends that. Check that the endpoint is right and download the file again; if it is the same, report it to GEXBot.',
  ladder_malformed:
    'No date mends that. Check that the endpoint is right and download the file again; if it is the same, report it to GEXBot.',
};

/** What helps where too many records would be set aside, by what is wrong with most of them. Pure. */
export function adviseOn(found: TooMuch): string {
  const [most] = [...found.counts].toSorted(([, one], [, other]) => other - one);
  const reason = most?.[0] ?? 'other_session';
  return reason === 'other_session' ? adviseOnDays(found) : advice[reason];
}

function adviseOnDays({ otherDays, sound, expected }: TooMuch): string {
  const { sessionDate, ticker, endpoint } = expected;
  const days = [...otherDays.keys()].toSorted((one, other) => one - other).map(formatDay);
  const [first, second] = days;
  if (sound === 0 && second === undefined && first !== undefined)
    return `All its records are of ${first}: the date ${sessionDate ?? ''} is wrong, or the file is. If it is the file that you want, import it with --date ${first}.`;
  const sessions = [...otherDays].filter(([, { hasSeveral }]) => hasSeveral);
  if (sessions.length === 0) {
    const [of] = otherDays.values();
    return `A second of an earlier session (${of === undefined ? '' : formatTimestamp(of.timestamp_s)}) can stand at the head of a day, and this file is too short to tell more. Get it again when the session is over.`;
  }
  const all = [...new Set([...days, ...(sound > 0 && sessionDate !== null ? [sessionDate] : [])])].toSorted();
  const named = all.length > 4 ? `${all.slice(0, 3).join(', ')} … ${all.at(-1)}` : all.join(', ');
  return `It holds ${all.length} sessions (${named}), and a date, in its name or as --date, is for a file of one. To publish all of them, give it a name without a date and import it without --date: --ticker ${ticker} --endpoint ${endpoint.name}.`;
}
