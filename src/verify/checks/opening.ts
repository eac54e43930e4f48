import type { Database } from '../../db/db.ts';
import type { EngineUrls, WithUrl } from '../../publish/publish.ts';
import type { PublishedFile } from './expected-files.ts';
import type { LogFacts } from './facts.ts';

/** What files are opened with, and held against. */
export type Opening = {
  readonly database: Database;
  readonly store: EngineUrls;
  readonly facts: LogFacts;
};

export type OpenedFile = WithUrl<PublishedFile>;
