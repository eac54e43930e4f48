import { toGexlakeError } from '../core/errors.ts';
import type { ParquetFile } from '../core/job.ts';
import { parseEndpoint, parseSessionDate, parseTicker } from '../core/names.ts';
import { qualityRules } from '../core/quality.ts';
import type { QualityRequest } from '../core/quality-report.ts';
import type { Measured } from '../core/quality-row.ts';
import { parseDay } from '../core/session.ts';
import { inMemory, withDatabase, type Database } from '../db/db.ts';
import type { GovernContext } from '../maintenance/maintenance.ts';
import { SessionMeters } from '../measure/measure.ts';
import { urlsOf } from '../publish/publish.ts';
import { readDrift, readRecords } from './file-records.ts';

/** How many sessions were looked at, and what could not be, with why. */
export type Computed = {
  readonly looked_at: number;
  readonly failed: readonly { readonly session: string; readonly message: string }[];
};

/** A session of a ticker and endpoint with its live files. */
type LiveSession = {
  readonly ticker: string;
  readonly endpoint: string;
  readonly session_date: string;
  readonly files: readonly ParquetFile[];
};

/**
 * Looks at the sessions that nobody has looked at since they last changed, or only by older rules, in their published files, and writes
 * down what it finds. A session that changes meanwhile is left for the next time.
 */
export async function computeQuality(context: GovernContext, request: QualityRequest): Promise<Computed> {
  const due = await dueSessions(context, request);
  const failed: { session: string; message: string }[] = [];
  let looked_at = 0;
  await withDatabase(inMemory, context.engine, async (database) => {
    for (const [at, session] of due.entries()) {
      context.onProgress('looking at sessions', at, due.length);
      try {
        const measured = await lookAt(database, context, session);
        if (await context.log.quality.note(session, { measured, files: session.files })) looked_at++;
      } catch (error) {
        const { code, message } = toGexlakeError(error);
        if (code === 'LOCK_BUSY' || code === 'INTERNAL') throw error;
        failed.push({ session: `${session.ticker} ${session.endpoint} ${session.session_date}`, message });
      }
    }
  });
  return { looked_at, failed };
}

async function dueSessions({ log }: GovernContext, request: QualityRequest): Promise<LiveSession[]> {
  const ticker = request.ticker === undefined ? null : parseTicker(request.ticker);
  const endpoint = request.endpoint === undefined ? null : parseEndpoint(request.endpoint).name;
  const from = request.from === undefined ? '' : parseSessionDate(request.from);
  const to = request.to === undefined ? '9999-12-31' : parseSessionDate(request.to);
  const known = new Set(
    (await log.quality.counting()).filter(({ rules }) => rules >= qualityRules).map((row) => keyOf(row)),
  );
  const sessions = sessionsOf(await log.files.live());
  const isAsked = (one: LiveSession) =>
    (ticker === null || one.ticker === ticker) &&
    (endpoint === null || one.endpoint === endpoint) &&
    one.session_date >= from &&
    one.session_date <= to;
  return sessions.filter((session) => isAsked(session) && !known.has(keyOf(session)));
}

function sessionsOf(files: readonly ParquetFile[]): LiveSession[] {
  const sessions = new Map<string, LiveSession & { readonly files: ParquetFile[] }>();
  for (const file of files)
    for (const session_date of file.session_dates) {
      const { ticker, endpoint } = file;
      const key = keyOf({ ticker, endpoint, session_date });
      const session = sessions.get(key) ?? { ticker, endpoint, session_date, files: [] };
      session.files.push(file);
      sessions.set(key, session);
    }
  return [...sessions].sort(([left], [right]) => (left < right ? -1 : 1)).map(([, session]) => session);
}

function keyOf({ ticker, endpoint, session_date }: Omit<LiveSession, 'files'>): string {
  return `${ticker} ${endpoint} ${session_date}`;
}

async function lookAt(database: Database, { store }: GovernContext, session: LiveSession): Promise<Measured> {
  const endpoint = parseEndpoint(session.endpoint);
  const urls = (dataset: ParquetFile['dataset']) =>
    urlsOf(
      session.files.filter((file) => file.dataset === dataset),
      store,
    );
  const { session_date } = session;
  const files = { endpoint, session_date, snapshots: await urls('snapshots'), strikes: await urls('strikes') };
  const meters = new SessionMeters(endpoint);
  const day = parseDay(session_date);
  await readRecords(database, files, (record) => meters.add(day, record));
  const [measured] = meters.finish({ basis: 'files', drift: await readDrift(database, files) });
  if (measured === undefined) throw new Error(`the files of ${keyOf(session)} have no record of it`);
  return measured;
}
