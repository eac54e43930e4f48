import { GexlakeError } from '../core/errors.ts';
import { isPrivate, readText } from '../platform/files.ts';
import type { VendorSettings } from './options.ts';

/** The header that a key is sent in. Keys of today are bearer tokens; older ones are not, and are sent as they were then. */
export function authorization(key: string): string {
  if (/^(?:bearer|basic) /i.test(key)) return key;
  return key.startsWith('gexbot_') ? `Bearer ${key}` : `Basic ${key}`;
}

/**
 * The key that is given, or the one in the file that is named; null where there is neither. The file is looked at when a key is needed,
 * and by whoever needs it.
 * @throws CONFIG_INVALID where the file is not there, has no key, or others may read it
 */
export async function readKey({ key, key_file = null }: VendorSettings): Promise<string | null> {
  if (key !== null || key_file === null) return key;
  const text = (await readText(key_file))?.trim() ?? null;
  if (text === null) throw unusable(key_file, 'which is not there');
  if (!(await isPrivate(key_file))) throw unusable(key_file, 'which others than its owner may read: chmod 600');
  if (!/^[\x21-\x7e]{1,4096}$/.test(text)) throw unusable(key_file, 'which does not hold a key alone');
  return text;
}

/** `what`: what is asked, and cannot be without a key. */
export function keyMissing(what: string): GexlakeError {
  return new GexlakeError('VENDOR_KEY_MISSING', `${what} with a key, and there is none`, {
    hint: 'Set GEXLAKE_GEXBOT_KEY, or GEXLAKE_GEXBOT_KEY_FILE to the path of a file that only you may read.',
  });
}

function unusable(path: string, why: string): GexlakeError {
  return new GexlakeError('CONFIG_INVALID', `GEXLAKE_GEXBOT_KEY_FILE names ${path}, ${why}`, {
    details: { path },
    hint: 'Write the key into a file that only you may read, or set GEXLAKE_GEXBOT_KEY.',
  });
}
