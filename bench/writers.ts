// Encodes the same row groups of `strikes` with gexlake's own Parquet writer and with two packages, turn by turn, each in a process of its own,
// and reads with DuckDB what they have written.
// usage: npm run bench:writers -- [--runs 5] [--groups 6]
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { generateSample } from '../src/sample/sample.ts';
import { describeMachine, printMachine } from './machine.ts';
import { day } from './make-input.ts';
import type { Taken } from './writers/encode.ts';
import { readBack } from './writers/read-back.ts';
import { printWriters } from './writers/report.ts';
import { rowGroupsOf } from './writers/row-groups.ts';
import { versions, writerModules } from './writers/writer.ts';

const { values } = parseArgs({
  options: { runs: { type: 'string', default: '5' }, groups: { type: 'string', default: '6' } },
});
const runs = Number(values.runs);
const packages = join(import.meta.dirname, '../node_modules');
const folder = mkdtempSync(join(tmpdir(), 'gexlake-bench-'));
const started: ChildProcess[] = [];

try {
  printMachine(describeMachine());
  const session = join(folder, 'session.json');
  await writeFile(session, generateSample({ ...day, flaws: false }));
  const groups = rowGroupsOf(session, Number(values.groups));
  const rows = groups.reduce((sum, group) => sum + group.rows, 0);
  console.log(
    `${groups.length} row groups, ${rows} rows of ${day.ticker} ${day.endpoint}, seed ${day.seed}; ${runs} runs of all in turn, after one that does not count`,
  );
  const taken = await takeTurns(session, groups.length);
  for (const name of taken.keys()) await readBack((at) => join(folder, `${name}-${at}.parquet`), groups);
  console.log('DuckDB reads every value of every file as it was given\n');
  printWriters(taken);
} finally {
  for (const child of started) child.kill();
  rmSync(folder, { recursive: true, force: true });
}

/** The writers whose packages are there; says which are not, and how to get all packages at once, since npm removes what it is not told. */
function presentWriters(): string[] {
  const all = Object.entries(writerModules);
  const able = all.filter(([, needed]) => needed.every((one) => existsSync(join(packages, one, 'package.json'))));
  const present = able.map(([name]) => name);
  const missing = all.filter(([name]) => !present.includes(name)).map(([name]) => name);
  const wanted = Object.entries(versions).map(([name, version]) => `${name}@${version}`);
  if (missing.length > 0) console.log(`missing: ${missing.join(', ')}; npm install --no-save ${wanted.join(' ')}`);
  return present;
}

/** All writers encode a group before any of them turns to the next one. */
async function takeTurns(session: string, groups: number): Promise<Map<string, Taken[]>> {
  const children = await Promise.all(
    presentWriters().map(async (name) => [name, await start(name, session, groups)] as const),
  );
  const taken = new Map<string, Taken[]>(children.map(([name]) => [name, []]));
  for (let run = 0; run <= runs; run++) {
    for (let group = 0; group < groups; group++) {
      for (const [name, child] of children) {
        const answer = await ask(child, group);
        if (run > 0) taken.get(name)?.push(answer);
      }
    }
  }
  return taken;
}

async function start(name: string, session: string, groups: number): Promise<ChildProcess> {
  const script = join(import.meta.dirname, 'writers/encode.ts');
  const child = fork(script, [name, session, String(groups), folder]);
  started.push(child);
  await answerOf(child);
  return child;
}

async function ask(child: ChildProcess, group: number): Promise<Taken> {
  child.send(group);
  return (await answerOf(child)) as Taken;
}

/** The next message of a process; an error where it ends instead. */
async function answerOf(child: ChildProcess): Promise<unknown> {
  const stop = new AbortController();
  const { signal } = stop;
  const ended = once(child, 'exit', { signal }).then(() => {
    throw new Error(`${child.spawnargs.slice(1, 3).join(' ')} ended before it had answered`);
  });
  try {
    const [answer] = (await Promise.race([once(child, 'message', { signal }), ended])) as unknown[];
    return answer;
  } finally {
    stop.abort();
    // Aborted, or thrown by the race already.
    ended.catch(() => undefined);
  }
}
