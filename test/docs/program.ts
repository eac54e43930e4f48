import assert from 'node:assert/strict';
import { runHere } from '../support/command-line.ts';

/** A command of the program as its own help tells it, such as `jobs retry`, with its options but the common ones. */
export type ProgramCommand = { readonly name: string; readonly options: readonly string[]; readonly help: string };

export const commonOptions: readonly string[] = ['--json', '--data-dir', '--help'];

/** Every command and subcommand, asked from the program itself. */
export async function programCommands(): Promise<ProgramCommand[]> {
  return below([]);
}

async function below(words: readonly string[]): Promise<ProgramCommand[]> {
  const commands: ProgramCommand[] = [];
  for (const name of namesIn(await help(words))) {
    const path = [...words, name];
    const text = await help(path);
    commands.push({ name: path.join(' '), options: optionsIn(text), help: text }, ...(await below(path)));
  }
  return commands;
}

const asked = new Map<string, string>();

async function help(words: readonly string[]): Promise<string> {
  const key = words.join(' ');
  const known = asked.get(key);
  if (known !== undefined) return known;
  const { exitCode, stdout, stderr } = await runHere([...words, '--help']);
  assert.equal(exitCode, 0, stderr);
  asked.set(key, stdout);
  return stdout;
}

function namesIn(text: string): string[] {
  const list = /^Commands:\n((?: .*\n)*)/m.exec(text)?.[1] ?? '';
  const names = [...list.matchAll(/^ {2}([a-z-]+)/gm)].map(([, name]) => name ?? '');
  return names.filter((name) => name !== 'help');
}

function optionsIn(text: string): string[] {
  const options = [...text.matchAll(/^ {2}(?:-\w, )?(--[a-z0-9-]+)/gm)].map(([, option]) => option ?? '');
  return options.filter((option) => !commonOptions.includes(option));
}
