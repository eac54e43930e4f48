import { isText, readList, type Read } from './values.ts';

export function readHost(given: unknown): Read<string> {
  return isText(given) && !/\s/.test(given) ? { value: given } : { expected: 'a host name or address' };
}

export function readOrigins(given: unknown): Read<readonly string[]> {
  const value = readList(given);
  return value === null ? { expected: 'origins or hosts separated by commas' } : { value };
}

export function readProxy(given: unknown): Read<string | null> {
  const url = isText(given) ? URL.parse(given) : null;
  const isBare = url !== null && url.pathname === '/' && url.search === '' && url.hash === '';
  const isReadable = !/%(?![0-9a-f]{2})/i.test(`${url?.username}${url?.password}`);
  const fits = isBare && isReadable && /^https?:$/.test(url.protocol);
  return fits ? { value: url.href } : { expected: 'the address of a proxy, such as http://proxy.example:3128' };
}

/** An address that paths are put behind. What is given is written out, so that a plain or local one is nobody's mistake. */
export function readBaseUrl(given: unknown): Read<string> {
  const url = isText(given) ? URL.parse(given) : null;
  const isBare = url !== null && [url.search, url.hash, url.username, url.password].every((part) => part === '');
  return isBare && /^https?:$/.test(url.protocol)
    ? { value: url.href.replace(/\/+$/, '') }
    : { expected: 'the address of the API, such as https://api.gex.bot/v2' };
}

/** A key is one word; a header is made of it. */
export function readKey(given: unknown): Read<string | null> {
  const key = isText(given) ? given.trim() : '';
  return /^(?:(?:bearer|basic) )?[\x21-\x7e]{1,4096}$/i.test(key)
    ? { value: key }
    : { expected: 'a key: one word without blanks' };
}

/** The name of a host, an origin in full, or `none`. */
export function readHostOrNone(given: unknown): Read<string | null> {
  if (given === 'none') return { value: null };
  const text = isText(given) ? given : '';
  const url = URL.parse(text.includes('://') ? text : `https://${text}`);
  const fits = url !== null && (text.includes('://') ? url.origin === text : url.host === text);
  return fits ? { value: text } : { expected: 'a host (hist.gexbot.com), an origin in full, or none' };
}

export function readCorsOrigins(given: unknown): Read<readonly string[]> {
  const value = readList(given);
  const fits = value?.every((item) => isExtension(item) || (/^https?:/.test(item) && URL.parse(item)?.origin === item));
  return value !== null && fits === true
    ? { value }
    : { expected: 'origins in full (https://www.gexbot.com, chrome-extension://<id>), separated by commas' };
}

/** The origin of a browser's extension, which is no origin to a URL. */
function isExtension(origin: string): boolean {
  return /^(?:chrome|moz|safari-web)-extension:\/\/[\w-]{1,64}$/.test(origin);
}
