import { GexlakeError } from '../../core/errors.ts';

/** Whether an error says that a database cannot be read for what its file holds. */
export function isDamage(error: unknown): boolean {
  // Without a cause it is our own finding about rows, and nothing that the engine has said of the file.
  return error instanceof GexlakeError && error.code === 'DATABASE_DAMAGED' && error.cause !== undefined;
}
