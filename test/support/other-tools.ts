import { execFileSync, spawnSync } from 'node:child_process';
import { join } from 'node:path';

/* Programs that know nothing of gexlake, and are asked about what it has written. */

export type Question = { readonly kind: string } & Readonly<Record<string, unknown>>;
export type Answer = { readonly accepted: boolean; readonly why: string; readonly text: string };
export type Tool = { readonly command: string; readonly args: readonly string[] };

const tools = join(import.meta.dirname, '../tlog/other-tools');

export function ask({ command, args }: Tool, questions: readonly Question[]): Answer[] {
  const input = JSON.stringify(questions);
  return JSON.parse(execFileSync(command, args, { input, encoding: 'utf8', maxBuffer: 2 ** 26 })) as Answer[];
}

/** Whether this runs and ends well. */
function works(command: string, args: readonly string[], cwd?: string): boolean {
  return spawnSync(command, args, { stdio: 'ignore', ...(cwd === undefined ? {} : { cwd }) }).status === 0;
}

function findPython(module: string): string | undefined {
  return ['python3', 'python3.14', 'python3.13', 'python3.12'].find((python) =>
    works(python, ['-c', `import ${module}`]),
  );
}

/** Why Go's golang.org/x/mod cannot be asked; false where it can. */
export function skipGo(): string | false {
  if (!works('go', ['version'])) return 'there is no Go here';
  return !works('go', ['mod', 'download'], join(tools, 'go')) && 'golang.org/x/mod is not here and cannot be fetched';
}

/** The program in Go that answers, built into a folder. */
export function goTool(folder: string): Tool {
  const command = join(folder, 'check');
  execFileSync('go', ['build', '-o', command, '.'], { cwd: join(tools, 'go') });
  return { command, args: [] };
}

export function skipPython(module: string): string | false {
  return findPython(module) === undefined && `there is no Python here that can import ${module}`;
}

export function pythonTool(module: string, script: string): Tool {
  return { command: findPython(module) ?? 'python3', args: ['-B', join(tools, script)] };
}
