import { GexlakeError } from '../core/errors.ts';
import { parseEndpoint, parseTicker } from '../core/names.ts';

/*
 * What a rewrite is about stands in its job's `url`: `compact:<folder>`, `restore:<path>` or `repair:<path>`, relative to the
 * data folder. A compaction that somebody has asked for by its plan has the plan's id behind it: `compact:<folder>#<plan id>`.
 */

const compactPrefix = 'compact:';
const restorePrefix = 'restore:';
const repairPrefix = 'repair:';

/** The folder to compact; `planId` is the one plan that may be done, or null for what the plan is then. */
export type CompactTarget = { readonly folder: string; readonly planId: string | null };

export function compactUrl({ folder, planId }: CompactTarget): string {
  return `${compactPrefix}${folder}${planId === null ? '' : `#${planId}`}`;
}

export function restoreUrl(path: string): string {
  return restorePrefix + path;
}

export function compactTarget(url: string): CompactTarget | null {
  if (!url.startsWith(compactPrefix)) return null;
  const [folder = '', planId = null] = url.slice(compactPrefix.length).split('#');
  return { folder, planId };
}

export function restoreTarget(url: string): string {
  return url.slice(restorePrefix.length);
}

export function repairUrl(path: string): string {
  return repairPrefix + path;
}

export function repairTarget(url: string): string | null {
  return url.startsWith(repairPrefix) ? url.slice(repairPrefix.length) : null;
}

/** The path that a rewrite is about, whichever it is. */
export function pathOfRewrite(url: string): string {
  return repairTarget(url) ?? compactTarget(url)?.folder ?? restoreTarget(url);
}

/** The ticker and endpoint of a canonical folder or of a file in it, live or archived. */
export function blockOfPath(path: string): { readonly ticker: string; readonly endpoint: string } {
  const match = /^(?:archive\/)?parquet\/gex\/\d{4}\/\d{2}\/([^/]+)\/([^/]+)(?:\/[^/]+)?$/.exec(path);
  if (match !== null) return { ticker: parseTicker(match[1] ?? ''), endpoint: parseEndpoint(match[2] ?? '').name };
  throw new GexlakeError('FOLDER_UNKNOWN', `${JSON.stringify(path)} is not in a canonical folder`, {
    hint: 'Give a path in the data folder, such as parquet/gex/2025/10/NQ_NDX/gex_zero.',
  });
}
