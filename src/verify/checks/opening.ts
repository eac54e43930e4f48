import type { Database } from '../../db/db.ts';
import type { EngineUrls } from '../../publish/publish.ts';
import type { PublishedFile } from './expected-files.ts';
import type { LogFacts } from './facts.ts';

/** What files are opened with, and held against. */
export type Opening = {
  readonly database: Database;
  readonly store: EngineUrls;
  readonly facts: LogFacts;
};

/** A published file with the name by which the engine reads it. */
export type OpenedFile = { readonly file: PublishedFile; readonly url: string };

export async function openedFiles({ store }: Opening, files: readonly PublishedFile[]): Promise<OpenedFile[]> {
  return Promise.all(files.map(async (file) => ({ file, url: await store.engineUrl(file.path) })));
}
