/**
 * The direction of imports, as the module map in docs/architecture.md draws it: a module may import from its own
 * row and from the rows below, never from above. Specs and test/ may import what they test.
 */
const ROWS_FROM_THE_TOP = [
  ['scheduler', 'metrics', 'privacy', 'router'],
  ['campaigns', 'messages'],
  ['queue'],
  ['contacts', 'channels'],
  ['ledger', 'auth', 'events'],
  ['database', 'embedded'],
  ['config', 'common'],
];

const SPEC = '\\.spec\\.ts$';

function anyOf(modules) {
  return `^src/(?:${modules.join('|')})/`;
}

const noImportFromAbove = ROWS_FROM_THE_TOP.slice(1).map((row, index) => ({
  name: `${row.join('-and-')}-import-nothing-from-above`,
  comment: 'See the module map in docs/architecture.md.',
  severity: 'error',
  from: { path: anyOf(row), pathNot: SPEC },
  to: { path: anyOf(ROWS_FROM_THE_TOP.slice(0, index + 1).flat()) },
}));

function never(from, to, comment) {
  return {
    name: `${from}-never-imports-${to}`,
    comment,
    severity: 'error',
    from: { path: anyOf([from]), pathNot: SPEC },
    to: { path: anyOf([to]) },
  };
}

export default {
  forbidden: [
    ...noImportFromAbove,
    never('router', 'campaigns', 'The router is deployed apart and must not pull campaigns in.'),
    never('campaigns', 'messages', 'They are two users of one engine and know nothing of each other.'),
    never('messages', 'campaigns', 'They are two users of one engine and know nothing of each other.'),
    {
      name: 'no-cycles',
      comment: 'In ESM with decorators a cycle passes the tests and kills the built program at start.',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'common-knows-no-domain',
      comment: 'src/common is for what has no home in a domain; of ours it imports the configuration only.',
      severity: 'error',
      from: { path: '^src/common/', pathNot: SPEC },
      to: { path: '^src/', pathNot: '^src/(?:common|config)/' },
    },
    {
      name: 'simulator-stands-alone',
      comment: 'The simulator speaks to Caudal over HTTP only, as a real provider does.',
      severity: 'error',
      from: { path: '^src/simulator/', pathNot: SPEC },
      to: { path: '^(?:src|migrations|demo|bench)/', pathNot: '^src/(?:simulator|common)/' },
    },
    {
      name: 'states-are-pure',
      comment: 'Transition tables and guards are tested without a framework or a database.',
      severity: 'error',
      from: { path: '-state\\.ts$' },
      to: {
        path: 'node_modules/(?:@nestjs|typeorm|bull|pg|ioredis)(?:/|$)|-?(?:repository|entity|service|module)\\.ts$',
      },
    },
    {
      name: 'nothing-imports-the-entry-points',
      comment: 'main.ts, app.module.ts and boot/ know the modules; the modules do not know them.',
      severity: 'error',
      from: { path: '^src/[^/]+/', pathNot: `^src/boot/|${SPEC}` },
      to: { path: '^src/(?:[^/]+\\.ts$|boot/)' },
    },
    {
      name: 'the-product-knows-no-tests',
      comment: 'Neither src nor migrations import test, demo or bench.',
      severity: 'error',
      from: { path: '^(?:src|migrations)/', pathNot: SPEC },
      to: { path: '^(?:test|demo|bench)/' },
    },
    {
      name: 'migrations-stand-alone',
      comment: 'A migration says what was true when it was written; code that moves on would change it.',
      severity: 'error',
      from: { path: '^migrations/' },
      to: { path: '^src/' },
    },
    {
      name: 'no-development-packages-at-run-time',
      comment: 'The image is installed without them.',
      severity: 'error',
      from: { path: '^(?:src|migrations)/', pathNot: SPEC },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'only-declared-packages',
      comment: 'A package that package.json does not name may be gone with the next install.',
      severity: 'error',
      from: {},
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
    },
    {
      name: 'every-import-is-found',
      comment: 'A misspelt path, or a package that is not installed.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
      extensions: ['.ts', '.js', '.json'],
    },
  },
};
