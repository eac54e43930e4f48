/**
 * A source as it may be shown: the query string of a URL is a secret (`sig=`, keys) and so are user names and passwords in
 * it. Local paths are returned as they are.
 */
export function redactUrl(url: string): string {
  if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(url)) return url;
  const cut = url.search(/[?#]/);
  const bare = cut === -1 ? url : `${url.slice(0, cut)}?…`;
  return bare.replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/@]*@/i, '$1…@');
}

/** Removes the query string from every URL inside a text, for messages that come from libraries. */
export function redactText(text: string): string {
  return text.replace(/\b[a-z][a-z0-9+.-]*:\/\/[^\s"'<>]+/gi, (url) => redactUrl(url));
}
