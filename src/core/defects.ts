/** Errors of these classes that the world brings about: an address or a file that cannot be, memory that there is not. */
const ofTheWorld = /^(?:ERR_INVALID_URL|ERR_FS_FILE_TOO_LARGE)$/;
const noMemory = /allocation failed/i;

/**
 * Whether something thrown shows a defect of the program itself, and not what the world did to it: what the language throws where code
 * does what it must not. A URL or a JSON text that cannot be read is the world's.
 */
export function isDefect(thrown: unknown): boolean {
  if (!(thrown instanceof Error)) return false;
  const { code = '' } = thrown as NodeJS.ErrnoException;
  if (ofTheWorld.test(code) || noMemory.test(thrown.message)) return false;
  return thrown instanceof ReferenceError || thrown instanceof RangeError || thrown instanceof TypeError;
}

/** For `.catch`: what cannot be done gives `instead`; a defect goes on up. */
export function unlessDefect<T>(instead: T): (thrown: unknown) => T {
  return (thrown) => {
    if (isDefect(thrown)) throw thrown;
    return instead;
  };
}
