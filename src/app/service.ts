import type { AsOfBasis } from '../core/as-of.ts';
import type { Clock } from '../core/clock.ts';
import { unlessDefect } from '../core/defects.ts';
import { GexlakeError, toGexlakeError } from '../core/errors.ts';
import type { JobEvent, ParquetFile } from '../core/job.ts';
import type {
  Changes,
  FeedPosition,
  FileFilter,
  JobDetails,
  JobQueue,
  JobRequest,
  Submission,
} from '../joblog/joblog.ts';
import type { ImportRequest } from '../pipeline/pipeline.ts';
import { freeBytes, mustBeWritable } from '../platform/files.ts';
import { isInInbox } from '../staging/staging.ts';
import type { AppContext } from './context.ts';
import { checkedJobRequest, mayAsk } from './job-requests.ts';

/** A job that somebody asks for from outside this machine's command line; `actor` is who that is. */
export type OutsideRequest = Omit<Submission, 'request'> & {
  readonly request: ImportRequest;
  readonly actor: string;
  /** Whether the source is a file that `App.receive` has made for this request. No other local file is for those outside. */
  readonly arrived?: boolean;
};

/** What the HTTP service needs besides. */
export type AppService = {
  /** Makes sure that there is a data folder to write into and a log of this version's layout. */
  readonly prepare: () => Promise<void>;
  /** @throws SOURCE_NOT_ALLOWED where a source that came from outside may not be fetched; local files never are */
  readonly mayFetch: (source: string) => void;
  /** Gives each request its job, all in one transaction: a new one, one that is there already, or an error of its own. */
  readonly submit: (requests: readonly OutsideRequest[]) => Promise<(JobDetails | GexlakeError)[]>;
  readonly changesSince: (position: FeedPosition | null) => Promise<Changes>;
  readonly eventsAfter: (after: number, last: number) => Promise<JobEvent[]>;
  readonly detailsOf: (ids: readonly string[]) => Promise<Map<string, JobDetails>>;
  readonly files: (filter: FileFilter) => Promise<ParquetFile[]>;
  /** What an answer about a time rests on. @throws AS_OF_UNKNOWN */
  readonly basisAt: (at: string) => Promise<AsOfBasis>;
  /** Differs whenever the log has been written; reads nothing of it. */
  readonly logSignature: () => Promise<string>;
  /** What would refuse the next transaction of the log, if anything; looked at once a second at most. */
  readonly logProblem: () => Promise<GexlakeError | null>;
  /** What keeps the data folder from being written into, if anything, and the free bytes of its disk. */
  readonly diskState: () => Promise<{ readonly problem: GexlakeError | null; readonly free_bytes: number }>;
};

/** For so long an answer about the log holds: whoever may ask for nothing else may ask for that often. */
const logProblem_ms = 1_000;

export function service(context: AppContext): AppService {
  const { folder, log, clock, policy, outsidePolicy, hasKey, ready, ours } = context;
  const mayWrite = async () => {
    await ours();
    await log.whole.requireMayWrite();
  };
  return {
    logProblem: keptFor(logProblem_ms, clock, () => mayWrite().then(() => null, toGexlakeError)),
    prepare: async () => {
      await ready();
      await mustBeWritable(folder.root);
      await log.whole.prepare();
    },
    mayFetch: (source) => mayAsk(source, outsidePolicy, hasKey),
    submit: async (requests) =>
      submitEach(log.queue, requests, (asked) => {
        const isOwn = asked.arrived === true && isInInbox(folder, asked.request.source);
        return checkedJobRequest(asked.request, { policy: isOwn ? policy : outsidePolicy, actor: asked.actor, hasKey });
      }),
    changesSince: (position) => log.feed.changesSince(position),
    eventsAfter: (after, last) => log.feed.eventsAfter(after, last),
    detailsOf: (ids) => log.feed.detailsOf(ids),
    files: (filter) => log.files.list(filter),
    basisAt: (at) => log.files.basisAt(at, new Date(clock.now_ms()).toISOString()),
    logSignature: () => log.feed.signature(),
    diskState: async () => {
      const problem = await mustBeWritable(folder.root).then(() => null, toGexlakeError);
      return { problem, free_bytes: await freeBytes(folder.root).catch(unlessDefect(0)) };
    },
  };
}

/** Gives an answer again for a while before it is looked for anew. */
function keptFor<T>(kept_ms: number, clock: Clock, look: () => Promise<T>): () => Promise<T> {
  let known: { readonly at_ms: number; readonly answer: Promise<T> } | null = null;
  return () => {
    const now_ms = clock.monotonic_ms();
    if (known === null || now_ms - known.at_ms >= kept_ms) known = { at_ms: now_ms, answer: look() };
    return known.answer;
  };
}

/** Requests that cannot be jobs keep none of the others from it. */
async function submitEach(
  queue: JobQueue,
  requests: readonly OutsideRequest[],
  check: (request: OutsideRequest) => JobRequest,
): Promise<(JobDetails | GexlakeError)[]> {
  const read = requests.map((asked): Submission | GexlakeError => {
    try {
      const { idempotencyKey, fields, notes } = asked;
      return { idempotencyKey, fields, notes, request: check(asked) };
    } catch (error) {
      return toGexlakeError(error);
    }
  });
  const good = read.filter((item): item is Submission => !(item instanceof GexlakeError));
  const outcomes = good.length === 0 ? [] : await queue.submit(good);
  let at = 0;
  return read.map((item) => (item instanceof GexlakeError ? item : (outcomes[at++] as JobDetails | GexlakeError)));
}
