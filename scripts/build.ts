// Makes the program: `build/` has its modules as JavaScript, one for each source, which tests load; `dist/` has the same in a few files, which
// `gexlake` runs. A command would load some 400 modules one by one otherwise, and twice, since importers are processes of their own.
//
//   npm run build
import { spawnSync } from 'node:child_process';
import { renameSync, rmSync } from 'node:fs';
import { isAbsolute, join, resolve } from 'node:path';
import { rolldown } from 'rolldown';

/** The files by which the program is entered, and the modules that these are. */
const entries = {
  'compile-cache': 'platform/compile-cache.js',
  start: 'start.js',
  main: 'cli/main.js',
  'importer-main': 'pipeline/importer-main.js',
  'encoder-thread': 'parquet/encoder-thread.js',
};

/** Makes the `dist/` of a folder from its `build/`. All files lie side by side, since modules name others as their neighbours. */
export async function bundle(root: string): Promise<void> {
  const input: Record<string, string> = {};
  for (const [name, module] of Object.entries(entries)) input[name] = join(root, 'build', module);
  const isPackage = (id: string) => !id.startsWith('.') && !isAbsolute(id);
  const made = await rolldown({ input, platform: 'node', external: isPackage });
  await made.write({ dir: join(root, 'dist'), format: 'esm', chunkFileNames: '[name].js', comments: false });
  await made.close();
}

if (import.meta.main) {
  const root = resolve(import.meta.dirname, '..');
  // What is there stays until the sources are known to be right.
  const made = join(root, 'build.new');
  rmSync(made, { recursive: true, force: true });
  const { status } = spawnSync(join(root, 'node_modules/.bin/tsc'), ['-p', 'tsconfig.build.json', '--outDir', made], {
    cwd: root,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  if (status !== 0) process.exit(status ?? 1);
  for (const folder of ['build', 'dist']) rmSync(join(root, folder), { recursive: true, force: true });
  renameSync(made, join(root, 'build'));
  await bundle(root);
}
