import { extname } from 'node:path';
import { GexlakeError } from './errors.ts';
import type { RowForm } from './row-texts.ts';

/** The forms in which a result can be kept as a file. */
export type OutForm = RowForm | 'parquet';

const forms: Readonly<Record<string, OutForm>> = {
  '.csv': 'csv',
  '.json': 'json',
  '.jsonl': 'jsonl',
  '.ndjson': 'jsonl',
  '.parquet': 'parquet',
};

/** The form that a file's name asks for. @throws USAGE */
export function formOfFile(path: string): OutForm {
  const form = forms[extname(path).toLowerCase()];
  if (form !== undefined) return form;
  throw new GexlakeError('USAGE', `--out ${path}: its name says no form`, {
    details: { path },
    hint: `Let the name end with one of ${Object.keys(forms).join(', ')}.`,
  });
}
