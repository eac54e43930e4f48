import { GexlakeError } from '../../src/core/errors.ts';
import type { Job } from '../../src/core/job.ts';
import type { Receipt } from '../../src/core/journey.ts';
import { parseStoredPath } from '../../src/core/stored-path.ts';
import type { AttemptLog, Holder, JobLog, JobRequest } from '../../src/joblog/joblog.ts';
import {
  blocks,
  bytes,
  counts,
  finished,
  holder,
  other,
  privateFile,
  publication,
  report,
  request,
  withdrawn,
} from './ports/made.ts';

/* Any operation of any port of the log, on any job, whether it fits or not: one that does not is refused by name, and changes nothing. */

/** A whole number from 0 to below `below`. */
type Random = (below: number) => number;

/** What the operations before have left to work with. */
export type Desk = {
  readonly random: Random;
  readonly jobs: Job[];
  readonly attempts: [Job, Holder][];
  /** Attempts whose bytes have come: they come once. */
  readonly received: Set<string>;
};

type Operation = (log: JobLog, desk: Desk) => Promise<unknown>;

/** So many of the newest jobs and attempts are still worked with. */
const remembered = 30;

/** Refusals that are no defects: the operation did not fit what the log has. */
const refusals = new Set(['JOB_TAKEN_OVER', 'JOB_STATE', 'JOB_NOT_FOUND', 'CHANGED_SINCE', 'IDEMPOTENCY_CONFLICT']);

function any<T>(random: Random, list: readonly T[]): T {
  const found = list[random(list.length)];
  if (found === undefined) throw new Error('an empty list');
  return found;
}

function asked({ random, jobs }: Desk): JobRequest {
  const plain = request(any(random, ['/a', 'https://example.com/b?sig=secret', `/c-${random(1_000)}`]));
  const about = jobs.length > 0 ? any(random, jobs).id : null;
  switch (random(6)) {
    case 0:
      return { ...plain, kind: 'correction', correctsJobId: about, reason: 'password=secret' };
    case 1:
      return { ...plain, kind: 'rewrite', target: { kind: 'compaction', folder: 'f', plan_id: null }, reason: 'r' };
    case 2:
      return { ...plain, kind: 'migration', publish: false };
    default:
      return { ...plain, endpoint: any(random, ['gex_zero', 'gex_one']), publish: random(4) > 0 };
  }
}

function keep({ jobs, attempts }: Desk, job: Job | null, who?: Holder): void {
  if (job === null) return;
  jobs.push(job);
  if (who !== undefined) attempts.push([job, who]);
  jobs.splice(0, jobs.length - remembered);
  attempts.splice(0, attempts.length - remembered);
}

const receipt: Receipt = {
  location: 'https://example.com/b',
  wire_bytes: 7,
  wire_checksum: 'wire',
  etag: '"e"',
  last_modified: null,
  content_md5: null,
  content_length: 7,
  modified_at: null,
  archive_checksum: null,
};

const who = ({ random }: Desk) => any(random, [holder, other]);
const sum = ({ random }: Desk) => `sum ${random(60)}`;
const stored = ({ random }: Desk, folder: string) => parseStoredPath(`${folder}/${random(200)}`);

/** An operation on an attempt, one that is over or another's among them. */
function onAttempt(act: (log: JobLog, job: Job, held: Holder, desk: Desk) => Promise<unknown>): Operation {
  return async (log, desk) => {
    if (desk.attempts.length === 0) return;
    const [job, held] = any(desk.random, desk.attempts);
    await act(log, job, desk.random(12) === 0 ? who(desk) : held, desk);
  };
}

function onJob(act: (log: JobLog, job: Job, desk: Desk) => Promise<unknown>): Operation {
  return async (log, desk) => {
    if (desk.jobs.length > 0) await act(log, any(desk.random, desk.jobs), desk);
  };
}

