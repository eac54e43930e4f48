import { dirname, resolve } from 'node:path';
import type { DataFolder } from '../core/data-folder.ts';
import { GexlakeError } from '../core/errors.ts';
import { formOfFile } from '../core/out-file.ts';
import { rowForms, type RowForm } from '../core/row-texts.ts';
import { copyUserQuery, type Database } from '../db/db.ts';
import { sizeOf } from '../platform/files.ts';
import { openPart, writeAll } from '../platform/work-files.ts';
import { makeNewFile } from '../platform/new-file.ts';
import { kindSeen, placeOf } from '../platform/places.ts';
import { streamLake, withClosedEngine, type QueriedLake, type QueryRequest } from './query.ts';

/** A result that was kept as a file; `hasMore` where there were more rows than the limit, as far as that is known. */
export type KeptResult = {
  readonly path: string;
  readonly rows: number;
  readonly bytes: number;
  readonly hasMore: boolean;
};

/**
 * Runs a user's query and keeps its rows as a new file outside the data folder, in the form that the file's name asks for.
 * @throws USAGE, FILE_EXISTS
 */
export async function keepResult(lake: QueriedLake, request: QueryRequest, path: string): Promise<KeptResult> {
  const form = formOfFile(path);
  await mustBeOutside(lake.folder, path);
  return makeNewFile(path, async (part) => {
    const kept =
      form === 'parquet' ? await keepParquet(lake, request, part) : await keepText(lake, request, { path: part, form });
    return { path, ...kept, bytes: await sizeOf(part) };
  });
}

type Kept = Pick<KeptResult, 'rows' | 'hasMore'>;

async function keepParquet(lake: QueriedLake, request: QueryRequest, path: string): Promise<Kept> {
  const copy = (database: Database) => copyUserQuery(database, { ...request, path });
  return { rows: await withClosedEngine(lake, { ...request, written: [path] }, copy), hasMore: false };
}

async function keepText(
  lake: QueriedLake,
  request: QueryRequest,
  { path, form }: { readonly path: string; readonly form: RowForm },
): Promise<Kept> {
  return streamLake(lake, request, async (result) => {
    let count = 0;
    const blocks = async function* () {
      for await (const block of result.blocks()) {
        count += block.length;
        yield block;
      }
    };
    await writeTexts(path, rowForms[form]({ ...result, blocks }));
    return { rows: count, hasMore: result.hasMore() };
  });
}

async function writeTexts(path: string, texts: AsyncIterable<string>): Promise<void> {
  const file = await openPart('out:part', path, 0o666);
  try {
    for await (const text of texts) await writeAll('out:write', file, path, Buffer.from(text));
  } finally {
    await file.close();
  }
}

/** What a user asks to be written is nothing that the log knows, so it may not lie where gexlake keeps what it does. @throws USAGE */
export async function mustBeOutside(folder: DataFolder, path: string, option = '--out'): Promise<void> {
  if ((await kindSeen(dirname(resolve(path)))) !== 'folder') {
    throw new GexlakeError('USAGE', `${option} ${path}: there is no such folder`, {
      details: { path },
      hint: 'Make the folder first.',
    });
  }
  if ((await placeOf(dirname(resolve(path)), Object.values(folder))) === null) return;
  throw new GexlakeError('USAGE', `${option} ${path}: it would lie in the data folder`, {
    details: { path },
    hint: 'Only gexlake writes there. Name a file elsewhere.',
  });
}
