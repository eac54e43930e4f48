const url = /^\s*(?:[a-z][a-z0-9+.-]*:\/\/|https?:)/i;

/**
 * A source as it may be shown: the query string of a URL is a secret (`sig=`, keys) and so are user names and passwords in
 * it. Mistyped URLs (`https:host/…`) count as URLs. Local paths are returned as they are.
 */
export function redactUrl(source: string): string {
  if (!url.test(source)) return source;
  const cut = source.search(/[?#]/);
  const bare = cut === -1 ? source : `${source.slice(0, cut)}?…`;
  return bare.replace(/^(\s*[a-z][a-z0-9+.-]*:\/*)[^/]*@/i, '$1…@');
}

/** Removes the query string from every URL inside a text, for messages that come from libraries. */
export function redactText(text: string): string {
  return text.replace(/\b(?:[a-z][a-z0-9+.-]*:\/\/|https?:)[^\s"'<>]+/gi, (found) => redactUrl(found));
}

/** {@link redactUrl} as an SQL expression over a column. */
export function redactUrlSql(column: string): string {
  const bare = `regexp_replace(${column}, '[?#].*$', '?…', 's')`;
  const redacted = `regexp_replace(${bare}, '^(\\s*[a-z][a-z0-9+.-]*:/*)[^/]*@', '\\1…@', 'i')`;
  return `CASE WHEN regexp_matches(${column}, '^\\s*(?:[a-z][a-z0-9+.-]*://|https?:)', 'i') THEN ${redacted} ELSE ${column} END`;
}
