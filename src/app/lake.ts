import type { Coverage, CoverageRequest } from '../core/coverage.ts';
import type { QualityReport, QualityRequest } from '../core/quality-report.ts';
import { wantedPairs } from '../core/subscription.ts';
import { isVendorSource } from '../core/vendor-form.ts';
import type { QueryResult, QueryRows } from '../core/query.ts';
import type { ReconcileRequest, ReconcileResult } from '../core/reconciliation.ts';
import { coverage, reconcile } from '../coverage/coverage.ts';
import { clockDoubt, type Ask } from '../maintenance/maintenance.ts';
import {
  listPins,
  makePin,
  verifyPins,
  type AskedPin,
  type ListedPin,
  type PinReport,
  type PinsReport,
} from '../pins/pins.ts';
import { keepResult, queryLake, streamLake, type KeptResult, type QueryRequest } from '../pipeline/pipeline.ts';
import { mustBeOutside } from '../pipeline/pipeline.ts';
import {
  proveFiles,
  proveNumber,
  proveQuery,
  writeProof,
  type AskedQuery,
  type NumberReport,
  type NumberRequest,
  type ProveReport,
  type QueryProof,
} from '../prove/prove.ts';
import { writeReport, type AskedReport, type ReportMade } from '../report/report.ts';
import {
  listRechecks,
  recheckSource,
  type AskedRecheck,
  type ListedRecheck,
  type RecheckReport,
} from '../recheck/recheck.ts';
import { assessQuality, computeQuality, type Computed } from '../quality/quality.ts';
import { relativePath } from './changes.ts';
import type { AppContext, OnGoverned } from './context.ts';
import { mayAsk } from './job-requests.ts';

/** Reading what is published. */
export type AppLake = {
  /** The result of a query with few rows, whole. */
  readonly query: (sql: string, limit: number) => Promise<QueryResult>;
  /** Runs one reading statement, and hands its rows to `act` as they come. */
  readonly queryRows: <T>(request: QueryRequest, act: (rows: QueryRows) => Promise<T>) => Promise<T>;
  /** Runs one reading statement, and keeps its rows as a new file. */
  readonly queryToFile: (request: QueryRequest, path: string) => Promise<KeptResult>;
  /** Which sessions are here and which are not; reads only. */
  readonly coverage: (request: CoverageRequest) => Promise<Coverage>;
  /** How good the sessions are; reads only. */
  readonly quality: (request: QualityRequest) => Promise<QualityReport>;
  /** Looks at the sessions that nobody has looked at since they last changed, and writes down what it finds. */
  readonly computeQuality: (request: QualityRequest, onProgress: OnGoverned) => Promise<Computed>;
  /** Keeps what counted at a time under a name. */
  readonly pin: (asked: AskedPin, ask: Ask, onProgress: OnGoverned) => Promise<PinReport>;
  readonly pins: () => Promise<readonly ListedPin[]>;
  /** Compares every byte of a pin, or of all of them, with its manifest. */
  readonly verifyPins: (name: string | null, onProgress: OnGoverned) => Promise<PinsReport>;
  /** Makes files again from what they were made from, and compares; all where none is named. */
  readonly prove: (paths: readonly string[], onProgress: OnGoverned) => Promise<ProveReport>;
  /** Traces a number to the bytes of its source; `out` takes a proof of it, whose record root is noted in the log. */
  readonly proveNumber: (asked: NumberRequest, out: string | null, onProgress: OnGoverned) => Promise<NumberReport>;
  /** The hash of a query's result, and the files that it rests on. */
  readonly proveQuery: (asked: AskedQuery, onProgress: OnGoverned) => Promise<QueryProof>;
  /** Writes what is known of some sessions into a new folder outside the data folder. */
  readonly report: (asked: AskedReport, out: string, onProgress: OnGoverned) => Promise<ReportMade>;
  /** Looks at a source again, and notes what that has shown; publishes nothing. */
  readonly recheck: (asked: AskedRecheck) => Promise<RecheckReport>;
  /** What was looked at again, newest first, and whether its bytes are still kept. */
  readonly rechecks: (limit: number) => Promise<ListedRecheck[]>;
  /** Why this machine's clock is not believed, in words; null where nothing speaks against it. */
  readonly clockDoubt: () => Promise<string | null>;
  /** Log against Parquet against calendar, with a report. */
  readonly reconcile: (request: ReconcileRequest) => Promise<ReconcileResult>;
};

export function lake({
  lake: opened,
  quietly,
  governing,
  keepCheckpoint,
  ours,
  ready,
  folder,
  policy,
  hasKey,
  vendor,
  subscriptions,
}: AppContext): AppLake {
  return {
    query: (sql, limit) => queryLake(opened, sql, limit),
    queryRows: (request, act) => streamLake(opened, request, act),
    queryToFile: (request, path) => keepResult(opened, request, path),
    pin: async (asked, ask, onProgress) => {
      await ours();
      return makePin(governing(onProgress), asked, ask);
    },
    pins: () => listPins(quietly),
    verifyPins: (name, onProgress) => verifyPins(governing(onProgress), name),
    prove: (paths, onProgress) =>
      proveFiles(
        governing(onProgress),
        paths.map((path) => relativePath(folder, path)),
      ),
    proveNumber: async (asked, out, onProgress) => {
      const context = governing(onProgress);
      if (out !== null) {
        await ours();
        await mustBeOutside(folder, out);
      }
      const found = await proveNumber(context, asked);
      if (out !== null) await writeProof(context, found, { path: out, keepCheckpoint });
      return found.report;
    },
    proveQuery: (asked, onProgress) => proveQuery(governing(onProgress), asked),
    report: (asked, out, onProgress) => writeReport(governing(onProgress), asked, out),
    recheck: async (asked) => {
      if (isVendorSource(asked.source)) mayAsk(asked.source, policy, hasKey);
      await ready();
      return recheckSource(quietly, { policy, vendor }, asked);
    },
    rechecks: (limit) => listRechecks(quietly, limit),
    coverage: (request) => coverage(quietly, request, wantedPairs(subscriptions)),
    quality: (request) => assessQuality(quietly, request),
    computeQuality: async (request, onProgress) => {
      await ours();
      return computeQuality(governing(onProgress), request);
    },
    clockDoubt: async () => (await clockDoubt(quietly))?.message ?? null,
    reconcile: (request) => reconcile(quietly, request),
  };
}
