import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { keptCompiledCode } from './compile-cache.ts';

export type ImporterProcess<Out> = {
  readonly send: (message: Out) => void;
  /** Settles when the process is gone, with how it ended: `exited with code 1`, `was ended by SIGKILL`. */
  readonly exited: Promise<string>;
};

/**
 * An importer makes little garbage that lives long and much that does not: a young generation of 2 MB is collected where it
 * stays in the processor's cache, and large buffers that are freed go back to the system at once (glibc). Measured: a file of
 * 1.3 GB took 234 MB at its peak with both, 276 MB with the first only, 338 MB with neither; one day 196, 205 and 215 MB.
 */
function lean(): { readonly execArgv: string[]; readonly env: NodeJS.ProcessEnv } {
  return {
    execArgv: [...process.execArgv, '--max-semi-space-size=2'],
    env: { MALLOC_MMAP_THRESHOLD_: '65536', NODE_COMPILE_CACHE: keptCompiledCode(), ...process.env },
  };
}

/** A process that was started before anybody asked for it, and the module that it runs. */
let prepared: { readonly module: string; readonly child: ChildProcess } | null = null;

/**
 * Starts a module before its work is known, so that it loads while the caller still does: the next {@link startImporter} of that
 * module takes it. If none comes, it keeps nobody alive, and ends with its parent.
 */
export function prepareImporter(module: URL): void {
  const child = begin(module);
  child.unref();
  child.channel?.unref();
  prepared = { module: module.href, child };
}

function begin(module: URL): ChildProcess {
  return fork(fileURLToPath(module), [], { ...lean(), stdio: ['ignore', 2, 2, 'ipc'] });
}

function takePrepared(module: URL): ChildProcess | null {
  const child = prepared?.module === module.href ? prepared.child : null;
  if (child === null) return null;
  prepared = null;
  child.ref();
  child.channel?.ref();
  return child;
}

/** Starts a Node module as a process of its own with a message channel. Its standard output and error go to our standard error. */
export function startImporter<Out>(module: URL, onMessage: (message: unknown) => void): ImporterProcess<Out> {
  const child = takePrepared(module) ?? begin(module);
  child.on('message', onMessage);
  const exited = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(`could not be started (${error.message})`));
    child.once('close', (code, signal) =>
      resolve(signal === null ? `exited with code ${code}` : `was ended by ${signal}`),
    );
  });
  const send = (message: Out) => {
    // A process that is just ending hears no more; what it leaves is found by its exit.
    if (child.connected) child.send(message as object, () => undefined);
  };
  return { send, exited };
}
