import { GexlakeError } from '../core/errors.ts';
import { parseEndpoint, parseTicker } from '../core/names.ts';

/** The ticker and endpoint of a canonical folder or of a file in it, live or archived. */
export function blockOfPath(path: string): { readonly ticker: string; readonly endpoint: string } {
  const match = /^(?:archive\/)?parquet\/gex\/\d{4}\/\d{2}\/([^/]+)\/([^/]+)(?:\/[^/]+)?$/.exec(path);
  if (match !== null) return { ticker: parseTicker(match[1] ?? ''), endpoint: parseEndpoint(match[2] ?? '').name };
  throw new GexlakeError('FOLDER_UNKNOWN', `${JSON.stringify(path)} is not in a canonical folder`, {
    hint: 'Give a path in the data folder, such as parquet/gex/2025/10/NQ_NDX/gex_zero.',
  });
}
