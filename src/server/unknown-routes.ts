export type KnownRoute = { readonly methods: readonly string[]; readonly url: string };

/** The methods by which a path can be asked, sorted; none where there is nothing at it. */
export function findMethods(routes: readonly KnownRoute[], url: string): string[] {
  const path = url.replace(/[?#].*$/s, '');
  const found = routes.filter((route) => route.url !== '*' && patternOf(route.url).test(path));
  const methods = new Set(found.flatMap((route) => route.methods));
  return [...methods].sort();
}

/** `/jobs/:id` as a pattern for whole paths. */
function patternOf(url: string): RegExp {
  const escaped = url.replaceAll(/[.+?^${}()|[\]\\]/g, String.raw`\$&`);
  return new RegExp(`^${escaped.replaceAll(/:\w+/g, '[^/]+').replaceAll('*', '.*')}$`);
}
