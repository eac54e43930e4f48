import { fileError } from './file-errors.ts';
import { onStep, steps, type Step } from './steps.ts';

type Fault = { readonly action: string; readonly step: Step | '*'; readonly count: number };

const signals: Readonly<Record<string, NodeJS.Signals>> = { kill: 'SIGKILL', killall: 'SIGKILL', stop: 'SIGSTOP' };

/** The system's own words for the failures that can be put in place of a step. */
const failures: Readonly<Record<string, string>> = {
  ENOSPC: 'No space left on device',
  EIO: 'Input/output error',
  EACCES: 'Permission denied',
};

/**
 * Arms the one fault for the tests of crash safety that GEXLAKE_FAULT asks for, written `<action>@<step>#<count>`: the process is
 * killed (`kill`), it and its parent are killed (`killall`), it is stopped until somebody lets it go on (`stop`), or the call fails
 * (`ENOSPC`, `EIO`, `EACCES`) when the step is reached for the count-th time; `*` counts all steps. `trace` instead of an action
 * prints every step that is reached. Without it nothing is armed.
 */
export function armFault(): void {
  const text = process.env['GEXLAKE_FAULT'];
  if (text === undefined || text === '') return;
  if (text === 'trace') {
    onStep((step) => void process.stderr.write(`step ${step}\n`));
    return;
  }
  const fault = parseFault(text);
  let reached = 0;
  onStep((step) => {
    if (fault.step !== '*' && fault.step !== step) return;
    reached++;
    if (reached === fault.count) strike(fault.action, step);
  });
}

function parseFault(text: string): Fault {
  const [, action = '', step = '', count = ''] = /^(\w+)@([\w:*-]+)#(\d+)$/.exec(text) ?? [];
  const known = action in signals || action in failures;
  if (!known || (step !== '*' && !steps.some((name) => name === step)))
    throw new Error(`GEXLAKE_FAULT: cannot read ${text}`);
  return { action, step: step as Step | '*', count: Number(count) };
}

function strike(action: string, step: Step): void {
  if (action === 'killall') process.kill(process.ppid, 'SIGKILL');
  const signal = signals[action];
  if (signal !== undefined) process.kill(process.pid, signal);
  else {
    const error = Object.assign(new Error(`${action}: ${failures[action] ?? ''}`), { code: action });
    throw fileError('pass', step, error);
  }
}
