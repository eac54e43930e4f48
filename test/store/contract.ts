import assert from 'node:assert/strict';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { newJobId } from '../../src/core/ids.ts';
import { stagedPath } from '../../src/core/kept-places.ts';
import { parseStoredPath, type StoredPath } from '../../src/core/stored-path.ts';
import { onStep, type Step } from '../../src/platform/steps.ts';
import type { FileStore } from '../../src/store/store.ts';
import { changes, localFile, type ChangeName, type Contents } from './changes.ts';

/** An empty store with a private folder for work. */
export type StoreUnderTest = {
  readonly store: FileStore;
  readonly workFolder: string;
  /** Does a change in another process, which a fault kills. */
  readonly killed: (change: ChangeName, fault: string) => void;
};

const path = parseStoredPath('parquet/gex/2025/10/SPX/gex_zero/strikes.parquet');
const absent = { ifAbsent: true } as const;
const publish = { purpose: 'publish' } as const;

type Demand = (room: StoreUnderTest) => Promise<void>;

/** What every store of files does: each with its title. */
const demands: Readonly<Record<string, Demand>> = {
  'a file has its path once it is put, and can be looked at, read, listed and opened by the engine': async ({
    store,
    workFolder,
  }) => {
    const local = await localFile(workFolder, 'a', 'some bytes');
    assert.equal(await store.stat(path), null);
    assert.deepEqual(await store.put([{ path, local, when: absent }], publish), ['put']);
    assert.deepEqual(await contentsOf(store), { [path]: 'some bytes' });
    assert.equal((await store.stat(path))?.size_bytes, 10);
    assert.equal(await readFile(await store.engineUrl(path), 'utf8'), 'some bytes');
    assert.deepEqual(await store.matches(path, local), { kind: 'same' });
    assert.deepEqual(await store.matches(path, { size_bytes: 9, checksum: local.checksum }), {
      kind: 'other size',
      size_bytes: 10,
    });
    assert.deepEqual(await store.matches(path, { size_bytes: 10, checksum: '00' }), {
      kind: 'other bytes',
      checksum: local.checksum,
    });
  },

  'a file that is not there is absent, has no bytes and no folder': async ({ store }) => {
    assert.deepEqual(await store.matches(path, { size_bytes: null, checksum: '' }), { kind: 'absent' });
    assert.deepEqual(await store.list(parseStoredPath('parquet')), []);
    await assert.rejects(textOf(store, path), { code: 'FILE_SYSTEM' });
  },

  'a file is put where nothing or the same is, and never over something else': async ({ store, workFolder }) => {
    const [first, same, other] = [
      await localFile(workFolder, 'first', 'first'),
      await localFile(workFolder, 'same', 'first'),
      await localFile(workFolder, 'other', 'other'),
    ];
    await store.put([{ path, local: first, when: absent }], publish);
    assert.deepEqual(await store.put([{ path, local: same, when: absent }], publish), ['found']);
    await assert.rejects(store.put([{ path, local: other, when: absent }], publish), { code: 'FILE_EXISTS' });
    assert.deepEqual(await contentsOf(store), { [path]: 'first' });
  },

  'a file goes to exactly one of many who want its path at once': async ({ store, workFolder }) => {
    const wanted = await Promise.all(
      Array.from({ length: 8 }, (_, at) => localFile(workFolder, String(at), String(at).repeat(10_000))),
    );
    const done = await Promise.allSettled(wanted.map((local) => store.put([{ path, local, when: absent }], publish)));
    const winners = done.flatMap(({ status }, at) => (status === 'fulfilled' ? [at] : []));
    assert.equal(winners.length, 1);
    assert.equal(await textOf(store, path), String(winners[0]).repeat(10_000));
  },

  'a file replaces the file that it is to replace, and no other': async ({ store, workFolder }) => {
    const old = await localFile(workFolder, 'old', 'old');
    const put = async (text: string, replaces: string) => {
      const local = await localFile(workFolder, `local ${text}`, text);
      return store.put([{ path, local, when: { replaces } }], publish);
    };
    await assert.rejects(put('new', old.checksum), { code: 'FILE_CHANGED' });
    await store.put([{ path, local: old, when: absent }], publish);
    await assert.rejects(put('new', '00'), { code: 'FILE_CHANGED' });
    assert.equal(await textOf(store, path), 'old');
    assert.deepEqual(await put('new', old.checksum), ['put']);
    assert.deepEqual(await put('new', old.checksum), ['found']);
    assert.deepEqual(await contentsOf(store), { [path]: 'new' });
  },

  'a file that is shorter than its writer says stays private': async ({ store, workFolder }) => {
    const local = await localFile(workFolder, 'a', 'some bytes');
    await writeFile(local.path, 'some');
    await assert.rejects(store.put([{ path, local, when: absent }], publish), { code: 'FILE_SYSTEM' });
    assert.deepEqual(await contentsOf(store), {});
  },

  'a file can be moved, and nothing is moved over it': async ({ store, workFolder }) => {
    const to = parseStoredPath('.trash/2025-10-31/strikes.parquet');
    await fill(store, workFolder, { [path]: 'one' });
    await store.move(path, to, { purpose: 'trash' });
    await fill(store, workFolder, { [path]: 'two' });
    await assert.rejects(store.move(path, to, { purpose: 'trash' }), { code: 'FILE_EXISTS' });
    assert.deepEqual(await contentsOf(store), { [to]: 'one', [path]: 'two' });
  },

  'a file is removed with the folder of its job, and what is not there may be removed': async ({
    store,
    workFolder,
  }) => {
    const own = stagedPath('a.json', newJobId(0));
    const plain = stagedPath('a.json', null);
    await fill(store, workFolder, { [own]: 'own', [plain]: 'plain' });
    for (let time = 0; time < 2; time++) await store.remove([own], { purpose: 'stage', workFolder });
    assert.deepEqual(await contentsOf(store), { [plain]: 'plain' });
    assert.equal(await store.stat(parseStoredPath(own.slice(0, own.lastIndexOf('/')))), null);
  },

  'whoever has lost the private folder puts nothing': async (room) => {
    const local = await localFile(room.workFolder, 'a', 'late');
    await seize(room);
    await assert.rejects(room.store.put([{ path, local, when: absent }], publish));
    assert.deepEqual(await contentsOf(room.store), {});
  },

  'whoever has lost the private folder replaces, gets and removes nothing': async (room) => {
    const { store, workFolder } = room;
    await fill(store, workFolder, { [path]: 'old' });
    const [local, old] = [await localFile(workFolder, 'a', 'late'), await localFile(workFolder, 'b', 'old')];
    await seize(room);
    await assert.rejects(store.put([{ path, local, when: { replaces: old.checksum } }], publish));
    await assert.rejects(store.get(path, join(workFolder, 'second'), publish));
    await assert.rejects(store.remove([path], { purpose: 'publish', workFolder }));
    assert.deepEqual(await contentsOf(store), { [path]: 'old' });
  },
};

