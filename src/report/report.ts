import { join, resolve } from 'node:path';
import { withPlanningFolder, type GovernContext } from '../maintenance/maintenance.ts';
import { packagedText } from '../platform/version.ts';
import { makeNewFolder } from '../platform/new-folder.ts';
import { mustBeOutside } from '../pipeline/pipeline.ts';
import { gather, type AskedReport } from './gather.ts';
import { renderPage } from './page.ts';
import type { Report } from './report-facts.ts';
import { filesTable } from './tables.ts';

export type { AskedReport } from './gather.ts';
export type { Report } from './report-facts.ts';

/** A report that was written: where, and what it says in short. */
export type ReportMade = {
  readonly path: string;
  readonly from: string;
  readonly to: string;
  readonly files: number;
  readonly changes: number;
  readonly ok: boolean;
};

/** The program that checks a report with nothing of ours, and its place in the package. */
const checker = 'verify_report.py';

/**
 * Writes what is known of some sessions into a new folder outside the data folder: a page, the same as JSON, a list of the files, the
 * journal's checkpoint, and a small program that checks them. It needs no network and no gexlake to be read.
 * @throws USAGE, FILE_EXISTS, and what coverage, verify and prove throw
 */
export async function writeReport(context: GovernContext, asked: AskedReport, out: string): Promise<ReportMade> {
  await mustBeOutside(context.folder, out);
  return makeNewFolder(resolve(out), async (write) => {
    const report = await withPlanningFolder(context, false, (privateFolder) => gather(context, asked, privateFolder));
    await write('index.html', renderPage(report));
    await write('report.json', `${JSON.stringify(report, null, 2)}\n`);
    await write('files.csv', filesTable(report));
    if (report.journal.checkpoint !== null) await write('checkpoint', report.journal.checkpoint);
    await write(checker, packagedText(join('clients', 'verify', checker)));
    return summary(report, resolve(out));
  });
}

function summary({ from, to, files, changes, verification, proofs }: Report, path: string): ReportMade {
  const ok = verification.ok && (proofs?.ok ?? true);
  return { path, from, to, files: files.length, changes: changes.length, ok };
}
