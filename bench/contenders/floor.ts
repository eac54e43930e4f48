// The floor: reads and hashes the file, scans every number once, compresses the finished columns with zstd, writes nothing.
// It has no record checks, no Parquet, no log and no engine. usage: node floor.ts <file.json> <output folder>
import { createHash } from 'node:crypto';
import { closeSync, openSync, readSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { constants, zstdCompressSync } from 'node:zlib';
import { parseEndpoint } from '../../src/core/names.ts';
import { CurrentRecord } from '../../src/load/record.ts';
import { Scanner } from '../../src/load/scanner.ts';

const [path = '', folder = ''] = process.argv.slice(2);
const block_bytes = 1024 ** 2;
const groupRows = 122_880;
const level = { params: { [constants.ZSTD_c_compressionLevel]: 1 } };
const parts = { read_and_hash_ms: 0, scan_ms: 0, compress_ms: 0, compressed_bytes: 0, rows: 0 };

function timed<T>(part: 'read_and_hash_ms' | 'scan_ms' | 'compress_ms', act: () => T): T {
  const began = performance.now();
  const result = act();
  parts[part] += performance.now() - began;
  return result;
}

function readAndHash(): Uint8Array {
  const size = statSync(path).size;
  // The scanner wants a zero byte behind the end.
  const bytes = new Uint8Array(size + 1);
  const hash = createHash('sha256');
  const file = openSync(path, 'r');
  for (let at = 0; at < size;) {
    const length = readSync(file, bytes, at, Math.min(block_bytes, size - at), at);
    hash.update(bytes.subarray(at, at + length));
    at += length;
  }
  closeSync(file);
  hash.digest('hex');
  return bytes;
}

function compressColumns(record: CurrentRecord): void {
  const ladder = record.ladder;
  if (ladder === null) return;
  for (const [values, width] of [
    ...ladder.columns.map((column) => [column, 1] as const),
    [ladder.priors, 5] as const,
  ]) {
    const bytes = new Uint8Array(values.buffer, 0, ladder.committed * width * 8);
    // A copy, since zstd takes no shared memory; 0.1 ms for each MB.
    parts.compressed_bytes += zstdCompressSync(Uint8Array.from(bytes), level).length;
  }
  parts.rows += ladder.committed;
  ladder.clear();
}

const bytes = timed('read_and_hash_ms', readAndHash);
const record = new CurrentRecord(parseEndpoint('gex_zero'));
const scanner = new Scanner(record, 'NQ_NDX');
for (let at = 1; ;) {
  at = timed('scan_ms', () => scanGroup(at));
  timed('compress_ms', () => compressColumns(record));
  if (bytes[at] !== 0x2c) break;
  at++;
}
writeFileSync(join(folder, 'floor.json'), JSON.stringify(parts));

/** Scans records until a row group is full; gives the position behind the last one. */
function scanGroup(start: number): number {
  let at = start;
  for (;;) {
    at = scanner.scan(bytes, at);
    if (at === -1) throw new Error('the file is not in the vendor’s form throughout');
    record.ladder?.commit(record.ladderRows);
    if ((record.ladder?.committed ?? 0) >= groupRows || bytes[at] !== 0x2c) return at;
    at++;
  }
}
