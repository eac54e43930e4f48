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
