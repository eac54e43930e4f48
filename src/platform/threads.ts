import { parentPort, Worker } from 'node:worker_threads';

/** A module that runs in a thread of its own and answers one message with another. */
export type Thread<Question, Answer> = {
  /** Rejects with what the thread threw, or where it has ended. What the message shares stays shared, the rest is copied. */
  readonly ask: (question: Question) => Promise<Answer>;
};

type Told = { readonly answer: unknown } | { readonly error: unknown };
type Waiting = { readonly resolve: (answer: unknown) => void; readonly reject: (error: unknown) => void };

/** Starts a module as a thread. Questions are answered in their order; a thread that has none keeps no process alive. */
export function startThread<Question, Answer>(module: URL): Thread<Question, Answer> {
  const worker = new Worker(module, { resourceLimits: { maxYoungGenerationSizeMb: 4 } });
  const waiting: Waiting[] = [];
  worker.on('message', (told: Told) => {
    const next = waiting.shift();
    if (waiting.length === 0) worker.unref();
    if ('error' in told) next?.reject(told.error);
    else next?.resolve(told.answer);
  });
  const end = (error: unknown) => {
    for (const { reject } of waiting.splice(0)) reject(error);
  };
  worker.on('error', end);
  worker.on('exit', (code) => end(new Error(`a thread ended with code ${code}`)));
  // Listening for messages would hold the process again.
  worker.unref();
  const ask = (question: Question) =>
    new Promise<unknown>((resolve, reject) => {
      waiting.push({ resolve, reject });
      worker.ref();
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
      worker.postMessage(question);
    }) as Promise<Answer>;
  return { ask };
}

/** The thread's side: answers every question with what `act` makes of it. Only who started it knows of what kind they are. */
export function answerQuestions(act: (question: never) => unknown): void {
  const port = parentPort;
  const answer = (question: unknown) => tell(() => act(question as never));
  port?.on('message', (question: unknown) => port.postMessage(answer(question)));
}

function tell(act: () => unknown): Told {
  try {
    return { answer: act() };
  } catch (error) {
    return { error };
  }
}
