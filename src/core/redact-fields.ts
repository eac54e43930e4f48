import { redactText } from './redact.ts';

/** Words of a field's name that make its value a secret, whatever it looks like. */
const secretWords = new Set(
  'auth authentication authorization basic bearer code cookie cookies credential credentials cred creds header headers hmac jwt key keys login otp pass passwd password passphrase pin private pwd sas secret secrets session sid sig signature signed token tokens'.split(
    ' ',
  ),
);

/** Longer words that are also found where a name is written in one: `accesstoken`, `x-apikey`. */
const secretParts = /token|secret|passw|cookie|credential|signature|apikey|authorization|bearer/i;

/** Fields of a request that this program knows, although a word of their name is one of those. */
const known = new Set(['session_date', 'session']);

/** A run of characters that nobody writes: long, of letters and digits. Dates and file names are none. */
const opaque = /(?=[\w+/=~-]*\d)(?=[\w+/=~-]*[a-z])[\w+/=~-]{20,}/i;

/** A session's file or folder by its name, which may well be long. */
const looksLikeName = /\d{4}-\d{2}-\d{2}/;

/**
 * What a request said beside its URL, as it may be kept and shown: values whose name says that they are secret are gone with all that
 * is in them, and so are texts that look like a key.
 */
export function redactFields(fields: unknown): Record<string, unknown> {
  // A request's body is an object; so is what is kept of it.
  return Object.fromEntries(
    Object.entries(fields as object).map(([name, value]) => [shownName(name), shown(name, value)]),
  );
}

function shown(name: string, value: unknown): unknown {
  if (value === null || typeof value === 'boolean') return value;
  if (isSecret(name) && !(known.has(name) && typeof value === 'string' && value.length <= 10)) return '…';
  if (typeof value === 'string') return shownText(value);
  if (Array.isArray(value)) return value.map((item) => shown('', item));
  return typeof value === 'object' ? redactFields(value) : value;
}

function shownName(name: string): string {
  return shownText(name);
}

function shownText(text: string): string {
  const bare = redactText(text);
  return bare
    .split(/(\s+)/)
    .map((word) => (opaque.test(word) && !looksLikeName.test(word) && !isPlainUrl(word) ? '…' : word))
    .join('');
}

function isPlainUrl(word: string): boolean {
  return /^https?:\/\/[^?#]*(?:\?…)?$/i.test(word);
}

function isSecret(name: string): boolean {
  const words = name
    .replaceAll(/([a-z\d])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z]+/);
  return secretParts.test(name) || words.some((word) => secretWords.has(word));
}
