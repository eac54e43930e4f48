import { relative, resolve } from 'node:path';
import type { TestEvent } from 'node:test/reporters';
import { inspect } from 'node:util';

type TestReport = {
  /** Takes the next event of the run. */
  readonly add: (event: TestEvent) => void;
  /** Prints the failures in full and the totals; true when tests ran and none failed. */
  readonly finish: () => boolean;
};

type Options = {
  /** Where relative paths start. */
  readonly folder: string;
  /** All test files of the run, as the runner was given them. */
  readonly files: readonly string[];
  /** Whether a file may run no test, as when tests are chosen by name. */
  readonly emptyFiles: boolean;
  readonly print: (line: string) => void;
};

type FileReport = {
  readonly name: string;
  /** The full title of each test and suite of the file, by the id its process gave it. */
  readonly titles: Map<number, string>;
  /** The ids of those that have tests inside. */
  readonly parents: Set<number>;
  passed: number;
  failed: number;
  skipped: number;
  output: string;
  /** Whether the file said that it is through, or the runner that it is not. */
  ended: boolean;
};

type Result = Extract<TestEvent, { type: 'test:pass' | 'test:fail' }>;
type Failure = Extract<Result, { type: 'test:fail' }>['data']['details']['error'];

const keptOutput_chars = 64 * 1024;
const endedEarly = 'The process ended before its tests did: process.exit() in a test, or in what it calls?';
const nothingRan = `No test ran. Either the file has none, or: ${endedEarly}`;

/**
 * Counts and prints what Node's test runner reports. Only leaves count: a suite, or a test with tests inside, is counted only
 * when it fails by itself (a hook, its own body). A file that crashes, ends early or runs nothing is one failure.
 */
export function createReport({ folder, files, emptyFiles, print }: Options): TestReport {
  const reports = new Map(files.map((file) => [resolve(folder, file), emptyReport(file)]));
  const failures: string[] = [];
  /** Files that are no test files of the run, and have tests: whose run they belong to cannot be told. */
  const strangers = new Set<string>();

  function fail(report: FileReport, title: string, reason: string): void {
    report.failed += 1;
    failures.push(`${title}\n${indent(reason)}`);
    print(`FAILED ${title}`);
  }

  function addResult(report: FileReport, result: Result): void {
    const { data } = result;
    const title = report.titles.get(data.testId) ?? `${report.name} › ${data.name}`;
    const hasInner = report.parents.has(data.testId);
    if (isSet(data.skip) || isSet(data.todo)) {
      report.skipped += 1;
    } else if (result.type === 'test:pass') {
      if (!hasInner && data.details.type !== 'suite') report.passed += 1;
    } else if (!hasInner || failureType(result.data.details.error) !== 'subtestsFailed') {
      fail(report, title, reasonOf(result.data.details.error));
    }
  }

  /** The runner's own word on a file: that it crashed, or, for want of any other result, that it did not. */
  function addFileResult(report: FileReport, result: Result): void {
    report.ended = true;
    if (result.type === 'test:fail') fail(report, report.name, crashOf(result.data.details.error));
  }

  function endFile(report: FileReport): void {
    const count = report.passed + report.failed + report.skipped;
    if (!report.ended) fail(report, report.name, endedEarly);
    else if (count === 0 && !emptyFiles) fail(report, report.name, nothingRan);
    if (report.failed > 0 && report.output !== '') failures.push(`Output of ${report.name}\n${indent(report.output)}`);
  }

  function add(event: TestEvent): void {
    const file = event.data !== undefined && 'file' in event.data ? event.data.file : undefined;
    const report = file === undefined ? undefined : reports.get(resolve(folder, file));
    if (report === undefined) {
      if (file !== undefined && event.type === 'test:start') strangers.add(relative(folder, resolve(folder, file)));
      return;
    }
    switch (event.type) {
      case 'test:stdout':
      case 'test:stderr':
        keepOutput(report, event.data.message);
        break;
      case 'test:diagnostic':
        keepOutput(report, `${event.data.message}\n`);
        break;
      case 'test:start': {
        const { name, testId, parentId = 0 } = event.data;
        if (isWholeFile(report, event.data)) break;
        report.titles.set(testId, `${report.titles.get(parentId) ?? report.name} › ${name}`);
        report.parents.add(parentId);
        break;
      }
      case 'test:pass':
      case 'test:fail':
        if (isWholeFile(report, event.data)) addFileResult(report, event);
        else addResult(report, event);
        break;
      case 'test:summary':
        report.ended = true;
        print(`${report.name}: ${totals(report)} in ${(event.data.duration_ms / 1000).toFixed(1)} s`);
        break;
      default: // the others say nothing about what passed
    }
  }

  function finish(): boolean {
    for (const report of reports.values()) endFile(report);
    const all = { passed: 0, failed: 0, skipped: 0 };
    for (const { passed, failed, skipped } of reports.values()) {
      all.passed += passed;
      all.failed += failed;
      all.skipped += skipped;
    }
    for (const file of strangers) {
      all.failed += 1;
      failures.push(
        `${file} calls test() or suite() and is no test file: its tests are not counted. Call them where they run.`,
      );
    }
    if (all.passed + all.failed === 0) {
      all.failed = 1;
      failures.push('No test ran at all.');
    }
    for (const failure of failures) print(`\n${failure}`);
    print(`\n${totals(all)}`);
    return all.failed === 0;
  }

  return { add, finish };
}

function emptyReport(name: string): FileReport {
  return { name, titles: new Map(), parents: new Set(), passed: 0, failed: 0, skipped: 0, output: '', ended: false };
}

function keepOutput(report: FileReport, text: string): void {
  report.output = (report.output + text).slice(-keptOutput_chars);
}

/** Whether an event is about the file as a whole: its name is then the file as the runner was given it. */
function isWholeFile(report: FileReport, data: { readonly name: string; readonly nesting: number }): boolean {
  return data.nesting === 0 && data.name === report.name;
}

function isSet(mark: string | boolean | undefined): boolean {
  return mark !== undefined && mark !== false;
}

function failureType(error: Failure): unknown {
  return 'failureType' in error ? error.failureType : undefined;
}

/** The error a test threw, with its stack, its causes and its fields. The runner wraps it in one of its own. */
function reasonOf(error: Failure): string {
  const thrown: unknown = error.cause ?? error;
  return typeof thrown === 'string'
    ? thrown
    : inspect(thrown, { depth: 8, maxStringLength: null, maxArrayLength: 200 });
}

function crashOf(error: Failure): string {
  const signal = 'signal' in error ? error.signal : undefined;
  const exitCode = 'exitCode' in error ? error.exitCode : undefined;
  if (typeof signal === 'string') return `The process was ended by ${signal}.`;
  if (typeof exitCode === 'number') return `The process ended with exit code ${exitCode}.`;
  return reasonOf(error);
}

function totals({ passed, failed, skipped }: Pick<FileReport, 'passed' | 'failed' | 'skipped'>): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}

function indent(text: string): string {
  return text.trimEnd().replaceAll(/^(?=.)/gm, '  ');
}
