import { GexlakeError } from '../core/errors.ts';
import { redactUrl } from '../core/redact.ts';

/** For who was given a checkpoint and did not take it. */
export function refused(url: string, what: string): GexlakeError {
  return new GexlakeError('ANCHOR_REFUSED', `${redactUrl(url)} ${what}`, {
    hint: 'Nothing was noted. Check the address.',
  });
}
