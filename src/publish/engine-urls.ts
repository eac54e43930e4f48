import type { StoredPath } from '../core/stored-path.ts';
import type { FileStore } from '../store/store.ts';

/** What says by which name the engine reads a published file. */
export type EngineUrls = Pick<FileStore, 'engineUrl'>;

type Stored = { readonly path: StoredPath };

/** A file with the name by which the engine reads it. */
export type WithUrl<F extends Stored> = F & { readonly url: string };

export async function withUrls<F extends Stored>(files: readonly F[], store: EngineUrls): Promise<WithUrl<F>[]> {
  return Promise.all(files.map(async (file) => ({ ...file, url: await store.engineUrl(file.path) })));
}

/** The names by which the engine reads files, in their order. */
export async function urlsOf(files: readonly Stored[], store: EngineUrls): Promise<string[]> {
  return Promise.all(files.map(({ path }) => store.engineUrl(path)));
}
