import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** A process that holds a database. */
export type Held = { readonly pid: number; readonly release: () => Promise<void> };

/** Has another process open a database file for writing and keep it until it is released. */
export async function lockDatabase(path: string): Promise<Held> {
  const child = fork(fileURLToPath(import.meta.resolve('./lock-holder.ts')), [path], { execArgv: [] });
  await once(child, 'message');
  return {
    pid: child.pid ?? 0,
    release: async () => {
      child.disconnect();
      await once(child, 'exit');
    },
  };
}
