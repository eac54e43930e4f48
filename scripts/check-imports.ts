// Holds the import rules of scripts/import-rules.ts, that DuckDB reads files only by src/db/file-scan.ts, and that the names of kept
// folders stand in src/core only. A checker that sees nothing finds nothing wrong, so this fails, too, when a
// source file, or the imports written in one, did not reach it: dependency-cruiser is silent about TypeScript that it has no
// parser for.
import { globSync, readFileSync } from 'node:fs';
import { cruise, type ICruiseResult, type IModule } from 'dependency-cruiser';
import { importRules } from './import-rules.ts';

const { output } = await cruise(['src'], {
  ruleSet: { forbidden: importRules },
  validate: true,
  parser: 'swc',
  tsPreCompilationDeps: true,
  doNotFollow: { path: 'node_modules' },
  enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
  outputType: 'json',
});
// with outputType json the output is text, else the result itself
const { modules, summary } = (typeof output === 'string' ? JSON.parse(output) : output) as ICruiseResult;

const comments = new Map(importRules.map(({ name, comment }) => [name, comment]));
const problems = [
  ...unseen(modules),
  ...readsAround(),
  ...droppedErrors(),
  ...forgedMarks(),
  ...keptPathsWritten(),
  ...summary.violations.map(({ rule, from, to, cycle }) => {
    const path = cycle === undefined ? [to] : cycle.map((step) => step.name);
    return `${[from, ...path].join(' → ')}\n  ${rule.name}: ${comments.get(rule.name)}`;
  }),
];

for (const problem of problems) console.error(problem);
if (problems.length > 0) process.exitCode = 1;
else
  console.log(
    `imports: ${summary.totalCruised} modules, ${summary.totalDependenciesCruised} dependencies, all as the rules say`,
  );

function sourceFiles(): string[] {
  return globSync('src/**/*.ts').map((file) => file.replaceAll('\\', '/'));
}

/** Statements that let DuckDB read a file by a path that was not made literal: to DuckDB a path is a pattern with keys. */
function readsAround(): string[] {
  const home = 'src/db/file-scan.ts';
  const reading =
    /\b(?:read_(?:parquet|json|ndjson|csv|text|blob)\w*|parquet_(?:scan|schema|\w*metadata|bloom_probe)|sniff_csv)\s*\(|\b(?:FROM|JOIN)\s+(?:'|glob\b|\$\{sqlText)/;
  const files = sourceFiles();
  if (!reading.test(readFileSync(home, 'utf8'))) return [`${home}: no reading of files was seen where there is some`];
  return files.flatMap((file) => {
    const lines = file === home ? [] : readFileSync(file, 'utf8').split('\n');
    return lines.flatMap((line, at) =>
      reading.test(line) ? [`${file}:${at + 1}: DuckDB reads a file here; only ${home} may ask it to`] : [],
    );
  });
}

/** Literals with the path of a kept file or folder: such a path is made and read by core. Comments and examples for people are none. */
function keptPathsWritten(): string[] {
  const home = 'src/core/kept-places.ts';
  const folders = String.raw`(?:parquet|source|archive|quarantine|backups|reports|\.trash)`;
  const patterns = [
    String.raw`['"\x60]${folders}/`,
    String.raw`\b(?:parquet\\?/gex|source\\?/gexbot|archive\\?/(?:gex|parquet))\b`,
    String.raw`\bjoin\([^)]*['"]${folders}['"]`,
  ];
  const written = new RegExp(patterns.join('|'));
  // A text with spaces is for people.
  const isWritten = (line: string) =>
    !/^\s*(?:\/\/|\/?\*)/.test(line) && written.test(line.replaceAll(/'[^']*\s[^']*'/g, "''"));
  const linesOf = (file: string) => readFileSync(file, 'utf8').split('\n');
  const files = sourceFiles();
  // The command line shows examples, and reaches no file.
  const others = files.filter((file) => file !== home && !file.startsWith('src/cli/'));
  if (!linesOf(home).some(isWritten)) return [`${home}: no kept path was seen where there is some`];
  return others.flatMap((file) =>
    linesOf(file).flatMap((line, at) =>
      isWritten(line) ? [`${file}:${at + 1}: a kept path is written here; only ${home} may name one`] : [],
    ),
  );
}

/** Casts to what only a check may give out. */
function forgedMarks(): string[] {
  const home = 'src/publish/checked.ts';
  const cast = /\bas (?:unknown as )?CheckedFiles?\b|\basChecked\(/;
  if (!cast.test(readFileSync(home, 'utf8'))) return [`${home}: no mark of a check was seen where there is one`];
  return sourceFiles()
    .filter((file) => !file.startsWith('src/publish/') && cast.test(readFileSync(file, 'utf8')))
    .map((file) => `${file}: a file counts as checked here without a check; only ${home} may say so`);
}

/** Where an error is dropped without a word on why: `unlessDefect` lets a defect through, anything else has a comment. */
function droppedErrors(): string[] {
  return sourceFiles().flatMap((file) => {
    const lines = readFileSync(file, 'utf8').split('\n');
    return lines.flatMap((line, at) => {
      const isTold = line.includes('//') || lines[at - 1]?.trimStart().startsWith('//') === true;
      return line.includes('.catch(() =>') && !isTold
        ? [`${file}:${at + 1}: an error is dropped; say why, or use unlessDefect`]
        : [];
    });
  });
}

/** The source files that were not read, or of which no import was seen although there is one. */
function unseen(seen: readonly IModule[]): string[] {
  const dependencies = new Map(seen.map((module) => [module.source, module.dependencies.length]));
  const files = sourceFiles();
  if (files.length === 0) return ['src: no source files found'];
  return files.flatMap((file) => {
    const count = dependencies.get(file);
    if (count === undefined) return [`${file}: not seen by dependency-cruiser`];
    const imports = /^(?:import|export)\b[^;]*?\bfrom '|^import '/m.test(readFileSync(file, 'utf8'));
    return imports && count === 0 ? [`${file}: its imports were not seen by dependency-cruiser`] : [];
  });
}