/** What an earlier attempt has left, or this one before: its files are taken back first. */
async function forgetEarlier(attempts: AttemptLog, job: Job, held: Holder): Promise<void> {
  const { placed, retired } = await attempts.intended(job);
  if (placed.length + retired.length > 0) await attempts.forgetIntended(job, held);
}

async function perhapsComplete(attempts: AttemptLog, job: Job, held: Holder, isDone: boolean): Promise<void> {
  if (!isDone) return;
  const { placed } = await attempts.intended(job);
  await attempts.complete(job, held, { finished: { ...finished, counts }, intended: placed.length });
}

const intend = onAttempt(async ({ attempts, files }, job, held, desk) => {
  await forgetEarlier(attempts, job, held);
  const live = await files.ofBlocks({ ...blocks, endpoint: job.endpoint ?? '' });
  const placed = [privateFile('snapshots', sum(desk)), privateFile('strikes', sum(desk))].slice(desk.random(2));
  const isIntended = (await attempts.intend(job, held, { ...publication(placed, live), counts })) !== null;
  await perhapsComplete(attempts, job, held, isIntended && desk.random(3) > 0);
});

const swap = onAttempt(async ({ attempts, files }, job, held, desk) => {
  const live = (await files.live()).filter((file) => file.endpoint === job.endpoint);
  if (live.length === 0) return;
  const old = any(desk.random, live);
  await forgetEarlier(attempts, job, held);
  const isIntended = await attempts.intendSwap(job, held, {
    placed: desk.random(3) === 0 ? [] : [{ file: privateFile(old.dataset, sum(desk)), path: old.path }],
    retired: [{ path: old.path, checksum: old.checksum, archivePath: stored(desk, `archive/${job.id}`) }],
    planned: null,
    counts,
    quality: [],
    notes: [{ event: 'changes', detail: 'api_key=secret' }],
  });
  await perhapsComplete(attempts, job, held, isIntended && desk.random(3) > 0);
});

