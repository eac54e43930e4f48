/**
 * Whether something thrown shows a defect of the program itself, and not what the world did to it: what the language throws where code
 * does what it must not. A URL or a JSON text that cannot be read is the world's.
 */
export function isDefect(thrown: unknown): boolean {
  if (!(thrown instanceof Error)) return false;
  if (thrown instanceof ReferenceError || thrown instanceof RangeError) return true;
  return thrown instanceof TypeError && (thrown as NodeJS.ErrnoException).code !== 'ERR_INVALID_URL';
}

/** For `.catch`: what cannot be done gives `instead`; a defect goes on up. */
export function unlessDefect<T>(instead: T): (thrown: unknown) => T {
  return (thrown) => {
    if (isDefect(thrown)) throw thrown;
    return instead;
  };
}
