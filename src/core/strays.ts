/*
 * Files that other programs leave wherever they look: no data, and none of gexlake's. Finder writes `.DS_Store` and, on disks that
 * are not its own, `._<name>` beside every file; that one has its file's name and ending, but nothing of its content.
 */

const names = [
  /^\.DS_Store$/,
  /^\._/,
  /^\.nfs[0-9a-f]+$/i,
  /^\.fuse_hidden[0-9a-f]+$/i,
  /^\.smbdelete/,
  /^Thumbs\.db(?::encryptable)?$/i,
  /^desktop\.ini$/i,
  /^\.directory$/,
  /^\..*\.sw[a-px]$/,
  /\.swp$/,
  /~$/,
  /^#.*#$/,
  /^\.#/,
  /^\.gexlake-probe-/,
];

const folders = [
  /^@eaDir$/,
  /^#(?:recycle|snapshot)$/,
  /^lost\+found$/,
  /^\.Trash-\d+$/,
  /^\.Trashes$/,
  /^\.Spotlight-V100$/,
  /^\.fseventsd$/,
  /^\.TemporaryItems$/,
  /^\.AppleDouble$/,
  /^System Volume Information$/i,
  /^\$RECYCLE\.BIN$/i,
];

/** Whether a path, relative to a folder of ours, is that of such a file, or of one in a folder of theirs. */
export function isStray(path: string): boolean {
  const parts = path.split('/');
  const name = parts.at(-1) ?? '';
  return names.some((pattern) => pattern.test(name)) || parts.some((part) => folders.some((known) => known.test(part)));
}
