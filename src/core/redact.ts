import { maybeSecret, namedQueryToEnd, queryToEnd, secretPatterns, urlStart } from './secret-patterns.ts';

const [startOfUrl, maybe] = [new RegExp(urlStart, 'iu'), new RegExp(maybeSecret, 'iu')];
const [anyQuery, namedQuery] = [new RegExp(queryToEnd, 'ius'), new RegExp(namedQueryToEnd, 'ius')];
const patterns = secretPatterns.map(({ pattern, shown }) => ({ found: new RegExp(pattern, 'giu'), shown }));

/** Whether a source is, or was meant to be, a URL: mistyped ones (`https:host/…`) hold the same secrets. */
export function isUrl(source: string): boolean {
  return startOfUrl.test(source);
}

/**
 * A source as it may be shown: the query string of a URL is a secret (`sig=`, keys) and so are user names and passwords in
 * it. Local paths are shown as they are, but for what is a secret in any text.
 */
export function redactUrl(source: string): string {
  return redactText(isUrl(source) ? source.replace(anyQuery, '?…') : source);
}

/**
 * A text as it may be shown. Queries of URLs go, encoded or not, with or without a scheme; user names and passwords; values of
 * names such as `sig` or `token`; keys and tokens by their form (core/secret-patterns.ts). Rather too much goes than too little.
 */
export function redactText(text: string): string {
  if (!maybe.test(text)) return text;
  return patterns.reduce((shown, { found, shown: instead }) => shown.replace(found, instead), text);
}

/** Every text in a value that will be JSON, as it may be shown. */
export function redactDeep<T>(value: T): T {
  // What comes out has the form of what went in: only texts are others.
  return redactAny(value) as T;
}

function redactAny(value: unknown): unknown {
  if (typeof value === 'string') return redactText(value);
  if (Array.isArray(value)) return value.map(redactAny);
  if (typeof value !== 'object' || value === null || 'toJSON' in value) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, redactAny(item)]));
}

/** A file's name without the query of the URL that it was made of: all that follows a `?` or `#` in a URL, else only what is like one. */
export function withoutQuery(name: string, ofUrl: boolean): string {
  return name.replace(ofUrl ? anyQuery : namedQuery, '');
}

/** {@link redactUrl} as an SQL expression over a column. */
export function redactUrlSql(column: string): string {
  const bare = `regexp_replace(${column}, ${quoted(queryToEnd)}, '?…', 'is')`;
  return redactTextSql(`CASE WHEN regexp_matches(${column}, ${quoted(urlStart)}, 'i') THEN ${bare} ELSE ${column} END`);
}

/** {@link redactText} as an SQL expression over a column or another expression. */
export function redactTextSql(expression: string): string {
  const replaced = secretPatterns.reduce(
    (text, { pattern, shown }) =>
      `regexp_replace(${text}, ${quoted(unbounded(pattern))}, ${quoted(shown.replaceAll('$', '\\'))}, 'gi')`,
    expression,
  );
  // Constant patterns over a plain expression: within a lambda DuckDB would compile each of them again for every row.
  return `CASE WHEN regexp_matches(${expression}, ${quoted(maybeSecret)}, 'i') THEN ${replaced} ELSE ${expression} END`;
}

/** RE2 takes linear time by itself; bounds in the hundreds would only make its automaton large and forty times slower. */
function unbounded(pattern: string): string {
  return pattern
    .replaceAll(/\{0,\d{3}\}/g, '*')
    .replaceAll(/\{1,\d{3}\}/g, '+')
    .replaceAll(/,\d{3}\}/g, ',}');
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** How a key is shown to its owner: its last four characters, and nothing of one that is short. */
export function maskedKey(key: string): string {
  return key.length < 16 ? '…' : `…${key.slice(-4)}`;
}
