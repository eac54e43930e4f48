/** The module that an importer process runs. It lies beside this file, as source and as built. */
export function importerModule(): URL {
  return new URL(import.meta.url.endsWith('.ts') ? './importer-main.ts' : './importer-main.js', import.meta.url);
}
