import { join } from 'node:path';
import { counted } from '../core/counted.ts';
import { GexlakeError } from '../core/errors.ts';

export function notRegular(path: string): GexlakeError {
  return new GexlakeError('SOURCE_UNREADABLE', `${path} is not a regular file`, {
    details: { path },
    hint: 'Give a file, a folder, a zip archive, or a URL. To read a pipe, give - and let the shell connect it.',
  });
}

export function notThere(given: string, path: string): GexlakeError {
  const windows = /^\s*([a-z]):[\\/](.*)$/is.exec(given);
  if (windows !== null) {
    const mounted = join('/mnt', (windows[1] ?? '').toLowerCase(), (windows[2] ?? '').replaceAll('\\', '/'));
    return new GexlakeError('SOURCE_NOT_FOUND', `${given} is a Windows path, which this system does not know`, {
      details: { path: given },
      hint: `In WSL that file is ${mounted}; \`wslpath '<path>'\` says so. Elsewhere copy it to this machine.`,
    });
  }
  if (given.startsWith('\\\\')) {
    return new GexlakeError('SOURCE_NOT_FOUND', `${given} is a Windows network path, which this system does not know`, {
      details: { path: given },
      hint: 'Mount the share, and give the path below the mount.',
    });
  }
  if (looksLikeHost(given)) {
    const shown = given.replace(/[?#].*$/s, '?…');
    return new GexlakeError('SOURCE_NOT_FOUND', `there is no file ${shown}`, {
      details: { path: shown },
      hint: 'If it is a URL, write it with https:// in front and in quotation marks.',
    });
  }
  return new GexlakeError('SOURCE_NOT_FOUND', `there is no file ${path}`, {
    details: { path },
    hint: 'Check the path. A relative path is looked up from the current folder.',
  });
}

/** `hist.gex.bot/…`: a URL that has lost its scheme. Its query, a secret, must not be shown. */
export function looksLikeHost(given: string): boolean {
  return /^\s*(?:\/\/)?[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,}(?::\d+)?\/\S*$/i.test(given);
}

export function zipAsInput(): GexlakeError {
  return new GexlakeError('SOURCE_FORMAT', 'standard input is a zip archive, which cannot be read from a pipe', {
    hint: 'Save it as a file whose name ends in .zip, and import that without --ticker and --endpoint.',
  });
}

export function pageAsZip(path: string): GexlakeError {
  return new GexlakeError('SOURCE_FORMAT', `${path} is a page (HTML or XML), not the zip archive that its name says`, {
    details: { path },
    hint: 'A link that has expired or wants a login answers with a page. Download the archive again.',
  });
}

export function misnamed(archive: string): GexlakeError {
  return new GexlakeError('SOURCE_FORMAT', `${archive} is a zip archive, and its name does not end in .zip`, {
    details: { path: archive },
    hint: 'Rename it to end in .zip: its history files are then imported from it.',
  });
}

export function archiveInside(archive: string, inner: string): GexlakeError {
  return new GexlakeError('SOURCE_FORMAT', `${archive} holds another archive, ${inner}, and no history files`, {
    details: { path: archive },
    hint: 'Unpack it, and import the archive that is in it.',
  });
}

/** What lies where no history file is: files that are named otherwise, hidden ones, those of the data folder, and what is no file. */
type Beside = {
  readonly unnamed: number;
  readonly hidden: number;
  readonly own?: number;
  readonly others?: ReadonlyMap<string, number>;
};

export function nothingIn(path: string, what: 'folder' | 'archive', beside: Beside): GexlakeError {
  return new GexlakeError(
    'SOURCE_NOT_FOUND',
    `there are no history files in the ${what} ${path}: ${describe(beside)}`,
    {
      details: { path },
      hint: hintFor(beside),
    },
  );
}

const nothing: ReadonlyMap<string, number> = new Map();

function describe({ unnamed, hidden, own = 0, others = nothing }: Beside): string {
  if (unnamed > 0)
    return unnamed === 1 ? 'its one file is not named like one' : `none of its ${unnamed} files is named like one`;
  const parts = [
    ...(hidden > 0 ? [counted(hidden, 'hidden file')] : []),
    ...(own > 0 ? [`${counted(own, 'file')} of the data folder`] : []),
    ...Array.from(others, ([what, count]) => counted(count, what)),
  ];
  return parts.length === 0 ? 'it is empty' : `what is there is ${parts.join(', ')}`;
}

function hintFor({ unnamed, own = 0, others = nothing }: Beside): string {
  const isNoFile = [...others.keys()].some((what) => what !== 'folder');
  if (unnamed === 0 && isNoFile)
    return 'Only regular files are read, and links to them. To read a pipe, give - and let the shell connect it.';
  if (unnamed === 0 && own > 0)
    return 'The data folder is not a source of its own. Give the folder that has your files.';
  return 'History files end in .json, .jsonl or .ndjson, with .gz or .zst if they are packed. Parquet of older layouts comes in with `gexlake migrate`.';
}

export function noMatch(pattern: string, unnamed: number, others: ReadonlyMap<string, number>): GexlakeError {
  const found = Array.from(others, ([what, count]) => counted(count, what)).join(', ');
  const none = found === '' ? 'no file matches' : `no file matches, only ${found},`;
  const beside = unnamed === 0 ? none : `none of the ${unnamed} files that match is history`;
  return new GexlakeError('SOURCE_NOT_FOUND', `${beside} the pattern ${pattern}`, {
    details: { path: pattern },
    hint: '* and ? stand for characters of a name, ** for folders. Put the pattern in quotation marks.',
  });
}
