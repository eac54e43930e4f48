import { execFileSync, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Lake, Running, RunOptions } from './gexlake.ts';

/*
 * A process elsewhere: in a pid namespace of its own, as in a container with this host's name, and one whose clock on the wall is
 * another. Both need something of the machine; what is missing is said by the tests that are left out.
 */

const program = join(import.meta.dirname, '../../bin/gexlake.js');

/** How a pid namespace is made here: as root, or in a user namespace where these are allowed; null where neither is. */
const namespaceArgs = ['-fp', '-Urfp']
  .map((how) => [how, '--mount-proc', '--kill-child'])
  .find((args) => spawnSync('unshare', [...args, 'true']).status === 0);

/** Why no process can be started in a pid namespace here; false where one can. */
export const noNamespaces = namespaceArgs === undefined ? 'this user may make no pid namespace on this machine' : false;

/** Starts the program in a pid namespace of its own, with this host's name. */
export function startElsewhere(lake: Lake, args: readonly string[], options: RunOptions = {}): Running {
  const [first = '', ...rest] = namespaceArgs ?? [];
  const words = [...rest, process.execPath, program, ...args];
  const running = lake.start(words, { ...options, node: 'unshare', program: first });
  // With it goes all that is in its namespace, stopped or not.
  const kill = () => running.child.kill('SIGKILL');
  process.once('exit', kill);
  void running.ended.finally(() => process.off('exit', kill));
  return running;
}

/** A process below this one that has been stopped, once there is one. */
export async function stoppedBelow({ child }: Running): Promise<number> {
  for (;;) {
    const found = below(child.pid ?? 0).find(({ state }) => state === 'T');
    if (found !== undefined) return found.pid;
    await sleep(50);
  }
}

type Seen = { readonly pid: number; readonly parent: number; readonly state: string };

function below(pid: number): Seen[] {
  const all = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  const seen = all.map(Number).flatMap(look);
  const found: Seen[] = seen.filter(({ parent }) => parent === pid);
  for (const one of found) found.push(...seen.filter(({ parent }) => parent === one.pid));
  return found;
}

function look(pid: number): Seen[] {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const [state = '', parent = ''] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return [{ pid, parent: Number(parent), state }];
  } catch {
    return [];
  }
}

/** Shifts the wall clock by GEXLAKE_TEST_SHIFT seconds, and no other. */
const shiftedClock = `
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>
static long shift(void) { const char *text = getenv("GEXLAKE_TEST_SHIFT"); return text ? atol(text) : 0; }
int clock_gettime(clockid_t clock, struct timespec *now) {
  static int (*real)(clockid_t, struct timespec *);
  if (!real) real = dlsym(RTLD_NEXT, "clock_gettime");
  int result = real(clock, now);
  if (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE) now->tv_sec += shift();
  return result;
}
int gettimeofday(struct timeval *now, void *zone) {
  struct timespec precise;
  clock_gettime(CLOCK_REALTIME, &precise);
  now->tv_sec = precise.tv_sec;
  now->tv_usec = precise.tv_nsec / 1000;
  return 0;
}
time_t time(time_t *now) {
  struct timespec precise;
  clock_gettime(CLOCK_REALTIME, &precise);
  if (now) *now = precise.tv_sec;
  return precise.tv_sec;
}
`;

export const noCompiler = spawnSync('cc', ['--version']).status === 0 ? false : 'there is no C compiler (cc)';

/** Builds what shifts the wall clock of a program into a folder; gives the environment for a shift in seconds. */
export function buildShiftedClock(folder: string): (seconds: number) => Record<string, string> {
  const library = join(folder, 'shifted-clock.so');
  execFileSync('cc', ['-shared', '-fPIC', '-O1', '-x', 'c', '-', '-o', library, '-ldl'], { input: shiftedClock });
  return (seconds) => ({ LD_PRELOAD: library, GEXLAKE_TEST_SHIFT: String(seconds) });
}
