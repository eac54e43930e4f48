/*
 * What a secret looks like in a text, as regular expressions that JavaScript and DuckDB (RE2) read alike: one list for both, so
 * that a query of the log shows no more than the program does. No look-around and no back-reference, which RE2 has not; every
 * repetition that could begin anywhere is bounded, so that no text makes JavaScript slow; SQL leaves the large
 * bounds out. Matched without regard to case.
 */

/** A pattern and what stands for it; `$1` is its first group. */
export type SecretPattern = { readonly pattern: string; readonly shown: string };

/** `?` or `#` as they are, percent-encoded once or more often, or as JSON escapes them. */
const queryStart = String.raw`(?:[?#]|%(?:25){0,8}(?:3f|23)|\\u00(?:3f|23))`;

/** What may stand for `=`. */
const equals = String.raw`(?:=|%(?:25){0,8}3d|\\u003d|&#61;)`;

/** One character of a run: up to white space, a quote, an angle bracket, or what has been replaced already. */
const run = String.raw`(?:[^\x00-\x20"'<>\\…]|\\[^"\n\r])`;
const value = String.raw`(?:[^\x00-\x20"'<>\\…&;,]|\\[^"\n\r])`;
const inPath = String.raw`(?:[^\x00-\x20"'<>\\…?#]|\\[^"\n\r])`;

/** The rest of a secret that a terminal or an editor has wrapped: lines that begin with what is hardly a word. */
const rest = String.raw`(?:\\?\r?\n[\t ]*[\w.~%+/=&-]*(?-i:[0-9A-Z%&=+])[\w.~%+/=&-]*)*`;

/** What may stand before a name. */
const before = String.raw`(^|[^a-z0-9]|%(?:25){0,8}(?:0a|20|22|23|26|2c|3b|3f)|\\u00(?:22|23|26|3b|3f)|\\[nrt])`;

/** Names of what is secret, alone or as the last part of a longer one: sig, access_token, X-Amz-Signature, apiKey. */
const named = String.raw`(?:[a-z0-9]{1,20}[-_]){0,4}(?:[a-z0-9]{0,20}(?:token|secret|passwo?r?d|signature|credential|api[-_]?key|authorization|cookie)s?|sig|pwd|jwt|auth|j?session[-_]?id|access[-_]?key)`;

const scheme = String.raw`(?:[a-z][a-z0-9+.-]{0,30}:[/\\]{2,6}|https?:)`;

export const secretPatterns: readonly SecretPattern[] = [
  // the query of a URL with a scheme, whatever it says
  { pattern: `(${scheme}${inPath}{0,400}?)${queryStart}${run}+${rest}`, shown: '$1?…' },
  // any other query that has a name and a value: a URL without its scheme, a file that was saved under its URL's name
  { pattern: `${queryStart}${inPath}{0,200}?${equals}${run}*${rest}`, shown: '?…' },
  // user names and passwords: //user:pass@host, https:user:pass@host, encoded, and without anything before
  {
    pattern: String.raw`((?:[a-z][a-z0-9+.-]{0,30}:|^|[^a-z0-9:/\\])[/\\]{2,6}|https?:[/\\]{0,6})[^\x00-\x20"'<>/\\?#…]{1,300}@`,
    shown: '$1…@',
  },
  {
    pattern: String.raw`((?:%(?:25){0,8}2f){2})[^\x00-\x20"'<>/\\…]{1,300}?%(?:25){0,8}40`,
    shown: '$1…@',
  },
  {
    pattern: String.raw`(^|[^a-z0-9._%+~…-])[a-z0-9._%+~!$*-]{1,100}:[^\x00-\x20"'<>/\\@…]{1,200}@([a-z0-9\[])`,
    shown: '$1…@$2',
  },
  // a quoted value that belongs to such a name, in JSON, in JSON inside JSON, in what a program prints of an object
  { pattern: String.raw`${before}(${named}"[ \t]*[:=][ \t]*)"(?:[^"\\]|\\[^…])*"`, shown: '$1$2"…"' },
  { pattern: String.raw`${before}(${named}'?[ \t]*[:=][ \t]*)'[^'\n…]*'`, shown: "$1$2'…'" },
  { pattern: String.raw`${before}(${named}\\+"[ \t]*:[ \t]*\\+")[^"\\…]+`, shown: '$1$2…' },
  // name=value, and the lines of headers
  { pattern: `${before}(${named}[ \\t]*${equals}[ \\t]*\\\\*["']?)${value}+${rest}`, shown: '$1$2…' },
  { pattern: String.raw`((?:[?&;]|%(?:25){0,8}26|\\u0026)(?:key|code|hmac)${equals})${value}+${rest}`, shown: '$1…' },
  { pattern: String.raw`${before}((?:set-)?cookie[ \t]*:[ \t]*)[^\x00-\x20"'<>…][^\x00-\x1f"'<>…]*`, shown: '$1$2…' },
  { pattern: String.raw`${before}(${named}["']?[ \t]*:[ \t]*["']?)${value}{7,}${rest}`, shown: '$1$2…' },
  // keys and tokens by their own form
  { pattern: String.raw`${before}(bearer)(?:[ \t]+|%20|\+|:[ \t]*)[\w.~+/=%-]+${rest}`, shown: '$1$2 …' },
  {
    pattern: String.raw`${before}(basic)(?:[ \t]+|%20)[\w+/=:.%-]*(?-i:[0-9=+/_:%]|[a-z][A-Z])[\w+/=:.%-]*${rest}`,
    shown: '$1$2 …',
  },
  // the setting GEXLAKE_GEXBOT_KEY_FILE is none
  { pattern: `gexbot_(?:(?:custom|api|live|test)_[\\w-]+|key_[\\w-]{5,})${rest}`, shown: '…' },
  { pattern: String.raw`gexlake_[\w-]{43}`, shown: '…' },
  // a private key of a log's checkpoints, as sumdb/note writes it
  { pattern: String.raw`(private(?:\+|%2b)key(?:\+|%2b))${run}+`, shown: '$1…' },
  { pattern: String.raw`eyj[\w-]{8,500}\.[\w-]+(?:\.[\w-]+)?`, shown: '…' },
];

/** Matches every text that one of them matches, and few others. */
export const maybeSecret = String.raw`[@#]|\?[^…]|%[0-9a-f]{2}|\\u00|bearer|basic|gexbot_|gexlake_|eyj|token|secret|passw|pwd|sig|key|credential|auth|cookie|jwt|session`;

/** Matches the query of a URL up to the end of the text, encoded or not. */
export const queryToEnd = `${queryStart}.*$`;

/** Matches a query that has a name and a value, up to the end of the text. */
export const namedQueryToEnd = `${queryStart}[^/\\\\]*${equals}.*$`;

/** Matches a URL, or what was meant to be one. */
export const urlStart = String.raw`^[\t\n\v\f\r ]*(?:[a-z][a-z0-9+.-]*://|https?:)`;
