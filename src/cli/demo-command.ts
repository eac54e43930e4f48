import type { Command } from 'commander';
import { createApp, type App, type ImportRun, serveSample } from '../app/app.ts';
import { toText } from '../core/row-texts.ts';
import { sampleDefaults, type SampleOptions } from '../sample/sample.ts';
import { makeCommand, openConfig, type CommonOptions } from './command-line.ts';
import { formatBytes } from './format.ts';
import { withProgress } from './import-commands.ts';
import { say, terminalWidth, useColor, writeData } from './output.ts';
import { reportRun } from './results.ts';
import { renderStrikeProfile } from './strike-profile.ts';
import { renderTable } from './table.ts';
import { around } from './surroundings.ts';

const demoFolder = 'gexlake-demo';
const day: SampleOptions = { ...sampleDefaults, ticker: 'NQ_NDX', endpoint: 'gex_zero', sessionDate: '2025-10-22' };

const questions: readonly (readonly [string, string])[] = [
  [
    'What is in the lake?',
    `SELECT 'strikes' AS dataset, count(*) AS rows, min(timestamp) AS first, max(timestamp) AS last FROM strikes
     UNION ALL SELECT 'snapshots', count(*), min(timestamp), max(timestamp) FROM snapshots`,
  ],
  [
    'How did spot and zero gamma go, hour by hour?',
    `SELECT strftime(time_bucket(INTERVAL 1 HOUR, timestamp), '%H:%M UTC') AS hour, round(avg(spot), 2) AS spot,
       round(avg(zero_gamma), 2) AS zero_gamma, round(avg(sum_gex_vol), 1) AS sum_gex_vol
     FROM snapshots GROUP BY 1 ORDER BY 1`,
  ],
  [
    'Where was the most gamma at the close?',
    `SELECT strike, gex_vol, priors[1] AS one_minute_earlier, round(gex_vol - priors[1], 2) AS change
     FROM strikes WHERE timestamp = (SELECT max(timestamp) FROM strikes) ORDER BY abs(gex_vol) DESC LIMIT 5`,
  ],
];

export function demoCommand(): Command {
  return makeCommand(
    'demo',
    `make a realistic session, ask a stand-in for GEXBot on this machine for it, and import it for real (into ./${demoFolder})`,
    ['demo', 'demo --data-dir /tmp/lake'],
    `the data folder, apart from that of real data (default: ./${demoFolder})`,
  ).action(async (options: CommonOptions) => {
    const folder = { ...options, dataDir: options.dataDir ?? demoFolder };
    const { settings } = await openConfig(folder);
    say(`making a session of ${day.ticker} ${day.endpoint}, ${day.sessionDate}, as GEXBot would send it …`);
    const server = await serveSample(day, settings.source_allow);
    say(`a stand-in for GEXBot at ${server.apiUrl} has it: ${formatBytes(server.size_bytes)} of gzip`);
    say(`importing ${server.source} …`);
    try {
      const app = createApp(await openConfig(folder, server.settings));
      await showDemo(app, await importSource(app, server.source), options.json === true);
    } finally {
      await server.close();
    }
  });
}

/** Other jobs may be pending in the folder; the demonstration is about its own. */
async function importSource(app: App, source: string): Promise<ImportRun> {
  const [job] = await app.enqueue([{ source, publish: true }]);
  const pending = await app.countPending();
  const run = await withProgress((listener, interrupts) =>
    app.runPending({ limit: pending, watch: false, workers: 1 }, listener, interrupts),
  );
  return { ...run, results: run.results.filter((result) => result.job_id === job?.id) };
}

async function showDemo(app: App, run: ImportRun, json: boolean): Promise<void> {
  const exitCode = reportRun(run, json);
  around().exitCode = exitCode;
  if (json || exitCode !== 0) return;
  for (const [question, sql] of questions) {
    const { columns, rows } = await app.query(sql, 100);
    const table = renderTable(
      columns.map((title) => ({ title })),
      rows.map((row) => row.map(toText)),
      terminalWidth(),
    );
    writeData(`\n${question}\n${table}`);
  }
  writeData(`\n${await chartOfClose(app)}`);
  writeData(
    `\nThe data folder is ${app.folder.root}. Ask it more: gexlake query "DESCRIBE strikes" --data-dir ${app.folder.root}`,
  );
}

async function chartOfClose(app: App): Promise<string> {
  const { rows } = await app.query(
    `SELECT strike, gex_vol, spot FROM strikes WHERE timestamp = (SELECT max(timestamp) FROM strikes)
       AND ticker = '${day.ticker}' AND endpoint = '${day.endpoint}'`,
    1_000,
  );
  const profile = rows.map(([strike, gex_vol]) => ({ strike: Number(strike), gex_vol: Number(gex_vol) }));
  const width = Math.min(terminalWidth() ?? 100, 120);
  return renderStrikeProfile(profile, Number(rows[0]?.[2]), {
    width,
    height: 27,
    color: useColor(),
  });
}
