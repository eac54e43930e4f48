import { GexlakeError, toGexlakeError } from '../core/errors.ts';
import { identifySource, stagedFileName, type SourceFlags } from '../core/names.ts';
import { vendorSourceOf } from '../core/vendor-source.ts';
import { findSources, type FoundSource, type GivenOptions } from './given.ts';

/** A source that can be a job under the given options, or with an `error` one that cannot. */
export type RequestedSource = Pick<FoundSource, 'source' | 'size_bytes' | 'error'>;

/** What a user's sources come to, in their order. */
export type RequestedSources = {
  readonly sources: readonly RequestedSource[];
  readonly leftOut: readonly string[];
  readonly notices: readonly string[];
};

const optionNames = { ticker: '--ticker', endpoint: '--endpoint', date: '--date' } as const;

/**
 * Makes out what is given as sources and holds it against the options that are given with it. Options say what a file's name does
 * not say, or says wrong. Given for many files at once they fill in what all the names leave open; what the names do say, they may not
 * overrule, since nobody means the one ticker for a whole bundle.
 */
export async function requestedSources(
  given: readonly string[],
  flags: SourceFlags,
  options: GivenOptions,
): Promise<RequestedSources> {
  const { found, leftOut, notices } = await findSources(given, options);
  const judged = found.map(({ source, from, size_bytes, error }) => {
    return { source, from, size_bytes, error: error ?? problemOf({ source, from }, flags) };
  });
  const unnamed = judged.filter(isUnnamed);
  const sources = judged.filter((item) => !isUnnamed(item));
  return {
    sources: onceEach(sources.length === 0 ? unidentified(unnamed) : sources),
    leftOut: [...leftOut, ...unnamed.map(({ source }) => source)],
    notices,
  };
}

/** One of many files whose name does not say what it is. */
function isUnnamed({ from, error }: FoundSource): boolean {
  return from !== null && error?.code === 'SOURCE_UNIDENTIFIED';
}

/** Where no file's name says what it is, leaving all of them out would be no answer. */
function unidentified(unnamed: readonly FoundSource[]): RequestedSource[] {
  const from = unnamed[0]?.from;
  if (from === undefined || from === null) return [];
  const message = `none of the ${unnamed.length} files of ${from} says its ticker and endpoint by its name`;
  const hint = 'Give --ticker and --endpoint if they are the same for all of them, or import one file after the other.';
  const error = new GexlakeError('SOURCE_UNIDENTIFIED', message, { details: { path: from }, hint });
  return [{ source: from, size_bytes: null, error }];
}

function problemOf({ source, from }: Pick<FoundSource, 'source' | 'from'>, flags: SourceFlags): GexlakeError | null {
  try {
    const overruled = from === null ? [] : overruledBy(source, flags);
    if (overruled.length > 0) return optionsError(from ?? source, overruled);
    if (isApiAddress(source)) return apiError();
    stagedFileName(source);
    // A bundle says ticker and day, and its members the rest.
    if (vendorSourceOf(source)?.kind !== 'bundle') identifySource(source, flags);
    return null;
  } catch (error) {
    return toGexlakeError(error);
  }
}

/** An address of the vendor's API: it answers with the link to a file, to those who have a key. */
function isApiAddress(source: string): boolean {
  return /^https?:\/\/api\.gex(?:\.bot|bot\.com)\//i.test(source);
}

function apiError(): GexlakeError {
  return new GexlakeError(
    'SOURCE_NOT_ALLOWED',
    "the source is an address of GEXBot's API, which answers with a link to the file",
    {
      hint: 'With a key (GEXLAKE_GEXBOT_KEY) give it as gexbot:hist/SPX/classic/gex_zero/2026-11-27; without one, import the URL that the API answered with.',
    },
  );
}

/** The options that are given although the source's name says the same thing itself. */
function overruledBy(source: string, flags: SourceFlags): string[] {
  const named = namedBy(source);
  if (named === null) return [];
  return Object.entries(optionNames)
    .filter(([key]) => flags[key as keyof SourceFlags] !== undefined)
    .filter(([key]) => key !== 'date' || named.sessionDate !== null)
    .map(([, option]) => option);
}

function namedBy(source: string): ReturnType<typeof identifySource> | null {
  try {
    return identifySource(source);
  } catch {
    return null;
  }
}

function optionsError(from: string, options: readonly string[]): GexlakeError {
  const isZip = /\.zip$/i.test(from);
  const what = isZip ? 'members of the zip archive' : 'files of';
  return new GexlakeError(
    'SOURCE_OPTIONS',
    `${options.join(' and ')} cannot be for all ${what} ${from}: their names say it`,
    {
      details: { path: from },
      hint: isZip
        ? `Import the zip without ${options.join(' and ')}. To import one member under other names, unzip it and import that file.`
        : `Leave out ${options.join(' and ')}, or import one file after the other.`,
    },
  );
}

/** The same words about every file of a folder or an archive are said once. */
function onceEach(sources: readonly RequestedSource[]): RequestedSource[] {
  const said = new Set<string>();
  return sources.flatMap(({ source, size_bytes, error }) => {
    if (error?.code !== 'SOURCE_OPTIONS') return [{ source, size_bytes, error }];
    if (said.has(error.message)) return [];
    said.add(error.message);
    return [{ source: error.details.path ?? source, size_bytes: null, error }];
  });
}
