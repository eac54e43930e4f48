import { Option, type Command } from 'commander';
import type { App, JobStory } from '../app/app.ts';
import { GexlakeError } from '../core/errors.ts';
import { jobStatuses, type Job, type JobStatus } from '../core/job.ts';
import { limits } from '../core/limits.ts';
import { parseEndpoint, parseTicker } from '../core/names.ts';
import { redactDeep, redactUrl } from '../core/redact.ts';
import { makeCommand, openApp, type CommonOptions, readListLimit } from './command-line.ts';
import { formatBytes, formatCount, formatTime } from './format.ts';
import { terminalWidth, writeData, writeJson } from './output.ts';
import { renderTable, type TableColumn } from './table.ts';

type ListOptions = CommonOptions & {
  readonly status?: JobStatus;
  readonly ticker?: string;
  readonly endpoint?: string;
  readonly limit: string;
};

export function jobsCommand(): Command {
  return makeCommand('jobs', 'list the jobs of the log, newest first; show, retry or cancel one', [
    'jobs --status failed',
    'jobs show 019a0b2c',
    'jobs retry --failed',
  ])
    .addOption(new Option('--status <status>', 'only jobs in this state').choices(jobStatuses))
    .option('--ticker <ticker>', 'only jobs of this ticker')
    .option('--endpoint <endpoint>', 'only jobs of this endpoint')
    .option('--limit <count>', 'the largest number of jobs', String(limits.jobs_listed))
    .action(async (options: ListOptions) => printJobs(await listJobs(await openApp(options), options), options))
    .addCommand(showCommand())
    .addCommand(retryCommand())
    .addCommand(cancelCommand());
}

async function listJobs(app: App, options: ListOptions): Promise<Job[]> {
  const limit = readListLimit(options.limit);
  return app.jobs({
    status: options.status,
    ticker: options.ticker === undefined ? undefined : parseTicker(options.ticker),
    endpoint: options.endpoint === undefined ? undefined : parseEndpoint(options.endpoint).name,
    limit,
  });
}

function showCommand(): Command {
  return makeCommand('show', 'show a job with its events and files', ['jobs show 019a0b2c'])
    .argument('<id>', 'a job id, or its first digits')
    .action(async (id: string, _options: unknown, command: Command) => {
      const options = command.optsWithGlobals<CommonOptions>();
      const story = await (await openApp(options)).job(id);
      if (options.json === true) writeJson(shownJob(story));
      else writeData(describeStory(story));
    });
}

function retryCommand(): Command {
  return makeCommand('retry', 'make failed or staged jobs pending again', [
    'jobs retry 019a0b2c',
    'jobs retry --failed',
  ])
    .argument('[id...]', 'job ids, or their first digits')
    .option('--failed', 'all failed jobs')
    .action(async (ids: string[], own: { readonly failed?: boolean }, command: Command) => {
      const options = command.optsWithGlobals<CommonOptions>();
      const app = await openApp(options);
      if ((own.failed === true) === ids.length > 0) {
        throw new GexlakeError('USAGE', 'give job ids or --failed, one of the two', {
          hint: '`gexlake jobs --status failed` lists the failed jobs.',
        });
      }
      const chosen =
        own.failed === true
          ? (await app.jobs({ status: 'failed', limit: Number.MAX_SAFE_INTEGER })).map((job) => job.id)
          : ids;
      printJobs(await app.retry(chosen), options);
    });
}

function cancelCommand(): Command {
  return makeCommand('cancel', 'cancel jobs that have not finished', ['jobs cancel 019a0b2c'])
    .argument('<id...>', 'job ids, or their first digits')
    .action(async (ids: string[], _options: unknown, command: Command) => {
      const options = command.optsWithGlobals<CommonOptions>();
      const app = await openApp(options);
      printJobs(await app.cancel(ids), options);
    });
}

const listColumns: readonly TableColumn[] = [
  { title: 'JOB', shrinks: true, least: 14 },
  { title: 'STATUS' },
  { title: 'TICKER' },
  { title: 'ENDPOINT' },
  { title: 'SESSION' },
  { title: 'PROCESSED', right: true, optional: true },
  { title: 'CREATED (UTC)', optional: true },
  { title: 'SOURCE OR ERROR', shrinks: true },
];

