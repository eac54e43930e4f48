import { mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { DiskFile, type Loss } from './disk-file.ts';
import type { DiskCall } from './record.ts';

/** What a path leads to: a folder is only what its names lie in. */
type Node = DiskFile | 'folder';

/** A change of names that may not be on the disk yet: in which folders, and what each path leads to afterwards (null: nothing). */
type NameChange = { readonly folders: readonly string[]; readonly names: readonly (readonly [string, Node | null])[] };

/**
 * A folder on a disk, by the calls that have changed it: what a power cut cannot take, and what it may. A file's bytes are on the disk when it
 * was synced, its name when its folder was: POSIX promises no more. Names are a rename at a time, which takes effect wholly or not at
 * all; of those that are not synced any may be missing, whatever came behind it.
 */
export class Disk {
  readonly #root: string;
  readonly #byInode = new Map<number, Node>();
  readonly #names = new Map<string, Node>();
  readonly #kept = new Map<string, Node>();
  #unsynced: NameChange[] = [];
  /** The paths of folders by their inodes: a sync of one names it so. */
  readonly #folders = new Map<number, string>();

  /** A folder as it is now, all of it on the disk. */
  constructor(root: string) {
    this.#root = root;
    this.#folders.set(statSync(root).ino, root);
    for (const entry of readdirSync(root, { recursive: true, withFileTypes: true })) {
      const path = join(entry.parentPath, entry.name);
      const { ino } = statSync(path);
      const node = entry.isDirectory() ? 'folder' : new DiskFile(readFileSync(path));
      this.#bind(ino, path, node);
      this.#names.set(path, node);
      this.#kept.set(path, node);
    }
  }

  apply(call: DiskCall): void {
    switch (call.kind) {
      case 'create':
      case 'mkdir': {
        const node = call.kind === 'mkdir' ? 'folder' : new DiskFile(Buffer.alloc(0));
        this.#bind(call.inode, call.path, node);
        return this.#change([[call.path, node]]);
      }
      case 'remove':
        return this.#change([[call.path, null]]);
      case 'rename':
      case 'link': {
        const node = this.#names.get(call.path);
        if (node === undefined || node === 'folder') throw new Error(`nothing known at ${call.path}`);
        const gone = call.kind === 'rename' ? ([[call.path, null]] as const) : [];
        return this.#change([[call.to, node], ...gone]);
      }
      case 'write':
        return this.#file(call).write(call.at, call.bytes);
      case 'truncate':
        return this.#file(call).truncate(call.size);
      case 'sync':
        return this.#sync(call.inode);
      case 'said':
    }
  }

  /** Builds the folder elsewhere as a disk has it after a power cut that loses what `loss` says. */
  build(into: string, loss: Loss): void {
    const names = new Map(this.#kept);
    for (const change of this.#unsynced) {
      if (!loss.keepsName()) continue;
      for (const [path, node] of change.names)
        if (node === null) names.delete(path);
        else names.set(path, node);
    }
    const paths = [...names.keys()].sort();
    for (const path of paths) {
      const target = join(into, relative(this.#root, path));
      const node = names.get(path);
      // What lies in a folder whose own name is lost is lost with it.
      if (node === undefined || !isFolder(dirname(target))) continue;
      if (node === 'folder') mkdirSync(target, { recursive: true });
      else writeFileSync(target, node.after(loss), { mode: 0o600 });
    }
  }

  #bind(inode: number, path: string, node: Node): void {
    this.#byInode.set(inode, node);
    if (node === 'folder') this.#folders.set(inode, path);
    else this.#folders.delete(inode);
  }

  #file({ inode, path }: { readonly inode: number; readonly path: string }): DiskFile {
    const node = this.#byInode.get(inode);
    if (node === undefined || node === 'folder') throw new Error(`no file known as ${path}`);
    return node;
  }

  #change(names: NameChange['names']): void {
    for (const [path, node] of names)
      if (node === null) this.#names.delete(path);
      else this.#names.set(path, node);
    this.#unsynced.push({ folders: names.map(([path]) => dirname(path)), names });
  }

  #sync(inode: number): void {
    const node = this.#byInode.get(inode);
    if (node instanceof DiskFile) return node.sync();
    const folder = this.#folders.get(inode) ?? '';
    for (const { folders, names } of this.#unsynced) {
      if (!folders.includes(folder)) continue;
      for (const [path, now] of names)
        if (now === null) this.#kept.delete(path);
        else this.#kept.set(path, now);
    }
    this.#unsynced = this.#unsynced.filter(({ folders }) => !folders.includes(folder));
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}
