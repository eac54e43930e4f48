/** A session of a file: its first sound record, and whether it has any of another second. */
type Session = { readonly day: number; readonly timestamp_s: number; readonly record: number; hasSeveral: boolean };

/** A session that has one second only, and the later one of the same file that has more. */
export type LoneSession = Pick<Session, 'day' | 'timestamp_s' | 'record'> & { readonly before: number };

/** The sessions of a file by the New York days of its records, where nothing has said which it is of. */
export class Sessions {
  readonly #byDay = new Map<number, Session>();
  #current: Session | null = null;

  add(day: number, timestamp_s: number, record: number): void {
    if (this.#current?.day !== day) this.#current = this.#sessionOf(day, timestamp_s, record);
    if (this.#current.timestamp_s !== timestamp_s) this.#current.hasSeveral = true;
  }

  #sessionOf(day: number, timestamp_s: number, record: number): Session {
    const known = this.#byDay.get(day) ?? { day, timestamp_s, record, hasSeveral: false };
    this.#byDay.set(day, known);
    return known;
  }

  /**
   * The sessions of one second before a session of more: the previous close, with which the vendor's files can begin. A file of single
   * seconds has none.
   */
  lone(): LoneSession[] {
    const whole = [...this.#byDay.values()].filter(({ hasSeveral }) => hasSeveral).map(({ day }) => day);
    const single = [...this.#byDay.values()].filter(({ hasSeveral }) => !hasSeveral);
    return single.flatMap(({ day, timestamp_s, record }) => {
      const later = whole.filter((other) => other > day);
      return later.length === 0 ? [] : [{ day, timestamp_s, record, before: Math.min(...later) }];
    });
  }
}
