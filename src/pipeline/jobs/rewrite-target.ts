import {
  exampleFolder,
  parseCanonicalFolder,
  parseCanonicalPath,
  parseRetiredPath,
  type CanonicalFolder,
} from '../../core/canonical-path.ts';
import { GexlakeError } from '../../core/errors.ts';
import { parseEndpoint, parseTicker } from '../../core/names.ts';

/** Month, ticker and endpoint of a canonical folder or of a file in it, live or archived. @throws FOLDER_UNKNOWN */
export function blockOfPath(path: string): CanonicalFolder {
  const found = parseCanonicalFolder(path) ?? parseCanonicalPath(path) ?? parseRetiredPath(path)?.live;
  if (found !== undefined)
    return { month: found.month, ticker: parseTicker(found.ticker), endpoint: parseEndpoint(found.endpoint).name };
  throw new GexlakeError('FOLDER_UNKNOWN', `${JSON.stringify(path)} is not in a canonical folder`, {
    hint: `Give a path in the data folder, such as ${exampleFolder}.`,
  });
}
