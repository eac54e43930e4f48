import { lstatSync, mkdirSync, realpathSync, type Stats } from 'node:fs';
import { enableCompileCache, getCompileCacheDir } from 'node:module';
import { dirname, isAbsolute, join } from 'node:path';

/*
 * Node keeps the compiled form of modules between runs, and runs what it finds there. Its own choice of a folder is one below the
 * system's temporary folder that whoever comes first may have made. So the cache is kept where only this user can have written, or
 * there is none.
 */

type Environment = Readonly<Record<string, string | undefined>>;

/** Lets Node keep compiled code, unless the environment has said where (or that it shall not). Loaded before anything else. */
export function keepCompiledCode(environment: Environment = process.env): void {
  if ((environment['NODE_COMPILE_CACHE'] ?? '') !== '') return;
  const folder = compileCacheFolder(environment);
  if (folder !== null) enableCompileCache(folder);
}

/** Where this process keeps compiled code, for processes that it starts; undefined where it keeps none. */
export function keptCompiledCode(): string | undefined {
  const folder = getCompileCacheDir();
  // Below the folder that it was given, Node has one for each of its versions.
  return folder === undefined ? undefined : dirname(folder);
}

/**
 * The private folder for compiled code, `gexlake/compiled` in the user's folder for caches; made where it is missing. Null where there
 * is no such place, nothing can be made there, or somebody else could write into it.
 */
export function compileCacheFolder(environment: Environment): string | null {
  const caches = cachesFolder(environment);
  if (caches === null || process.getuid === undefined) return null;
  const folders = [caches, join(caches, 'gexlake'), join(caches, 'gexlake', 'compiled')];
  try {
    // One after the other: a home that is not there is none to make.
    for (const folder of folders) makePrivate(folder);
    return folders.slice(1).every(isPrivate) && isSafe(caches) ? join(caches, 'gexlake', 'compiled') : null;
  } catch {
    return null;
  }
}

/** As the XDG base directory specification has it; a path that is not absolute counts as none. */
function cachesFolder(environment: Environment): string | null {
  const { XDG_CACHE_HOME: given = '', HOME: home = '' } = environment;
  if (given !== '') return isAbsolute(given) ? given : null;
  return isAbsolute(home) ? join(home, '.cache') : null;
}

function makePrivate(folder: string): void {
  try {
    mkdirSync(folder, 0o700);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

/** Whether a folder is one, this user's, and nobody else's to write into. */
function isPrivate(folder: string): boolean {
  const found = lstatSync(folder);
  return found.isDirectory() && found.uid === process.geteuid?.() && (found.mode & 0o022) === 0;
}

/** Whether nobody but this user and root can put something else in the place of a folder, or of one of those that it lies in. */
function isSafe(path: string): boolean {
  const found = lstatSync(path);
  if (found.uid !== 0 && found.uid !== process.geteuid?.()) return false;
  if (found.isSymbolicLink()) return isSafe(dirname(path)) && isSafe(realpathSync(path));
  if (!found.isDirectory() || !isGuarded(found)) return false;
  return path === dirname(path) || isSafe(dirname(path));
}

/** In a folder with the sticky bit, such as the system's temporary one, everybody can only change what is his own. */
function isGuarded({ mode }: Stats): boolean {
  return (mode & 0o022) === 0 || (mode & 0o1000) !== 0;
}
