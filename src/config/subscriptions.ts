import { endpoints, parseEndpoint, parseSessionDate, parseTicker } from '../core/names.ts';
import { toGexlakeError } from '../core/errors.ts';
import type { Subscription } from '../core/subscription.ts';
import { readList, type Read } from './values.ts';

const form =
  'tables [[subscribe]] with tickers, endpoints (names, a package such as "classic", or "all") and, if it is to begin later, from = "YYYY-MM-DD"';

/** Tables of `gexlake.toml`, or a JSON array of such objects in the environment. */
export function readSubscriptions(given: unknown): Read<readonly Subscription[]> {
  const tables = typeof given === 'string' ? parsed(given) : given;
  if (!Array.isArray(tables)) return { expected: form };
  const value: Subscription[] = [];
  for (const table of tables) {
    const read = readOne(table);
    if ('expected' in read) return read;
    value.push(read.value);
  }
  return { value };
}

function readOne(table: unknown): Read<Subscription> {
  if (typeof table !== 'object' || table === null || Array.isArray(table)) return { expected: form };
  const { tickers, endpoints: named, from, ...others } = table as Readonly<Record<string, unknown>>;
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) return { expected: `${form}; ${JSON.stringify(unknown)} is none of these` };
  const [tickerList, endpointList] = [readList(tickers), readList(named ?? 'all')];
  if (tickerList === null || tickerList.length === 0 || endpointList === null || endpointList.length === 0)
    return { expected: form };
  try {
    return {
      value: {
        tickers: [...new Set(tickerList.map(parseTicker))],
        endpoints: namedEndpoints(endpointList),
        from: from === undefined ? null : parseSessionDate(dateText(from)),
      },
    };
  } catch (error) {
    return { expected: `${form}: ${toGexlakeError(error).message}` };
  }
}

/** The governed names of endpoints, of all in a package, or of all there are. @throws ENDPOINT_UNKNOWN */
function namedEndpoints(list: readonly string[]): string[] {
  const named = list.flatMap((item) => {
    if (item === 'all') return endpoints.map(({ name }) => name);
    const packed = endpoints.filter((endpoint) => endpoint.package === item && item !== endpoint.name);
    return packed.length > 0 ? packed.map(({ name }) => name) : [parseEndpoint(item).name];
  });
  return [...new Set(named)];
}

/** A date that TOML has as one, or a text. */
function dateText(given: unknown): string {
  return given instanceof Date ? given.toISOString().slice(0, 10) : String(given);
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return null;
  }
}
