import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { parseEndpoint } from '../../src/core/names.ts';
import { loadSource } from '../../src/load/load.ts';

/* The child of determinism.long.test.ts: loads a source twice and prints the checksums of the files. */

const [path = '', folder = '', endpoint = '', threads = ''] = process.argv.slice(2);
const checksums: string[] = [];
for (const name of ['first', 'second']) {
  await mkdir(join(folder, name));
  const loaded = await loadSource({
    path,
    name: 'source.json',
    checksum: 'c0ffee',
    expected: { ticker: 'NQ_NDX', endpoint: parseEndpoint(endpoint), sessionDate: '2025-10-22' },
    folder: join(folder, name),
    now_ms: Date.parse('2025-10-23T12:00:00Z'),
    threads: Number(threads),
  });
  checksums.push(loaded.files.map((file) => `${file.dataset} ${file.checksum} ${file.size_bytes}`).join(', '));
}
console.log(JSON.stringify(checksums));
