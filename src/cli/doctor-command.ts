import type { Command } from 'commander';
import type { DoctorReport } from '../app/app.ts';
import { createApp } from '../app/app.ts';
import { GexlakeError } from '../core/errors.ts';
import { toText } from '../core/row-texts.ts';
import { makeCommand, openConfig, type CommonOptions } from './command-line.ts';
import { shownSettings } from './config-command.ts';
import { formatBytes } from './format.ts';
import { say, terminalWidth, writeData, writeJson } from './output.ts';
import { addApplyOption, askOf, printPlan, type ApplyOption } from './plan-output.ts';
import { renderTable } from './table.ts';
import { tell } from './verify-command.ts';
import { around } from './surroundings.ts';

type DoctorOptions = CommonOptions & ApplyOption & { readonly tighten?: boolean };

export function doctorCommand(): Command {
  const command = makeCommand(
    'doctor',
    'show what the disk of the data folder can do, and where the settings come from',
    ['doctor', 'doctor --json', 'doctor --tighten', 'doctor --tighten --apply'],
  ).option('--tighten', 'take rights away if databases, their copies or the data folder are open to too many');
  return addApplyOption(command).action(async (options: DoctorOptions) => {
    const config = await openConfig(options);
    const app = createApp(config);
    if (options.tighten === true) {
      printPlan(await app.tighten(askOf(options)), 'doctor --tighten', options.json === true);
      return;
    }
    if (options.apply !== undefined)
      throw new GexlakeError('USAGE', '--apply is given without --tighten', {
        hint: 'Without --tighten it changes nothing.',
      });
    const report = await app.doctor();
    if (options.json === true) writeJson({ ...report, settings: shownSettings(config) });
    else {
      print(report);
      const given = shownSettings(config).filter(({ origin }) => origin !== 'default');
      for (const { setting, value, origin } of given) say(`${setting} is ${toText(value)} (${origin})`);
    }
    if (!report.ok) around().exitCode = 1;
  });
}

function print({ ok, data_dir, exists, disk, machine, versions, clock, problems, notes }: DoctorReport): void {
  const { mount } = disk;
  const where = mount === null ? 'unknown' : `${mount.type}, mounted at ${mount.point} (${mount.source})`;
  const rows: string[][] = [
    ['data folder', exists ? data_dir : `${data_dir} (not there yet)`],
    ['file system', where],
    ['can be written', word(disk.writable)],
    ['free', formatBytes(disk.free_bytes)],
    ['hard links', word(disk.links)],
    ['modes', word(disk.modes)],
    ['a file can replace another', word(disk.replaces)],
    ['syncs files', word(disk.file_sync)],
    ['syncs folders', word(disk.folder_sync)],
    ['tells a from A', word(disk.case_sensitive)],
    ['locks databases', word(disk.locks)],
    ['system', machine.system],
    ['WSL', word(machine.wsl)],
    ['container', machine.container ?? 'no'],
    ['clock (UTC)', clock.utc],
    ['clock of the disk', clock.disk_ahead_s === null ? 'not tried' : `${clock.disk_ahead_s} s ahead`],
    ['gexlake', versions.gexlake],
    ['Node.js', versions.node],
    ['DuckDB', versions.duckdb],
  ];
  const titles = [{ title: 'WHAT' }, { title: 'FOUND', shrinks: true, least: 30 }];
  writeData(renderTable(titles, rows, terminalWidth()));
  for (const { message, hint, code } of problems) {
    say(`${message} [${code}]`);
    if (hint !== null) say(`  ${hint}`);
  }
  tell(notes);
  writeData(ok ? 'ok: gexlake can work here' : 'gexlake cannot work here as it is');
}

function word(able: boolean | null): string {
  return able === null ? 'not tried' : able ? 'yes' : 'no';
}
