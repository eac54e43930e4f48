import { statementNames, type StatementName, type Statements, type Tally } from '../core/quality.ts';

/** Counts of what statements were asked of, and how often they hold. */
export class Tallies {
  readonly #found = new Map<StatementName, { looked_at: number; held: number }>();

  note(name: StatementName, holds: boolean): void {
    this.noteMany(name, 1, holds ? 1 : 0);
  }

  noteMany(name: StatementName, looked_at: number, held: number): void {
    let tally = this.#found.get(name);
    if (tally === undefined) {
      tally = { looked_at: 0, held: 0 };
      this.#found.set(name, tally);
    }
    tally.looked_at += looked_at;
    tally.held += held;
  }

  /** All of them, in the order of their declaration, so that equal ones are equal as texts. */
  get all(): Statements {
    const found = statementNames.map((name): [StatementName, Tally | undefined] => [name, this.#found.get(name)]);
    return Object.fromEntries(found.filter(([, tally]) => tally !== undefined));
  }
}
