/** Whether a source is, or was meant to be, a URL: mistyped ones (`https:host/…`) hold the same secrets. */
export function isUrl(source: string): boolean {
  return /^\s*(?:[a-z][a-z0-9+.-]*:\/\/|https?:)/i.test(source);
}

/**
 * A source as it may be shown: the query string of a URL is a secret (`sig=`, keys) and so are user names and passwords in
 * it. Local paths are returned as they are.
 */
export function redactUrl(source: string): string {
  if (!isUrl(source)) return source;
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

/** {@link redactText} as an SQL expression over a column that holds JSON: what follows the path of each URL in it goes. */
export function redactTextSql(column: string): string {
  const bare = `regexp_replace(${column}, '([a-z][a-z0-9+.-]*://|https?:)([^\\s"?#]*)[?#][^\\s"]*', '\\1\\2?…', 'gi')`;
  return `regexp_replace(${bare}, '([a-z][a-z0-9+.-]*:/*)[^/\\s"]*@', '\\1…@', 'gi')`;
}
