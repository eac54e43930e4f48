/** How a key is shown: its last four characters, and nothing of one that is short. */
export function maskedKey(key: string): string {
  return key.length < 16 ? '…' : `…${key.slice(-4)}`;
}

/** The header that a key is sent in. Keys of today are bearer tokens; older ones are not, and are sent as they were then. */
export function authorization(key: string): string {
  if (/^(?:bearer|basic) /i.test(key)) return key;
  return key.startsWith('gexbot_') ? `Bearer ${key}` : `Basic ${key}`;
}
