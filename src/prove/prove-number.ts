import { join } from 'node:path';
import { ladderForm, type LadderForm } from '../core/contract.ts';
import { GexlakeError } from '../core/errors.ts';
import type { Job, ParquetFile } from '../core/job.ts';
import { inMemory, withDatabase, type Database } from '../db/db.ts';
import type { LogSnapshot } from '../joblog/joblog.ts';
import { withPlanningFolder, type GovernContext } from '../maintenance/maintenance.ts';
import { Rebuilder } from '../pipeline/pipeline.ts';
import { findRow, type AskedNumber, type Counting } from './find-row.ts';
import { judge, type NumberReport, type ProvenNumber, type Request, type Traced } from './judge-number.ts';
import { originsOf } from './origins.ts';
import { readSource } from './source-record.ts';

/** `column` null: the first one behind the strike. */
export type NumberRequest = Omit<AskedNumber, 'column'> & {
  readonly column: string | null;
  readonly asOf: string | null;
};

/**
 * Traces a published number to the bytes of its source, and compares. Changes nothing.
 * @throws SECOND_NOT_FOUND, STRIKE_NOT_FOUND, AS_OF_UNKNOWN
 */
export async function proveNumber(
  context: GovernContext,
  asked: NumberRequest,
): Promise<{ readonly report: NumberReport; readonly proven: ProvenNumber | null }> {
  const form = formOf(asked);
  const request = { ...asked, column: asked.column ?? form.lead[1] ?? '' };
  const log = await context.log.whole.snapshot();
  const counting = await countingFiles(context, log, request);
  return withPlanningFolder(context, false, (privateFolder) =>
    withDatabase(inMemory, { ...context.engine, spillFolder: join(privateFolder, 'spill') }, async (engine) => {
      const row = await findRow(context, engine, { asked: request, counting });
      const traced = await trace(context, { log, engine, privateFolder, asked: request, form, file: row.file });
      return judge(context, { request, form, row, traced });
    }),
  );
}

function formOf({ endpoint, column }: NumberRequest): LadderForm {
  const form = ladderForm(endpoint);
  if (form === null)
    throw new GexlakeError('USAGE', `${endpoint.name} has no strikes`, { hint: 'Name an endpoint with a ladder.' });
  const columns = [...form.lead, 'priors', ...form.trailing];
  if (column === null || columns.includes(column)) return form;
  throw new GexlakeError('USAGE', `--column ${column}: ${endpoint.name} has no such column`, {
    hint: `It has ${columns.join(', ')}.`,
  });
}

async function countingFiles(
  { log: ports, clock }: GovernContext,
  log: LogSnapshot,
  { ticker, endpoint, asOf }: Request,
): Promise<Counting> {
  const isAsked = (file: ParquetFile) =>
    file.dataset === 'strikes' && file.ticker === ticker && file.endpoint === endpoint.name;
  if (asOf === null)
    return {
      files: log.files.filter((file) => file.state === 'live' && isAsked(file)),
      versions: log.files,
      purged: log.purged,
    };
  const now = new Date(clock.now_ms()).toISOString();
  const { known, versions, purged } = await ports.files.asOf({ times: [asOf], now });
  return { files: (known[0]?.files ?? []).filter(isAsked), versions, purged };
}

type Tracing = {
  readonly log: LogSnapshot;
  readonly engine: Database;
  readonly privateFolder: string;
  readonly asked: AskedNumber;
  readonly form: LadderForm;
  readonly file: ParquetFile;
};

/** The first source that has the second decides; where one before it is gone, only what agrees with it does. */
async function trace(
  context: GovernContext,
  { log, engine, privateFolder, asked, form, file }: Tracing,
): Promise<Traced> {
  const { folder, clock, limits } = context;
  const shop = new Rebuilder({ root: folder.root, log, engine, clock, limits, privateFolder });
  const origins = originsOf(log, file, asked.second);
  let gone: Job | null = null;
  for (const job of origins) {
    const path = job.kind === 'migration' ? null : await shop.sourceOf(job);
    if (path === null) {
      gone ??= job;
      continue;
    }
    context.onProgress('reading the source', 0, 1);
    const source = await readSource(path, asked, form);
    const [first] = source.records;
    const record = source.records.find(({ entry }) => entry !== null) ?? first;
    if (record !== undefined)
      return { job, found: { path, source, record }, lacking: gone === null ? null : goneText(gone) };
  }
  const last = gone ?? origins.at(-1) ?? null;
  if (gone !== null) return { job: gone, found: null, lacking: goneText(gone) };
  return { job: last, found: null, lacking: last === null ? 'the row of its job is gone' : null };
}

function goneText({ kind, id }: Job): string {
  if (kind === 'migration') return `job ${id} has migrated it, and the file that it came from is not kept`;
  return `the source of job ${id} is neither in source/ nor in archive/, nor where it came from`;
}
