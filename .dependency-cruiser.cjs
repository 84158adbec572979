// Who may import whom. Every rule that package.json and project references cannot say themselves; see
// docs/ARCHITECTURE.md. Packages see each other through node_modules as `NAME/dist/…`.

const packages = ['protocol', 'firmware-bridge', 'agent', 'coordinator', 'cli', 'test', 'tools'];

/** What each package may import of ours. */
const allowed = {
  protocol: [],
  'firmware-bridge': ['protocol'],
  agent: ['protocol', 'firmware-bridge'],
  coordinator: ['protocol'],
  cli: ['protocol', 'firmware-bridge'],
  test: ['protocol', 'firmware-bridge', 'agent', 'coordinator', 'cli', 'tools'],
  tools: ['protocol', 'firmware-bridge', 'agent', 'coordinator', 'cli'],
};

const packageEdges = packages.map((from) => {
  const forbidden = packages.filter((to) => to !== from && !allowed[from].includes(to));
  return {
    name: `${from}-imports-only-${allowed[from].join('-and-') || 'itself'}`,
    severity: 'error',
    from: { path: `^${from}/` },
    to: { path: `^(?:${forbidden.join('|')})/` },
  };
});

const layers = [
  {
    name: 'domain-imports-only-domain-protocol-and-schemas',
    severity: 'error',
    from: { path: '^([^/]+)/src/.*\\bdomain/' },
    to: { pathNot: ['^$1/src/.*\\bdomain/', '^protocol/', '/valibot/'] },
  },
  {
    name: 'ports-know-no-implementation',
    severity: 'error',
    from: { path: '^([^/]+)/src/.*\\bports/' },
    to: { path: '^$1/src/.*\\b(?:adapters|app)/' },
  },
  {
    name: 'adapters-never-import-app',
    severity: 'error',
    from: { path: '^([^/]+)/src/.*\\badapters/' },
    to: { path: '^$1/src/.*\\bapp/' },
  },
  {
    name: 'adapters-never-import-each-other',
    severity: 'error',
    from: { path: '^([^/]+)/src/.*\\badapters/([^/.]+)' },
    to: { path: '^$1/src/.*\\badapters/', pathNot: '/adapters/$2(?:/|\\.ts$)' },
  },
  {
    name: 'only-entry-points-construct-adapters',
    severity: 'error',
    // A command of the command line is an entry point too: `cli/src/program.ts` starts one of them, and it ends there.
    from: {
      path: '^([^/]+)/src/',
      pathNot: '/adapters/|(?:^|[/-])main\\.ts$|/index\\.ts$|^cli/src/(?:commands|clients|offline|online)/',
    },
    to: { path: '^$1/src/.*\\badapters/' },
  },
];

/** Functional core: no input, no output. Digests, keys and checksums are arithmetic. */
const purity = [
  {
    name: 'protocol-does-no-io',
    severity: 'error',
    from: { path: '^protocol/src/' },
    to: { dependencyTypes: ['core'], pathNot: '^(?:node:)?(?:crypto|zlib)$' },
  },
];

const hygiene = [
  { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
  { name: 'every-import-resolves', severity: 'error', from: {}, to: { couldNotResolve: true } },
  {
    name: 'only-public-entries-of-other-packages',
    severity: 'error',
    from: { path: '^([^/]+)/' },
    to: { path: `^(?:${packages.join('|')})/`, pathNot: ['^$1/', '/dist/(?:testing/)?index\\.(?:js|d\\.ts)$'] },
  },
];

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [...packageEdges, ...layers, ...purity, ...hygiene],
  options: {
    doNotFollow: { path: ['node_modules', '/dist/'] },
    exclude: { path: ['^test/dist/'] },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.base.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'types', 'node', 'default'] },
  },
};