/** The folder as it is after somebody has taken the job over. */
async function seize({ workFolder }: StoreUnderTest): Promise<void> {
  await rename(workFolder, `${workFolder}-seized`);
}

export type Open = (context: TestContext) => Promise<StoreUnderTest>;

/** The suite that every store of files passes: titles, and what is done on stores that `open` gives. */
export function fileStoreContract(
  open: Open,
): (readonly [title: string, act: (context: TestContext) => Promise<void>])[] {
  const asked = Object.entries(demands).map(
    ([title, demand]) => [title, async (context: TestContext) => demand(await open(context))] as const,
  );
  const disturbed = (Object.keys(changes) as ChangeName[]).flatMap((change) => [
    [
      `${change} fails at any step, and is done when it is done again`,
      (context: TestContext) => disturb(context, open, change, failAt),
    ] as const,
    [
      `${change} is killed at any step, and is done when it is done again`,
      (context: TestContext) => disturb(context, open, change, killAt),
    ] as const,
  ]);
  return [...asked, ...disturbed];
}

type Disturbance = (room: StoreUnderTest, change: ChangeName, at: number) => Promise<void>;

/** Disturbs a change at each of its steps, on a store of its own, and does it again. */
async function disturb(context: TestContext, open: Open, change: ChangeName, disturbance: Disturbance): Promise<void> {
  const { before, after, act } = changes[change];
  const steps = await tracedSteps(await open(context), change);
  for (const [at, step] of steps.entries()) {
    const room = await open(context);
    await fill(room.store, room.workFolder, before);
    await disturbance(room, change, at);
    assertBetween(await contentsOf(room.store), before, after, `${change} disturbed at ${step}`);
    await act(room);
    assert.deepEqual(await contentsOf(room.store), after, `${change} again after ${step}`);
  }
}

async function failAt(room: StoreUnderTest, change: ChangeName, at: number): Promise<void> {
  let passed = 0;
  onStep(() => {
    if (passed++ === at) throw Object.assign(new Error('EIO: made up'), { code: 'EIO' });
  });
  try {
    await assert.rejects(changes[change].act(room), { code: 'FILE_SYSTEM' });
  } finally {
    onStep(null);
  }
}

async function killAt({ killed }: StoreUnderTest, change: ChangeName, at: number): Promise<void> {
  killed(change, `kill@*#${at + 1}`);
}

/** The steps of a change, as it passes them undisturbed. */
async function tracedSteps({ store, workFolder }: StoreUnderTest, change: ChangeName): Promise<Step[]> {
  const steps: Step[] = [];
  await fill(store, workFolder, changes[change].before);
  onStep((step) => void steps.push(step));
  try {
    await changes[change].act({ store, workFolder });
  } finally {
    onStep(null);
  }
  assert.deepEqual(await contentsOf(store), changes[change].after);
  assert.ok(steps.length > 0, `${change} passes no step at which it could fail`);
  return steps;
}

async function fill(store: FileStore, workFolder: string, contents: Contents): Promise<void> {
  await mkdir(workFolder, { recursive: true });
  for (const [place, text] of Object.entries(contents)) {
    const local = await localFile(workFolder, `before ${text}`, text);
    await store.put([{ path: parseStoredPath(place), local, when: absent }], publish);
  }
}

/** All that is visible: nothing is anywhere else than in these folders. */
async function contentsOf(store: FileStore): Promise<Contents> {
  const found: Record<string, string> = {};
  for (const folder of ['parquet', 'source', 'archive', 'quarantine', 'backups', 'reports', '.trash'])
    for (const place of await store.list(parseStoredPath(folder)))
      if (!/\/\.[^/]+$/.test(place)) found[place] = await textOf(store, place);
  return found;
}

async function textOf(store: FileStore, place: StoredPath): Promise<string> {
  const blocks: Uint8Array[] = [];
  for await (const block of store.read(place)) blocks.push(block);
  return Buffer.concat(blocks).toString();
}

/** Each path is as it was or as it will be, and whole; nothing that was there is nowhere. */
function assertBetween(found: Contents, before: Contents, after: Contents, what: string): void {
  for (const [place, text] of Object.entries(found))
    assert.ok(text === before[place] || text === after[place], `${what}: ${place} holds ${JSON.stringify(text)}`);
  for (const [place, text] of Object.entries(before)) {
    const isKept = place in found || !(place in after) || Object.values(found).includes(text);
    assert.ok(isKept, `${what}: ${place} is gone`);
  }
}
