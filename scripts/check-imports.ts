// Holds the import rules of scripts/import-rules.ts. A checker that sees nothing finds nothing wrong, so this fails, too, when a
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

/** The source files that were not read, or of which no import was seen although there is one. */
function unseen(seen: readonly IModule[]): string[] {
  const dependencies = new Map(seen.map((module) => [module.source, module.dependencies.length]));
  const files = globSync('src/**/*.ts').map((file) => file.replaceAll('\\', '/'));
  if (files.length === 0) return ['src: no source files found'];
  return files.flatMap((file) => {
    const count = dependencies.get(file);
    if (count === undefined) return [`${file}: not seen by dependency-cruiser`];
    const imports = /^(?:import|export)\b[^;]*?\bfrom '|^import '/m.test(readFileSync(file, 'utf8'));
    return imports && count === 0 ? [`${file}: its imports were not seen by dependency-cruiser`] : [];
  });
}
