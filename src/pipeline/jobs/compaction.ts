import { exampleFolder } from '../../core/canonical-path.ts';
import { contracts, datasetsOf, newestContract, type Dataset } from '../../core/contract.ts';
import { counted } from '../../core/counted.ts';
import { GexlakeError } from '../../core/errors.ts';
import type { ParquetFile } from '../../core/job.ts';
import { parseEndpoint } from '../../core/names.ts';
import { inFolder, nameIn, parseStoredPath } from '../../core/stored-path.ts';
import { makePlan, mustBePlan, type Plan, type PlannedAction } from '../../core/plan.ts';
import type { CompactionTarget } from '../../core/job-target.ts';
import type { FileCatalog } from '../../joblog/joblog.ts';
import { writeRewritten } from '../../publish/publish.ts';
import { withCheckEngine } from '../engine.ts';
import { privatePath, rewritePlan, type PlacedFile, type PlannedRewrite, type Planning } from './rewrite-plan.ts';
import { blockOfPath } from './rewrite-target.ts';
import { settledFiles } from '../settled.ts';

/** How the plan of now is printed. */
export const lookAgain = 'the same command with --plan instead of --apply';

/** One step of a compaction. The checksums are those of the files that it is about, so that other files are another plan. */
type CompactAction = PlannedAction & { readonly checksums: readonly string[] };

/** What the compaction of a folder would do now; nothing where it has one file for each dataset already. */
export async function planOfCompaction(target: CompactionTarget, files: FileCatalog): Promise<Plan<CompactAction>> {
  return describePlan(target, mustBeFit(target, await files.ofFolder(target.folder)));
}

/** The files that are there go to the archive, and one for each dataset takes their place. Its size can only be guessed. */
function describePlan(target: CompactionTarget, live: readonly ParquetFile[]): Plan<CompactAction> {
  const { folder } = target;
  if (isCompact(target, live)) return makePlan([]);
  const retired = live.map(({ path, size_bytes, row_count, checksum }) => ({
    action: 'archive',
    path,
    bytes: size_bytes,
    rows: row_count,
    reversible: true,
    reason: 'one file takes its place; restore-file brings it back',
    checksums: [checksum],
  }));
  const placed = datasetsOf(parseEndpoint(blockOfPath(folder).endpoint)).flatMap((dataset) => {
    const files = live.filter((file) => file.dataset === dataset);
    return files.length === 0 ? [] : [toWritten(target, dataset, files)];
  });
  return makePlan([...retired, ...placed]);
}

/** The reason names the contract where it is raised, so that this is another plan. */
function toWritten(target: CompactionTarget, dataset: Dataset, files: readonly ParquetFile[]): CompactAction {
  const version = isRaised(target, files) ? `, raised to contract version ${target.contract}` : '';
  return {
    action: 'write',
    path: inFolder(parseStoredPath(target.folder), `${dataset}.parquet`),
    bytes: files.reduce((sum, file) => sum + file.size_bytes, 0),
    rows: files.reduce((sum, file) => sum + file.row_count, 0),
    reversible: true,
    reason: `the rows of ${counted(files.length, 'file')}${version}; about this size`,
    checksums: files.map((file) => file.checksum),
  };
}

/**
 * Writes one `strikes.parquet` and one `snapshots.parquet` of all live files of a folder, privately. Nothing is written where
 * that is what is there.
 *
 * @throws PLAN_CHANGED where the job was asked for by a plan that is not the one of now
 */
export async function planCompaction(
  { context, job, planFolder }: Planning,
  asked: CompactionTarget,
): Promise<PlannedRewrite> {
  const { folder } = asked;
  const live = mustBeFit(asked, await settledFiles(context, () => context.log.files.ofFolder(folder)));
  mustBePlan(describePlan(asked, live), asked.plan_id, lookAgain);
  if (isCompact(asked, live)) return { plan: null, note: `${folder} has one file for each dataset already` };
  const endpoint = parseEndpoint(job.endpoint ?? '');
  const [target, { month }] = [parseStoredPath(folder), blockOfPath(folder)];
  const placed: PlacedFile[] = [];
  await withCheckEngine(context, job, async (engine) => {
    for (const dataset of datasetsOf(endpoint)) {
      const files = live.filter((file) => file.dataset === dataset);
      const path = privatePath(planFolder, job, placed.length);
      const source = { dataset, files, without: [], added: [] };
      const file = await writeRewritten({
        database: engine,
        store: context.store,
        source,
        target: { path, month, ticker: job.ticker ?? '', endpoint: endpoint.name, contract: asked.contract ?? null },
      });
      if (file !== null) placed.push({ file, path: inFolder(target, `${dataset}.parquet`) });
    }
  });
  const rows = placed.reduce((sum, { file }) => sum + file.rows, 0);
  const version = isRaised(asked, live) ? ` of contract version ${asked.contract}` : '';
  const note = `${counted(live.length, 'file')} with ${counted(rows, 'row')} became ${placed.length}${version}`;
  return { plan: rewritePlan(job, { placed, retired: live, planned: null }), note };
}

/** @throws FOLDER_UNKNOWN where nothing is live, USAGE where files would have to follow an unknown contract or an older one */
function mustBeFit({ folder, contract }: CompactionTarget, live: readonly ParquetFile[]): readonly ParquetFile[] {
  if (live.length === 0) {
    throw new GexlakeError('FOLDER_UNKNOWN', `no live file lies in ${folder}`, {
      hint: `Give the folder as \`jobs show\` prints it: ${exampleFolder}.`,
    });
  }
  if (contract === undefined) return live;
  const known = [...contracts.keys()];
  const newest = newestContract(live.map(versionOf));
  const fit = known.filter((version) => Number(version) >= Number(newest));
  if (fit.includes(contract)) return live;
  const problem = known.includes(contract)
    ? `${folder} has files of contract version ${newest}, which are not brought back to ${contract}`
    : `there is no contract version ${contract}, known are ${known.join(', ')}`;
  throw new GexlakeError('USAGE', problem, { hint: `Raise it to ${fit.join(' or ') || 'none: use a newer gexlake'}.` });
}

function versionOf({ contract_version }: ParquetFile): string {
  return contract_version ?? '1';
}

function isRaised({ contract }: CompactionTarget, files: readonly ParquetFile[]): boolean {
  return contract !== undefined && files.some((file) => versionOf(file) !== contract);
}

function isCompact(target: CompactionTarget, live: readonly ParquetFile[]): boolean {
  return !isRaised(target, live) && live.every(({ path, dataset }) => nameIn(path) === `${dataset}.parquet`);
}
