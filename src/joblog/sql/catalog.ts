import type { FileCatalog } from '../file-catalog.ts';
import { filesOfBlocks, filesOfFolder, filesOfJobs, filesSupersededBy, filesWithState } from './files.ts';
import { listFiles, newestSuperseded } from './files.ts';
import { basisAt, filesAsOf, refuseWithoutLog, requireKnownAt, withoutLog } from './as-of.ts';
import { carriersOf } from './same-bytes.ts';
import type { Transactions } from './transactions.ts';

export function sqlFileCatalog({ read, journaledSince }: Transactions): FileCatalog {
  return {
    live: () => read((sql) => filesWithState(sql, 'live'), []),
    ofBlocks: (blocks) => read((sql) => filesOfBlocks(sql, blocks), []),
    ofFolder: (folder) => read((sql) => filesOfFolder(sql, folder), []),
    ofJobs: async (jobIds) => (jobIds.length === 0 ? [] : read((sql) => filesOfJobs(sql, jobIds), [])),
    supersededBy: (jobId) => read((sql) => filesSupersededBy(sql, jobId), []),
    supersededAt: (path) => read((sql) => newestSuperseded(sql, path), null),
    asOf: async (asked) => {
      const since = await journaledSince();
      return (await read((sql) => filesAsOf(sql, asked, since), null)) ?? withoutLog(asked);
    },
    basisAt: async (at, now) => {
      const since = await journaledSince();
      const isKnown = await read(async (sql) => {
        await requireKnownAt(sql, at, now);
        return true;
      }, false);
      return isKnown ? basisAt(at, since) : refuseWithoutLog(at);
    },
    carriersOf: (jobId) => read((sql) => carriersOf(sql, jobId), { own: [], merged: [] }),
    list: (filter) => read((sql) => listFiles(sql, filter), []),
  };
}
