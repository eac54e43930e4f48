import { layoutVersion } from '../../core/data-folder.ts';
import { filesWithState } from '../sql/files.ts';
import { jobsWithStatus } from '../sql/jobs.ts';
import { noteRun } from '../sql/runs.ts';
import { readSnapshot } from '../sql/snapshot.ts';
import { knownFiles } from '../sql/sources.ts';
import { surveyLog } from '../sql/survey.ts';
import { takeIn } from '../sql/taken-in.ts';
import { JournalTree } from '../../journal/journal.ts';
import type { LogSnapshot, Survey, WholeLog } from '../whole-log.ts';
import { copyInto } from './copy.ts';
import type { LogFile } from './log-file.ts';
import { restartJournal } from './restart.ts';

const emptySnapshot: LogSnapshot = { jobs: [], events: [], files: [], archived: [], purged: [] };
const emptySurvey: Survey = { live: [], publishing: [], open: [], withdrawn: [], purged: [] };

export function wholeLog(file: LogFile): WholeLog {
  return {
    isThere: file.isThere,
    prepare: () => file.write(async () => undefined),
    requireMayWrite: file.requireMayWrite,
    folderLayout: () => file.folderLayout().then((found) => found ?? layoutVersion),
    snapshot: () => file.read(readSnapshot, emptySnapshot),
    survey: () => file.read(surveyLog, emptySurvey),
    shown: () =>
      file.read(
        async (sql) => ({ live: await filesWithState(sql, 'live'), staged: await jobsWithStatus(sql, 'staged') }),
        { live: [], staged: [] },
      ),
    knownFiles: () => file.read(knownFiles, []),
    compare: file.compare,
    note: (task, actor) => file.write((change) => noteRun(change, task, actor)),
    remake: file.remake,
    takeIn: (rows, actor) => file.write((change) => takeIn(change, rows, actor)),
    mend: file.mend,
    announce: (task, said) =>
      file.write(async (change) => {
        await noteRun(change, task, said.actor);
        change.recorded.said = said;
      }),
    applied: file.applied,
    restart: (restarting) => restartJournal(file, restarting),
    journal: file.journal,
    tree: new JournalTree(file.journal),
    copyInto: (database, isNeeded) => copyInto(file, database, isNeeded),
  };
}
