import { contracts, isNewerContract } from '../core/contract.ts';
import { GexlakeError } from '../core/errors.ts';
import { parquetFacts, type Database } from '../db/db.ts';

/**
 * The version of the contract that each of some published files follows, as the files themselves say.
 *
 * @throws CONTRACT_NEWER where one is of a version that this gexlake does not know, FILE_SYSTEM where one has none
 */
export async function contractVersions(
  database: Database,
  paths: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  if (paths.length === 0) return new Map();
  const rows = await database.all(
    `SELECT file_name, decode(value) AS version
     FROM ${parquetFacts('parquet_kv_metadata', paths)} WHERE decode(key) = 'gexlake.contract_version'`,
  );
  const versions = new Map(rows.map((row) => [row['file_name'] as string, row['version'] as string]));
  for (const path of paths) {
    const version = versions.get(path);
    if (version === undefined || !contracts.has(version)) throw unknownVersion(path, version);
  }
  return versions;
}

function unknownVersion(path: string, version: string | undefined): GexlakeError {
  const known = `known are ${[...contracts.keys()].join(', ')}`;
  if (version !== undefined && isNewerContract(version))
    return new GexlakeError('CONTRACT_NEWER', `${path} follows contract version ${version}, ${known}`, {
      details: { path },
      hint: 'Use the newer gexlake that wrote it. Nothing was changed.',
    });
  return new GexlakeError('FILE_SYSTEM', `${path} names no contract version that ever was, ${known}`, {
    details: { path },
    hint: 'Something other than gexlake has changed parquet/. Run gexlake verify.',
  });
}
