import { GexlakeError } from '../core/errors.ts';

/** @throws CONFIG_INVALID where a text has a carriage return or another invisible character, which would become part of a name */
export function mustBeOneLine(given: string, value: string): void {
  // Line feeds and tabs are allowed: they separate JSON.
  const found = Array.from(value).find((one) => (one < ' ' && one !== '\n' && one !== '\t') || one === '\u007F');
  if (found === undefined) return;
  const code = `U+${(found.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
  const what = found === '\r' ? 'a carriage return' : `the invisible character ${code}`;
  throw new GexlakeError('CONFIG_INVALID', `${given} has ${what} in it`, {
    hint: 'The file that it is from has the line ends of Windows: save it with those of Linux (`sed -i "s/\\r$//" <file>`).',
  });
}
