import { startThread, type Thread } from '../platform/threads.ts';
import { encodeGroup, type EncodedGroup, type GroupValues } from './groups.ts';

/**
 * Makes the bytes of row groups. The values may be overwritten once the promise has settled; values that lie in shared memory
 * (SharedArrayBuffer) are not copied on their way into another thread.
 */
export type GroupEncoder = (group: GroupValues) => Promise<EncodedGroup>;

/** Encodes before it returns its promise. */
export const encodeHere: GroupEncoder = async (group) => encodeGroup(group);

let thread: Thread<GroupValues, EncodedGroup> | null = null;

/**
 * Encodes in a thread of its own, while the caller goes on. The thread starts here, before there is anything to encode, and stays,
 * since the next import will need it again. Both encoders give the same bytes.
 */
export function encodeInThread(): GroupEncoder {
  const started = (thread ??= startThread(encoderFile()));
  return (group) => started.ask(group);
}

/** The thread's module lies beside this file, as source or as built. */
function encoderFile(): URL {
  return new URL(import.meta.url.endsWith('.ts') ? './encoder-thread.ts' : './encoder-thread.js', import.meta.url);
}
