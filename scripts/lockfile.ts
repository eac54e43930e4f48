// Checks package-lock.json; with --write, completes it.
//
// Native packages come as one optional package per platform. npm leaves out of the lock, without a word, those that the registry
// it talks to does not have, as mirrors often do; `npm ci` then fails against any registry. What npm left out is added here:
// the version from the package that asks for it, the platform from the name. Such an entry has no integrity hash until someone
// makes the lock against a complete registry.
import { readFileSync, writeFileSync } from 'node:fs';

type LockEntry = {
  version?: string;
  resolved?: string;
  link?: boolean;
  os?: string[];
  cpu?: string[];
  libc?: string[];
  dev?: boolean;
  optional?: boolean;
  optionalDependencies?: Record<string, string>;
};

type Platform = { os: string[]; cpu: string[]; libc: Pick<LockEntry, 'libc'> };

const lockFile = 'package-lock.json';
const osNames = 'aix android darwin freebsd linux netbsd openbsd openharmony sunos win32'.split(' ');
const cpuNames = 'arm arm64 ia32 loong64 mips64el ppc64 riscv64 s390x x64'.split(' ');

const write = process.argv.includes('--write');
const lock = JSON.parse(readFileSync(lockFile, 'utf8')) as { packages: Record<string, LockEntry> };
const problems: string[] = [];

for (const [path, entry] of Object.entries(lock.packages)) {
  // a workspace of this repository is a link to its folder
  if (entry.resolved !== undefined && entry.link !== true)
    problems.push(`${path} names the registry it came from (resolved)`);
  const names = Object.keys(entry.optionalDependencies ?? {});
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    if (isLocked(path, name)) continue;
    const platform = platformOf(name, names);
    if (write && platform !== undefined) {
      const { os, cpu, libc } = platform;
      const dev = entry.dev === true ? { dev: true } : {};
      // in the order npm writes them, so that the next `npm install` changes nothing
      lock.packages[`node_modules/${name}`] = { version, cpu, ...dev, ...libc, optional: true, os };
      console.log(`${lockFile}: added ${name} ${version}`);
    } else {
      problems.push(`${name} ${version} is missing; \`npm run lockfile -- --write\` adds it`);
    }
  }
}

if (write) {
  const sorted = Object.entries(lock.packages).sort(([a], [b]) => a.localeCompare(b, 'en'));
  writeFileSync(lockFile, `${JSON.stringify({ ...lock, packages: Object.fromEntries(sorted) }, null, 2)}\n`);
}
for (const problem of problems) console.error(`${lockFile}: ${problem}`);
if (problems.length > 0) process.exitCode = 1;

/** Whether npm finds `name` from the package at `path`: in its own node_modules or in one further up. */
function isLocked(path: string, name: string): boolean {
  const parts = path.split('/node_modules/');
  const holders = parts.map((_, index) => `${parts.slice(0, index + 1).join('/node_modules/')}/`);
  return ['', ...holders].some((holder) => lock.packages[`${holder}node_modules/${name}`] !== undefined);
}

/** The platform in a name such as `@oxlint/binding-linux-arm64-musl`; undefined when the name does not say one. */
function platformOf(name: string, siblings: readonly string[]): Platform | undefined {
  const words = name.split(/[-/]/);
  const os = words.filter((word) => osNames.includes(word));
  const cpu = words.filter((word) => cpuNames.includes(word));
  if (os.length !== 1 || cpu.length !== 1) return undefined;
  if (words.includes('musl')) return { os, cpu, libc: { libc: ['musl'] } };
  if (words.includes('gnu') || siblings.includes(`${name}-musl`)) return { os, cpu, libc: { libc: ['glibc'] } };
  return { os, cpu, libc: {} };
}
