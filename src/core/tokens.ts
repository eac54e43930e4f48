import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** What the holder of a token may do: a viewer reads, an operator also asks for work. */
export const tokenRoles = ['viewer', 'operator'] as const;
export type TokenRole = (typeof tokenRoles)[number];

/** A token as the configuration has it: never the token itself, only its SHA-256 in hexadecimal. */
export type TokenEntry = { readonly name: string; readonly role: TokenRole; readonly sha256: string };

/** A new token that nobody can guess (256 bits). */
export function newToken(): string {
  return `gexlake_${randomBytes(32).toString('base64url')}`;
}

/** The entry of a token, `name:role:sha256`. */
export function formatTokenEntry(name: string, role: TokenRole, token: string): string {
  return `${name}:${role}:${sha256(token).toString('hex')}`;
}

/** An entry as written in the configuration; null where it is none. */
export function parseTokenEntry(text: string): TokenEntry | null {
  const [, name, role, hash] = /^([\w.@-]{1,64}):(viewer|operator):([0-9a-f]{64})$/.exec(text) ?? [];
  if (name === undefined || hash === undefined) return null;
  return { name, role: role as TokenRole, sha256: hash };
}

export function isTokenName(text: string): boolean {
  return /^[\w.@-]{1,64}$/.test(text);
}

/** The entry that a token belongs to. Takes the same time whichever it is, and where it is none. */
export function findToken(entries: readonly TokenEntry[], token: string): TokenEntry | null {
  const given = sha256(token);
  let found: TokenEntry | null = null;
  for (const entry of entries) if (timingSafeEqual(given, Buffer.from(entry.sha256, 'hex'))) found = entry;
  return found;
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
