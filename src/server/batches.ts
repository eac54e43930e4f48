/*
 * Many requests, few transactions. The log has one lock for all processes, so what comes in while one transaction runs waits and
 * goes into the next one together.
 */

type Waiting<K, V> = {
  readonly key: K;
  readonly resolve: (value: V) => void;
  readonly reject: (error: unknown) => void;
};

/** Gathers keys while a run is under way; `run` gives a value, or an error, for each of its keys, in their order. */
export class Batches<K, V> {
  readonly #run: (keys: readonly K[]) => Promise<readonly (V | Error)[]>;
  readonly #most: number;
  #waiting: Waiting<K, V>[] = [];
  #isRunning = false;

  constructor(run: (keys: readonly K[]) => Promise<readonly (V | Error)[]>, most: number) {
    this.#run = run;
    this.#most = most;
  }

  async get(key: K): Promise<V> {
    return new Promise<V>((resolve, reject) => {
      this.#waiting.push({ key, resolve, reject });
      if (!this.#isRunning) void this.#work();
    });
  }

  async #work(): Promise<void> {
    this.#isRunning = true;
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, this.#most);
      try {
        const values = await this.#run(batch.map(({ key }) => key));
        for (const [at, { resolve, reject }] of batch.entries()) {
          const value = values[at];
          if (value === undefined || value instanceof Error)
            reject(value ?? new Error('a batch has no value for a key'));
          else resolve(value);
        }
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    this.#isRunning = false;
  }
}

/** Equal questions at one time are asked once, and different ones one after the other. */
export class Shared<V> {
  readonly #asked = new Map<string, Promise<V>>();
  #last: Promise<unknown> = Promise.resolve();

  async get(question: unknown, ask: () => Promise<V>): Promise<V> {
    const key = JSON.stringify(question);
    const asked = this.#asked.get(key);
    if (asked !== undefined) return asked;
    const found = this.#last.then(ask).finally(() => this.#asked.delete(key));
    // Whoever asked hears of a failure; the next one only waits for the end.
    this.#last = found.catch(() => undefined);
    this.#asked.set(key, found);
    return found;
  }
}
