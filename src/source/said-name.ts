/** What a server calls a file, by its `Content-Disposition` fields; null where it does not. */
export function saidName([disposition = '']: readonly string[]): string | null {
  return /filename\*?=(?:UTF-8'')?"?([^";]+)"?/i.exec(disposition)?.[1]?.trim() ?? null;
}
