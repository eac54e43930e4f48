import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export const root = join(import.meta.dirname, '..', '..');

export const governance = 'docs/DATA_STRUCTURE_AND_GOVERNANCE.md';

/** A Markdown file of the project, its path relative to the root. */
export type Document = { readonly path: string; readonly text: string };

export function readDocument(path: string): Document {
  return { path, text: readFileSync(join(root, path), 'utf8') };
}

/** All documents that speak about the program. */
export function allDocuments(): Document[] {
  const besides = ['README.md', 'ARCHITECTURE.md', 'CHANGELOG.md', 'CONTRIBUTING.md'];
  const below = globSync('docs/**/*.md', { cwd: root }).map((path) => path.replaceAll('\\', '/'));
  return [...besides, ...below.sort()].map(readDocument);
}

/** The part of a document below a heading of any level, up to the next heading. */
export function section({ path, text }: Document, heading: string): string {
  const lines = text.split('\n');
  const start = lines.findIndex((line) => /^#+ /.test(line) && line.replace(/^#+ /, '') === heading);
  if (start === -1) throw new Error(`${path} has no heading "${heading}"`);
  const rest = lines.slice(start + 1);
  const end = rest.findIndex((line) => /^#+ /.test(line));
  return rest.slice(0, end === -1 ? rest.length : end).join('\n');
}

/** One row of a table: title of the column to the cell's text. */
export type TableRow = Readonly<Record<string, string>>;

/** The rows of all tables in a text. */
export function tableRows(text: string): TableRow[] {
  const rows: TableRow[] = [];
  let titles: string[] | null = null;
  for (const line of text.split('\n')) {
    if (!line.startsWith('|')) titles = null;
    else if (titles === null) titles = cells(line);
    else if (!/^\|[-:| ]+\|$/.test(line)) rows.push(toRow(titles, cells(line)));
  }
  return rows;
}

function toRow(titles: readonly string[], values: readonly string[]): TableRow {
  if (titles.length !== values.length) throw new Error(`expected ${titles.length} cells: ${values.join(' | ')}`);
  return Object.fromEntries(titles.map((title, at) => [title, values[at] ?? '']));
}

function cells(line: string): string[] {
  const inner = line.replaceAll(/^\||\|\s*$/g, '');
  return inner.split('|').map((cell) => cell.trim());
}

/** A cell or text without the backticks around it. */
export function bare(text: string | undefined): string {
  return (text ?? '').replaceAll('`', '');
}

/** The cells of one column of all tables in a text, without their backticks. */
export function column(text: string, title: string): string[] {
  return tableRows(text).map((row) => bare(row[title]));
}

/** What stands in backticks in a text, code blocks left out. */
export function codeSpans(text: string): string[] {
  const prose = text.replaceAll(/^```.*?^```$/gms, '');
  return [...prose.matchAll(/`([^`\n]+)`/g)].map(([, span]) => span ?? '');
}

/** A code block: the words behind its fence, its text, and where it starts in the document. */
export type CodeBlock = { readonly language: string; readonly body: string; readonly at: number };

export function codeBlocks({ text }: Document): CodeBlock[] {
  const blocks = text.matchAll(/^```([^\n]*)\n(.*?)^```$/gms);
  return [...blocks].map(({ 1: language, 2: body, index }) => ({
    language: language ?? '',
    body: body ?? '',
    at: index,
  }));
}

/** All that a document writes as code, spans and blocks. */
export function allCode(document: Document): string {
  return [...codeSpans(document.text), ...codeBlocks(document).map(({ body }) => body)].join('\n');
}