function printJobs(jobs: readonly Job[], options: CommonOptions): void {
  if (options.json === true) {
    writeJson(jobs.map(shownJob));
    return;
  }
  const rows = jobs
    .map(shownJob)
    .map((job) => [
      job.id,
      job.status,
      job.ticker ?? '',
      job.endpoint ?? '',
      job.session_date ?? '',
      job.records_processed === null ? '' : formatCount(job.records_processed),
      formatTime(job.created_at),
      job.last_error ?? job.url,
    ]);
  writeData(rows.length === 0 ? 'no jobs' : renderTable(listColumns, rows, terminalWidth()));
}

/** A job as it may be shown: without the secrets in its URL, and in what an older version has noted of it. */
export function shownJob<T extends Job>(job: T): T {
  return redactDeep({ ...job, url: redactUrl(job.url) });
}

function describeStory(story: JobStory): string {
  // `url` and `last_error` say in words what these two are.
  const { events, files, receipts, block, target: _target, error, ...job } = shownJob(story);
  const fields = Object.entries({ ...job, hint: error?.hint ?? null }).filter(
    ([, value]) => value !== null && value !== '',
  );
  const facts = renderTable(
    [{ title: 'FIELD' }, { title: 'VALUE', shrinks: true }],
    fields.map(([name, value]) => [name, String(value)]),
    null,
  );
  const happened = events.map((event) => [formatTime(event.occurred_at), event.actor, event.event, event.detail ?? '']);
  const published = files.map((file) => [
    file.path,
    file.superseded_by === null ? file.state : `${file.state} by ${file.superseded_by}`,
    formatCount(file.row_count),
    formatBytes(file.size_bytes),
    file.checksum,
  ]);
  const parts = [
    facts,
    renderTable(
      ['AT (UTC)', 'ACTOR', 'EVENT', 'DETAIL'].map((title) => ({ title })),
      happened,
      null,
    ),
  ];
  if (receipts.length > 0) parts.push(describeReceipts(receipts));
  if (published.length > 0)
    parts.push(
      renderTable(
        ['FILE', 'STATE', 'ROWS', 'SIZE', 'SHA-256'].map((title) => ({ title })),
        published,
        null,
      ),
    );
  if (block.length > 1) parts.push(describeBlock(block));
  return parts.join('\n\n');
}

/** What was said of the source each time that it came. */
function describeReceipts(receipts: JobStory['receipts']): string {
  const rows = receipts.map((receipt) => [
    formatTime(receipt.received_at),
    receipt.location,
    formatCount(receipt.wire_bytes),
    receipt.wire_checksum,
    receipt.last_modified ?? (receipt.modified_at === null ? '' : formatTime(receipt.modified_at)),
    receipt.etag ?? '',
    receipt.content_md5 ?? '',
  ]);
  const titles = ['CAME AT (UTC)', 'FROM', 'BYTES', 'SHA-256 AS IT CAME', 'LAST MODIFIED', 'ETAG', 'CONTENT-MD5'];
  // Only what somebody has said.
  const told = titles.map((_, at) => rows.some((row) => row[at] !== ''));
  return renderTable(
    titles.filter((_, at) => told[at]).map((title) => ({ title })),
    rows.map((row) => row.filter((_, at) => told[at])),
    null,
  );
}

/** Everything that has happened to the sessions of a job: imports that added to them, corrections and rewrites. */
function describeBlock(block: JobStory['block']): string {
  const rows = block.map((job) => [
    job.id,
    job.kind,
    job.status,
    formatTime(job.created_at),
    job.actor ?? '',
    job.corrects_job_id ?? '',
    job.reason ?? '',
    job.outcome ?? '',
  ]);
  const titles = [
    'JOB OF THE SAME BLOCKS',
    'KIND',
    'STATUS',
    'CREATED (UTC)',
    'ACTOR',
    'CORRECTS',
    'REASON',
    'OUTCOME',
  ];
  return renderTable(
    titles.map((title) => ({ title })),
    rows,
    null,
  );
}
