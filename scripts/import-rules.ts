import type { IForbiddenRuleType } from 'dependency-cruiser';

/** The rooms that own one step of a file's journey. They hand over values whose types live in core, and never see each other. */
const journey = ['source', 'staging', 'load', 'legacy', 'publish', 'joblog'];
const base = ['core', 'platform', 'db', 'parquet'];
/** What a job log is made of, besides. */
const underLog = ['journal'];

/** What the pipeline conducts, and the pipeline. */
const conducted = [...base, 'store', ...journey, 'vendor', 'pipeline'];
const aftercare = [
  'maintenance',
  'backup',
  'verify',
  'repair',
  'coverage',
  'quality',
  'retention',
  'migrate',
  'rebuild',
  'recheck',
  'pins',
  'prove',
  'trust',
  'fetch',
  'report',
  'notify',
];

/** What each room, and each file beside the rooms, may import from src besides itself. */
const mayImport: Record<string, readonly string[]> = {
  core: [],
  platform: ['core'],
  db: ['core'],
  parquet: ['core', 'platform'],
  store: ['core', 'platform'],
  tlog: ['core'],
  measure: ['core'],
  journal: ['core', 'platform', 'tlog'],
  ...Object.fromEntries(journey.map((room) => [room, base])),
  load: [...base, 'measure'],
  joblog: [...base, ...underLog],
  // speaks with the vendor's API, and fetches by its links
  vendor: ['core', 'platform', 'source'],
  // make files visible
  staging: [...base, 'store'],
  publish: [...base, 'store'],
  // and the trees over the records of sources
  pipeline: [...base, 'store', 'tlog', ...journey, 'vendor'],
  // look after what the journeys have left; what they change under parquet/ goes through the pipeline as a job
  maintenance: conducted,
  backup: [...conducted, 'maintenance', 'journal'],
  verify: [...conducted, 'maintenance', 'backup'],
  repair: [...conducted, 'maintenance', 'verify'],
  coverage: [...conducted, 'maintenance', 'verify'],
  quality: [...conducted, 'maintenance', 'coverage', 'measure'],
  retention: [...conducted, 'maintenance', 'verify'],
  migrate: [...conducted, 'maintenance', 'backup'],
  recheck: [...conducted, 'maintenance'],
  pins: [...conducted, 'maintenance'],
  notify: [...base, 'source', 'joblog'],
  prove: [...conducted, 'maintenance', 'journal', 'tlog'],
  trust: [...conducted, 'maintenance', 'backup', 'verify', 'journal', 'tlog'],
  fetch: [...conducted, 'maintenance'],
  report: [...conducted, 'maintenance', 'verify', 'coverage', 'prove', 'quality'],
  rebuild: [...conducted, 'maintenance', 'backup', 'verify'],
  sample: ['core', 'platform', 'measure'],
  // a stand-in for the vendor: no other room may know that it is not the vendor itself
  'sample-vendor': ['core', 'platform', 'sample'],
  config: ['core', 'platform'],
  // starts an importer before anything else is loaded
  'start.ts': ['platform', 'pipeline/importer-module.ts'],
  app: [...conducted, ...aftercare, 'sample', 'sample-vendor', 'config'],
  // starts the service
  cli: ['app', 'config', 'core', 'sample', 'sample-vendor', 'server'],
  server: ['app', 'config', 'core'],
  // what the browser gets: served as files, imported by nobody
  web: [],
};

/** The only places that may import a package from the registry; a package that is not named here may not be imported at all. */
const packageHomes: Record<string, string> = {
  '@duckdb/node-api': 'db',
  undici: 'platform',
  yauzl: 'source',
  commander: 'cli',
  'smol-toml': 'config',
  fastify: 'server',
  '@fastify/[a-z-]+': 'server',
  typebox: 'server',
  ajv: 'server',
  'ajv-formats': 'server',
  'prom-client': 'server',
};

/**
 * Node's modules that touch the outside world: platform puts them behind interfaces whose place tests can take. Not `net`, which
 * source needs for what an address is (isIP, BlockList).
 */
const outsideWorld = 'fs|fs/promises|http|https|http2|tls|dns|dns/promises|dgram|child_process|cluster';

