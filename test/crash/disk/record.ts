import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

/*
 * Runs a process and writes down every call by which it changes a folder, in order and with its bytes: by a library that is compiled here
 * and loaded into the process before its own (record.c).
 */

type OfFile = { readonly path: string; readonly inode: number };

/** One call by which a process has changed a folder, or what it has said on standard output in between. */
export type DiskCall =
  | ({ readonly kind: 'create' | 'mkdir' | 'sync' } & OfFile)
  | ({ readonly kind: 'write'; readonly at: number; readonly bytes: Buffer } & OfFile)
  | ({ readonly kind: 'truncate'; readonly size: number } & OfFile)
  | { readonly kind: 'remove'; readonly path: string }
  | { readonly kind: 'rename' | 'link'; readonly path: string; readonly to: string }
  | { readonly kind: 'said'; readonly text: string };

const compiler = process.env['CC'] ?? 'cc';

/** Why this machine can record nothing, or false. */
export const cannotRecord = whyNot();

function whyNot(): string | false {
  if (process.platform !== 'linux') return 'calls are recorded on Linux only';
  try {
    execFileSync(compiler, ['--version'], { stdio: 'ignore' });
    return false;
  } catch {
    return 'there is no C compiler to record calls with';
  }
}

export type Recorder = {
  /** Runs a program of Node to its end, or until it is killed after so many calls, and gives what it did to a folder. */
  readonly record: (folder: string, args: readonly string[], killAfter?: number) => Promise<readonly DiskCall[]>;
  readonly remove: () => Promise<void>;
};

export async function makeRecorder(): Promise<Recorder> {
  const desk = await mkdtemp(join(tmpdir(), 'gexlake-record-'));
  const library = join(desk, 'record.so');
  const source = join(import.meta.dirname, 'record.c');
  execFileSync(compiler, ['-shared', '-fPIC', '-O1', '-o', library, source, '-lpthread']);
  let runs = 0;
  const record: Recorder['record'] = async (folder, args, killAfter = 0) => {
    const into = join(desk, `calls-${runs++}`);
    const forLibrary = { LD_PRELOAD: library, GEXLAKE_RECORD: into, GEXLAKE_RECORD_ROOT: folder };
    const env = { ...process.env, ...forLibrary, GEXLAKE_RECORD_KILL: String(killAfter) };
    const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'ignore', 'pipe'] });
    const ended = new Promise<readonly [number | null, NodeJS.Signals | null]>((done) =>
      child.once('close', (code, signal) => done([code, signal])),
    );
    const errors = await text(child.stderr);
    const [code, signal] = await ended;
    const isAsMeant = killAfter === 0 ? code === 0 : signal === 'SIGKILL';
    assert.ok(isAsMeant, `${args.join(' ')} ended with ${code ?? signal}: ${errors}`);
    const calls = parseCalls(await readFile(into));
    await rm(into);
    return calls;
  };
  return { record, remove: () => rm(desk, { recursive: true, force: true }) };
}

const head_bytes = 25;

/** See `note` in record.c. */
function parseCalls(bytes: Buffer): DiskCall[] {
  const calls: DiskCall[] = [];
  for (let at = 0; at < bytes.byteLength;) {
    const first = at + head_bytes;
    const second = first + bytes.readUInt32LE(at + 17);
    const end = second + bytes.readUInt32LE(at + 21);
    const [a, b] = [bytes.readBigUInt64LE(at + 1), bytes.readBigUInt64LE(at + 9)].map(Number) as [number, number];
    const path = bytes.toString('utf8', first, second);
    calls.push(toCall(String.fromCharCode(bytes[at] ?? 0), { path, inode: a }, b, bytes.subarray(second, end)));
    at = end;
  }
  return calls;
}

function toCall(kind: string, file: OfFile, number: number, bytes: Buffer): DiskCall {
  const { path } = file;
  switch (kind) {
    case 'c':
      return { kind: 'create', ...file };
    case 'd':
      return { kind: 'mkdir', ...file };
    case 's':
      return { kind: 'sync', ...file };
    case 'w':
      return { kind: 'write', ...file, at: number, bytes };
    case 't':
      return { kind: 'truncate', ...file, size: number };
    case 'u':
      return { kind: 'remove', path };
    case 'n':
      return { kind: 'rename', path, to: bytes.toString('utf8') };
    case 'l':
      return { kind: 'link', path, to: bytes.toString('utf8') };
    default:
      return { kind: 'said', text: bytes.toString('utf8') };
  }
}
