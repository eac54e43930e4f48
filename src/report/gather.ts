import { join } from 'node:path';
import type { Coverage } from '../core/coverage.ts';
import type { QualityRequest } from '../core/quality-report.ts';
import { GexlakeError } from '../core/errors.ts';
import type { ParquetFile, Recheck } from '../core/job.ts';
import { redactUrl } from '../core/redact.ts';
import { coverage } from '../coverage/coverage.ts';
import { inMemory, withDatabase } from '../db/db.ts';
import type { LogSnapshot } from '../joblog/joblog.ts';
import type { GovernContext } from '../maintenance/maintenance.ts';
import { version } from '../platform/version.ts';
import { proveFiles } from '../prove/prove.ts';
import { assessQuality } from '../quality/quality.ts';
import { verify } from '../verify/verify.ts';
import { changesOf } from './changes.ts';
import type { Report, ReportedFile, ReportedJournal } from './report-facts.ts';
import { setAsideBy } from './set-aside.ts';

/** What a report is asked to be about. `prove` makes every live file of these sessions again, which takes as long as importing them. */
export type AskedReport = QualityRequest & { readonly prove: boolean };

/** Finds out all that a report says. Changes nothing; `privateFolder` takes what the engine spills. */
export async function gather(context: GovernContext, asked: AskedReport, privateFolder: string): Promise<Report> {
  const covered = await coverage(context, asked);
  const log = await context.log.whole.snapshot();
  const isWanted = wanted(covered, asked);
  const live = log.files.filter((file) => file.state === 'live' && isWanted(file));
  if (live.length === 0 && covered.rows.length === 0) throw nothingKnown();
  const spillFolder = join(privateFolder, 'spill');
  const { changes, quarantine } = await withDatabase(inMemory, { ...context.engine, spillFolder }, async (engine) => ({
    changes: await changesOf(context, { log, isWanted, engine }),
    quarantine: await setAsideBy(context, { jobs: jobsOf(log, isWanted), engine }),
  }));
  const { ok, problems, notes } = await verify(context, { kind: 'none' });
  return {
    format: 'gexlake report 1',
    gexlake: version(),
    made_at: new Date(context.clock.now_ms()).toISOString(),
    made_by: context.actor,
    from: covered.from ?? covered.to,
    to: covered.to,
    ticker: asked.ticker ?? null,
    endpoint: asked.endpoint ?? null,
    coverage: covered,
    quality: await assessQuality(context, asked),
    rechecks: await rechecksOf(context, log, { covered, asked }),
    files: live.map((file) => told(log, file)),
    changes,
    quarantine,
    verification: { ok, problems, notes },
    proofs: asked.prove
      ? await proveFiles(
          context,
          live.map(({ path }) => path),
        )
      : null,
    journal: await journalOf(context),
  };
}

/** Whether a file has rows of the sessions that are asked for. */
function wanted({ from, to }: Coverage, { ticker, endpoint }: AskedReport): (file: ParquetFile) => boolean {
  return (file) =>
    (ticker === undefined || file.ticker === ticker) &&
    (endpoint === undefined || file.endpoint === endpoint) &&
    file.session_dates.some((date) => (from === null || from <= date) && date <= to);
}

function jobsOf(log: LogSnapshot, isWanted: (file: ParquetFile) => boolean) {
  const ids = new Set(log.files.filter(isWanted).map(({ job_id }) => job_id));
  return log.jobs.filter(({ id }) => ids.has(id));
}

function told(log: LogSnapshot, file: ParquetFile): ReportedFile {
  const job = log.jobs.find(({ id }) => id === file.job_id);
  const { path, dataset, ticker, endpoint, session_dates, size_bytes, content_hash, contract_version, writer } = file;
  return {
    path,
    dataset,
    ticker,
    endpoint,
    session_dates,
    rows: file.row_count,
    size_bytes,
    sha256: file.checksum,
    content_hash,
    contract_version,
    writer,
    job_id: file.job_id,
    committed_at: file.committed_at,
    source: job === undefined || job.kind === 'rewrite' ? null : { url: redactUrl(job.url), sha256: job.checksum },
  };
}

/** More than anybody looks at again. */
const mostRechecks = 10_000;

async function rechecksOf(
  { log }: GovernContext,
  { files }: LogSnapshot,
  { covered, asked }: { readonly covered: Coverage; readonly asked: AskedReport },
): Promise<Recheck[]> {
  const { from, to } = covered;
  const { ticker, endpoint } = asked;
  const isOfThese = (date: string) => (from === null || from <= date) && date <= to;
  const all = await log.rechecks.list(mostRechecks);
  return all.filter(
    (one) =>
      (ticker === undefined || one.ticker === ticker) &&
      (endpoint === undefined || one.endpoint === endpoint) &&
      sessionsOf(one, files).some(isOfThese),
  );
}

/** The sessions of what was looked at again: where it has several, those that were compared, else those of the job that it is of. */
function sessionsOf({ session_date, summary, job_id }: Recheck, files: readonly ParquetFile[]): readonly string[] {
  if (session_date !== null) return [session_date];
  if (summary !== null) return summary.session_dates;
  return files.filter((file) => file.job_id === job_id).flatMap(({ session_dates }) => session_dates);
}

async function journalOf({ log }: GovernContext): Promise<ReportedJournal> {
  const { journal, tree } = log.whole;
  const { size, head } = await journal.position();
  const checkpoint = (await tree.kept())?.text ?? null;
  return { entries: size, head, began_at: await journal.beganAt(), checkpoint };
}

function nothingKnown(): GexlakeError {
  return new GexlakeError('USAGE', 'there is nothing to report: no session of what is asked for is known', {
    hint: '`gexlake coverage` shows what is here.',
  });
}
