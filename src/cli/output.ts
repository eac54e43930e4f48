import { once } from 'node:events';
import { GexlakeError, toGexlakeError } from '../core/errors.ts';
import { redactDeep, redactText } from '../core/redact.ts';
import { around } from './surroundings.ts';

/** Data for the one who called: the only thing that goes to standard output. */
export function writeData(text: string): void {
  around().stdout.write(text.endsWith('\n') ? text : `${text}\n`);
}

/** What the program says of its own; no secret of a URL leaves with it. */
export function writeJson(value: unknown): void {
  writeData(JSON.stringify(redactDeep(value), null, 2));
}

/** Data of any length, as it comes; the one who reads it sets the pace. */
export async function writeChunks(chunks: AsyncIterable<string>, signal: AbortSignal): Promise<void> {
  for await (const chunk of chunks) if (!around().stdout.write(chunk)) await once(around().stdout, 'drain', { signal });
}

/** Whether the caller wants JSON; then every line on standard error is JSON too. */
export function wantsJson(): boolean {
  return around().argv.includes('--json');
}

/** A message for the person at the terminal. */
export function say(said: string): void {
  const text = redactText(said);
  around().stderr.write(`${wantsJson() ? JSON.stringify({ event: 'message', message: text }) : text}\n`);
}

/** The same for what a program may want to know, too: as JSON it has fields. */
export function tell(event: string, fields: Readonly<Record<string, unknown>>, text: string): void {
  if (wantsJson()) around().stderr.write(`${JSON.stringify(redactDeep({ event, ...fields }))}\n`);
  else say(text);
}

/** The width that tables must fit; null where the output is no terminal and nothing is to be cut. */
export function terminalWidth(): number | null {
  const { isTTY, columns = 0 } = around().stdout;
  return isTTY === true ? columns : null;
}

/** Whether standard output is a terminal that may show colours. */
export function useColor(): boolean {
  return around().stdout.isTTY === true && around().env['NO_COLOR'] === undefined;
}

/** Tells about an error and gives the exit code. */
export function reportError(thrown: unknown, json: boolean): number {
  const error = toGexlakeError(thrown);
  const { code, message, hint } = error.report();
  if (json) around().stderr.write(`${JSON.stringify({ error: { code, message, hint } })}\n`);
  else {
    say(`gexlake: ${message} [${code}]`);
    if (hint !== null) say(`  ${hint}`);
  }
  if (error instanceof GexlakeError && code === 'INTERNAL' && around().env['GEXLAKE_DEBUG'] !== undefined)
    say(String(error.cause));
  return error.exitCode;
}
