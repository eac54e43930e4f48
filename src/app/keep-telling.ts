import { isDefect } from '../core/defects.ts';
import { toGexlakeError } from '../core/errors.ts';
import type { Telling } from '../notify/notify.ts';

/** How long after its start a process looks for the first time what there is to tell, and how often then. */
const tellAfter_ms = 30_000;
const tellEvery_ms = 10 * 60_000;

type Telltale = {
  /** Looks at what there is to tell, and tells it; null where nobody is to be told. */
  readonly tell: (() => Promise<readonly Telling[]>) | null;
  readonly onWarning: (message: string) => void;
  /** The first pause, where it is not the usual one. */
  readonly after_ms?: number;
};

/** Tells people now and then what they should know, beside some work and never in its way, until that is over. */
export async function whileTelling<T>(
  { tell, onWarning, after_ms = tellAfter_ms }: Telltale,
  work: () => Promise<T>,
): Promise<T> {
  if (tell === null) return work();
  let timer: NodeJS.Timeout | null = null;
  let told: Promise<void> = Promise.resolve();
  const look = () => {
    told = tell().then(
      (tellings) => {
        for (const { error } of tellings) if (error !== null) onWarning(error.message);
      },
      (thrown: unknown) => {
        // What the world does to it is told; the next look may go well.
        onWarning(`nobody could be told anything: ${toGexlakeError(thrown).message}`);
        if (isDefect(thrown)) throw thrown;
      },
    );
    void told.then(() => again(tellEvery_ms));
  };
  const again = (delay_ms: number) => {
    if (timer !== null) timer = setTimeout(look, delay_ms).unref();
  };
  timer = setTimeout(look, after_ms).unref();
  try {
    return await work();
  } finally {
    clearTimeout(timer);
    timer = null;
    await told;
  }
}