const operations: readonly Operation[] = [
  async ({ queue }, desk) => {
    const requests = Array.from({ length: 1 + desk.random(4) }, () => asked(desk));
    for (const job of await queue.enqueue(requests)) keep(desk, job);
  },
  async ({ queue }, desk) => {
    const key = desk.random(2) === 0 ? null : `key ${desk.random(20)}`;
    const fields = any(desk.random, [null, '{"note":"n"}']);
    const notes = [{ event: 'uploaded', detail: 'n' }];
    const given = await queue.submit([{ request: asked(desk), idempotencyKey: key, fields, notes }]);
    for (const one of given) if (!(one instanceof GexlakeError)) keep(desk, one.job);
  },
  async ({ queue }, desk) => {
    const held = who(desk);
    keep(desk, await queue.enqueueAndTake(asked(desk), held), held);
  },
  async ({ queue }, desk) => {
    const held = who(desk);
    keep(desk, await queue.takeOldest(held), held);
  },
  async ({ queue }, desk) => {
    const held = who(desk);
    const taken = await queue.takeOldestUnlessMany(held, { jobs: 200, since: null });
    if (taken !== null && 'id' in taken) keep(desk, taken, held);
  },
  onJob(({ queue }, { id }) => queue.retry([id], 'tester')),
  onJob(({ queue }, { id }) => queue.cancel([id], 'tester')),
  onJob(({ jobs }, { id }) => jobs.remark(id, 'tester', { event: 'remark', detail: 'token=secret' })),
  onJob(({ recovery }, job) => recovery.noteCleaned([{ job, what: 'its folder' }], 'tester')),
  onAttempt(({ attempts }, job, held) => attempts.beat(job, held)),
  onAttempt(async ({ attempts }, job, held, desk) => {
    const attempt = `${job.id} ${job.attempts}`;
    if (desk.received.has(attempt)) return;
    const came = bytes(sum(desk), `source/${desk.random(50)}`, `source/${job.id}/x`);
    await attempts.received(job, held, { ...came, ...any(desk.random, [{}, { receipt }]) });
    desk.received.add(attempt);
  }),
  ({ vendor }, desk) =>
    vendor.noteCalls([
      {
        source: `gexbot:eod/SPX/2025-10-${10 + desk.random(9)}`,
        ticker: 'SPX',
        endpoint: null,
        session_date: '2025-10-22',
        answer: any(desk.random, ['given', 'throttled', 'yesterday']),
        http_status: 200,
        detail: any(desk.random, [null, 'sig=secret']),
        ask_again_at: null,
        wire_bytes: any(desk.random, [null, 5]),
        took_ms: 2,
      },
    ]),
  ({ vendor }, desk) => vendor.takeDuty('fetch', { owner: who(desk).owner, isFree: () => desk.random(2) === 0 }),
  ({ vendor }, desk) => vendor.releaseDuty('fetch', who(desk).owner),
  async ({ notices }, desk) => {
    const kind = any(desk.random, ['disk_low', 'day_lost'] as const);
    const matter = {
      matter: `${kind}:${desk.random(3)}`,
      kind,
      title: 'told',
      text: 'sig=secret',
      isFinal: kind === 'day_lost',
    };
    await notices.settle([matter], any(desk.random, [[], await notices.open()]));
  },
  async ({ notices }, desk) => {
    const [notice] = await notices.list(1);
    const state = any(desk.random, ['raised', 'cleared'] as const);
    if (notice !== undefined) await notices.told(notice, { state, target: String(desk.random(3)) });
  },
  ({ sources }, desk) => sources.recordRoot({ checksum: sum(desk), record_root: 'root', records: 3, rule: '1' }),
  intend,
  intend,
  intend,
  swap,
  swap,
  onAttempt(({ attempts }, job, held) => attempts.forgetIntended(job, held)),
  onAttempt(({ attempts }, job, held) => attempts.skip(job, held, { finished, skipped: { equal: null } })),
  onAttempt(({ attempts }, job, held) => attempts.stage(job, held, { finished, notes: [], stagingTable: 'staged' })),
  onAttempt(({ attempts }, job, held, desk) => {
    const left = any(desk.random, [withdrawn, { stagedPath: stored(desk, 'source'), intentStands: true }]);
    return attempts.fail(job, held, { error: report, left });
  }),
  onAttempt(({ recovery }, job, held) => recovery.release(job, held)),
  onAttempt(({ recovery }, job, held) => recovery.completeAbandoned(job, held)),
  async ({ recovery }, desk) => {
    if (desk.random(4) > 0) return;
    for (const job of await recovery.takeOver(holder.owner, other)) keep(desk, job, other);
  },
  async ({ recovery }, desk) => {
    const running = await recovery.running();
    if (running.length === 0) return;
    const seen = any(desk.random, running);
    if (await recovery.takeOverAsSeen(seen, holder, 'which is silent')) keep(desk, seen, holder);
  },
  onJob(({ sources }, { id }, desk) => {
    const sizes = { size_bytes: 2 ** 40, archived_checksum: 'packed', archived_size_bytes: 5 };
    const places = { staged_path: stored(desk, 'source'), archive_path: stored(desk, 'archive') };
    return sources.recordArchived({ job_id: id, checksum: sum(desk), ...places, ...sizes }, 'tester');
  }),
  onJob(({ sources }, { id }) => sources.recordRemoved(id, 'tester', 'old')),
  ({ sources }, desk) => sources.beginTask(any(desk.random, ['prune', 'other']), desk.random(3) * 10_000, 'tester'),
  ({ whole }) => whole.note('note', 'tester'),
];

/** Does any one of them; gives whether it was refused. */
export async function doAny(log: JobLog, desk: Desk): Promise<boolean> {
  try {
    await any(desk.random, operations)(log, desk);
    return false;
  } catch (error) {
    if (error instanceof GexlakeError && refusals.has(error.code)) return true;
    throw error;
  }
}
