import { setMode } from './modes.ts';

let inherited: number | null = null;

/**
 * Lets no file that this process makes from now on have more rights than `mode`, whoever makes it: the engine makes its databases and
 * their journals by itself, so that only the process's mask decides, without a moment in which others could open them. What is for others
 * (published files, folders) gets its mode by name.
 */
export function limitNewFiles(mode: number): void {
  // Who may read a file's folder must be able to enter it.
  const before = process.umask(0o777 & ~(mode | ((mode & 0o444) >> 2)));
  inherited ??= before;
}

/** A mode, as far as the mask allows it that the user has set. */
export function usersMode(mode: number): number {
  return inherited === null ? mode : mode & ~inherited;
}

/** Gives a file that the user has asked for by its name the rights that their new files have. */
export function giveToUser(path: string): void {
  if (inherited !== null) setMode(path, usersMode(0o666));
}
