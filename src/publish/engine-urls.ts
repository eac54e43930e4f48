import type { ParquetFile } from '../core/job.ts';
import type { FileStore } from '../store/store.ts';

/** What says by which name the engine reads a published file. */
export type EngineUrls = Pick<FileStore, 'engineUrl'>;

/** The names by which the engine reads published files, in their order. */
export async function urlsOf(files: readonly ParquetFile[], store: EngineUrls): Promise<string[]> {
  return Promise.all(files.map(({ path }) => store.engineUrl(path)));
}
