import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { App, ImportRequest } from '../../src/app/app.ts';
import type { ImportResult } from '../../src/core/job.ts';
import { appOn, workOn } from '../support/built-program.ts';
import { makeLake, only, type Lake, type Owner } from '../support/gexlake.ts';
import { put } from '../support/records.ts';

type Flags = { readonly ticker?: string; readonly endpoint?: string; readonly date?: string };

/** A data folder with the program as built in this process, as an importer: what a user types, without the starts of a program. */
export type Desk = {
  readonly lake: Lake;
  readonly app: App;
  readonly import: (file: string, content: unknown, flags?: Flags) => Promise<ImportResult>;
  readonly correct: (id: string, file: string, content: unknown) => Promise<ImportResult>;
  readonly compact: (folder: string) => Promise<ImportResult>;
  readonly withdraw: (id: string) => Promise<ImportResult>;
  readonly restore: (path: string) => Promise<ImportResult>;
  /** For each endpoint and session that is live, how many records it has. */
  readonly live: () => Promise<readonly (readonly unknown[])[]>;
};

export async function makeDesk(owner: Owner): Promise<Desk> {
  return deskOn(await makeLake(owner));
}

export async function deskOn(lake: Lake): Promise<Desk> {
  const app = await appOn(lake.folder);
  let files = 0;
  const write = (file: string, content: unknown) => put(join(lake.desk, String(files++)), file, content);
  const work = async (request: ImportRequest) =>
    only(await workOn(lake.folder, { kind: 'sources', requests: [request] }));
  return {
    lake,
    app,
    import: async (file, content, flags = {}) => work({ source: await write(file, content), publish: true, ...flags }),
    correct: async (id, file, content) =>
      work(await app.correction({ id: id, source: await write(file, content), reason: 'wrong' })),
    compact: async (folder) => work(await app.compaction({ path: folder, reason: 'month' })),
    withdraw: async (id) => work(await app.withdrawal(id, 'wrong', null)),
    restore: async (path) => work(app.restoration(path, 'back')),
    live: async () => {
      const sql = `SELECT endpoint, session_date::VARCHAR, count(*)::INTEGER FROM snapshots GROUP BY ALL ORDER BY ALL`;
      return (await app.query(sql, 100)).rows;
    },
  };
}

export async function assertSound({ app }: Desk): Promise<void> {
  const { problems, notes } = await app.verify({ kind: 'deep' }, () => undefined);
  assert.deepEqual([problems, notes], [[], []]);
}
