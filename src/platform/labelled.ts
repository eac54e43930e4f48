import { translate } from './file-errors.ts';
import { mustBeInPlace } from './own-places.ts';
import { reach, type Step } from './steps.ts';

/** What is done to a file that is open already, or changes no place. */
const placeless = new Set(['write', 'sync', 'sync the folder']);

/** A durability step: says that it is reached, does it, and puts a failure into words. */
export async function labelled<T>(step: Step, verb: string, path: string, act: () => Promise<T>): Promise<T> {
  return translate(verb, path, async () => {
    await reach(step);
    if (!placeless.has(verb)) await mustBeInPlace(path);
    return act();
  });
}
