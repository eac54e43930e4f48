import type { CheckReport, NumberReport, QueryProof } from '../app/app.ts';
import { counted } from '../core/counted.ts';
import { redactText } from '../core/redact.ts';
import { formatCount } from './format.ts';
import { terminalWidth, writeData } from './output.ts';
import { renderTable } from './table.ts';

/** A number and where it came from, link by link. */
export function printNumber(report: NumberReport): void {
  const { file, job, receipt, source, differences } = report;
  const links: (readonly [string, string])[] = [
    ['number', `${report.ticker} ${report.endpoint} ${report.timestamp} strike ${report.strike}: ${said(report)}`],
    ['url', job?.url ?? ''],
    ['receipt', receipt === null ? '' : receiptText(receipt)],
    ['raw sha-256', source?.sha256 ?? job?.checksum ?? ''],
    ['job', job === null ? '' : `${job.id} (${job.kind}${job.actor === null ? '' : ` by ${job.actor}`})`],
    ['file', `${file.path}, SHA-256 ${file.sha256}${file.job_id === job?.id ? '' : `, of job ${file.job_id}`}`],
    ['row', formatCount(file.row)],
    ['record', source === null ? '' : recordText(source)],
    ['ladder entry', source?.entry == null ? '' : `${range(source.entry)}: ${source.entry.text}`],
    ...differences.map((one): readonly [string, string] => [
      `differs: ${one.column}`,
      `${JSON.stringify(one.file)} in the file, ${JSON.stringify(one.source)} in the source`,
    ]),
  ];
  const rows = links.filter(([, text]) => text !== '').map(([name, text]) => [name, redactText(text)]);
  writeData(renderTable([{ title: 'LINK' }, { title: 'IS' }], rows, null));
  writeData(`${report.result}${report.why === null ? '' : `: ${redactText(report.why)}`}`);
}

function said({ column, value }: NumberReport): string {
  return `${column} = ${JSON.stringify(value)}`;
}

function receiptText(receipt: NonNullable<NumberReport['receipt']>): string {
  const { received_at, location, wire_bytes, wire_checksum, etag, last_modified, content_md5, modified_at } = receipt;
  const facts = { ETag: etag, 'Last-Modified': last_modified, 'Content-MD5': content_md5, modified: modified_at };
  const told = Object.entries(facts).flatMap(([name, value]) => (value === null ? [] : [`${name} ${value}`]));
  return [`${received_at} from ${location}`, `${wire_bytes} bytes with SHA-256 ${wire_checksum}`, ...told].join(', ');
}

function recordText({ path, record }: NonNullable<NumberReport['source']>): string {
  return `${record.number + 1} of ${record.records}, ${range(record)} of ${path ?? 'the unpacked source'}`;
}

function range({ byte, length }: { readonly byte: number; readonly length: number }): string {
  return `bytes ${byte} to ${byte + length}`;
}

/** What a proof shows, and what it does not. */
export function printChecked({ ok, wrong, shown, not_shown, log }: CheckReport): void {
  if (!ok) {
    writeData(`not shown: ${redactText(wrong ?? '')}`);
    return;
  }
  for (const one of shown) writeData(`shown: ${redactText(one)}`);
  for (const one of not_shown) writeData(`not shown: ${redactText(one)}`);
  if (log !== null) writeData(`log ${log.origin}, of ${formatCount(log.size)} entries`);
}

/** The hash of a result, and the files that it rests on. */
export function printResult({ result_sha256, rows, as_of, files, wrong }: QueryProof): void {
  const titles = [
    { title: 'FILE', shrinks: true, least: 30 },
    { title: 'JOB', shrinks: true, least: 14 },
    { title: 'SHA-256' },
  ];
  const told = files.map(({ path, job_id, sha256 }) => [redactText(path), job_id, sha256]);
  if (told.length > 0) writeData(renderTable(titles, told, terminalWidth()));
  for (const one of wrong) writeData(`contradicted: ${redactText(one)}`);
  writeData(`${counted(rows, 'row')}, SHA-256 ${result_sha256}, as of ${as_of}`);
}
