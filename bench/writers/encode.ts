// A writer's own process: takes the row groups out of the session's file, then encodes one for each message that it gets.
// usage: fork of bench/writers.ts with <writer> <session.json> <row groups> <output folder>
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { rowGroupsOf } from './row-groups.ts';
import type { BenchWriter } from './writer.ts';

/** One row group: in the writer's form after `prepare_ms`, a file in memory after `encode_ms` more; processor time of both. */
export type Taken = {
  readonly rows: number;
  readonly prepare_ms: number;
  readonly encode_ms: number;
  readonly user_ms: number;
  readonly size_bytes: number;
};

const [name = '', session = '', count = '', folder = ''] = process.argv.slice(2);
const { writer } = (await import(`./${name}.ts`)) as { readonly writer: BenchWriter };
const groups = rowGroupsOf(session, Number(count));

process.on('message', (at: number) => {
  void encode(at).then((taken) => process.send?.(taken));
});
process.send?.(groups.length);

async function encode(at: number): Promise<Taken> {
  const rows = groups[at];
  if (rows === undefined) throw new Error(`there is no row group ${at}`);
  const cpu = process.cpuUsage();
  const began = performance.now();
  const act = writer.prepare(rows);
  const prepared = performance.now();
  const file = await act();
  const ended = performance.now();
  const { user } = process.cpuUsage(cpu);
  writeFileSync(join(folder, `${name}-${at}.parquet`), file);
  return {
    rows: rows.rows,
    prepare_ms: prepared - began,
    encode_ms: ended - prepared,
    user_ms: user / 1000,
    size_bytes: file.length,
  };
}