/** Node's modules that only compute: all that core may use. */
const pure = 'assert|assert/strict|buffer|crypto|path|path/posix|string_decoder|url|util|util/types';

/** Rooms whose files may be imported one by one. Any other room is entered by its door, src/<room>/<room>.ts. */
const openRooms = 'core|platform';

/** A pattern for the files of a room (`db`) or for a file beside the rooms (`start.ts`). */
function within(place: string): string {
  return place.endsWith('.ts') ? `^src/${place.replace('.', '\\.')}$` : `^src/${place}/`;
}

function anyOf(patterns: readonly string[]): string {
  return patterns.join('|');
}

const places = Object.keys(mayImport);

const roomRules: IForbiddenRuleType[] = Object.entries(mayImport).map(([place, allowed]) => ({
  name: `${place}-imports`,
  comment: `src/${place} may import ${allowed.length === 0 ? 'nothing else' : allowed.join(', ')} from src.`,
  severity: 'error',
  from: { path: within(place) },
  to: { path: '^src/', pathNot: anyOf([place, ...allowed].map(within)) },
}));

const packageRules: IForbiddenRuleType[] = Object.entries(packageHomes).map(([name, home]) => ({
  name: `${name.replaceAll(/[^\w@/-]/g, '')}-home`,
  comment: `Only src/${home} imports ${name}.`,
  severity: 'error',
  from: { path: '^src/', pathNot: within(home) },
  to: { path: `(^|node_modules/)${name}(/|$)` },
}));

export const importRules: IForbiddenRuleType[] = [
  ...roomRules,
  ...packageRules,
  {
    name: 'known-place',
    comment: 'Every file of src is in a room, or beside the rooms, that scripts/import-rules.ts knows.',
    severity: 'error',
    from: { path: '^src/', pathNot: anyOf(places.map(within)) },
    to: {},
  },
  {
    name: 'door',
    comment:
      'Another room is entered only by its door, src/<room>/<room>.ts (core and platform stand open). start.ts needs no more than a name.',
    severity: 'error',
    from: { path: '^src/(?:([^/]+)/|[^/]+$)' },
    to: {
      path: '^src/([^/]+)/',
      pathNot: `^src/(?:$1|${openRooms})/|^src/([^/]+)/\\1\\.ts$|${within('pipeline/importer-module.ts')}`,
    },
  },
  {
    name: 'outside-world',
    comment: 'Files, network and processes are reached only through src/platform.',
    severity: 'error',
    from: { path: '^src/', pathNot: within('platform') },
    to: { dependencyTypes: ['core'], path: `^(node:)?(${outsideWorld})$` },
  },
  {
    name: 'visible-names',
    comment:
      'What becomes visible, is replaced or goes, does so by the store; platform has the links and renames for it.',
    severity: 'error',
    from: { path: '^src/', pathNot: anyOf([within('store'), within('platform')]) },
    to: { path: '^src/platform/visible-names\\.ts$' },
  },
  {
    name: 'core-is-pure',
    comment: 'src/core does no I/O and reads no clock: of Node it uses only modules that compute.',
    severity: 'error',
    from: { path: within('core') },
    to: { dependencyTypes: ['core'], pathNot: `^(node:)?(${pure})$` },
  },
  {
    name: 'known-package',
    comment: 'A package earns its place: each is imported by one room, named in scripts/import-rules.ts.',
    severity: 'error',
    from: { path: '^src/' },
    to: {
      dependencyTypesNot: ['core', 'local'],
      couldNotResolve: false,
      pathNot: `^src/|(^|node_modules/)(${anyOf(Object.keys(packageHomes))})(/|$)`,
    },
  },
  {
    name: 'resolvable',
    comment: 'The imported module exists.',
    severity: 'error',
    from: { path: '^src/' },
    to: { couldNotResolve: true },
  },
  {
    name: 'no-cycles',
    comment: 'No module needs itself, not even for a type.',
    severity: 'error',
    from: { path: '^src/' },
    to: { circular: true },
  },
  {
    name: 'no-orphans',
    comment: 'A file that imports nothing and that nothing imports is not part of the program.',
    severity: 'error',
    from: { orphan: true, path: '^src/', pathNot: ['^src/cli/main\\.ts$', '^src/pipeline/importer-main\\.ts$'] },
    to: {},
  },
];
