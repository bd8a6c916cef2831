// Which room may import which: docs/architecture.md draws the same arrows.
const inside = (folder) => `^packages/core/src/${folder}/`;
// What several drivers share: HTTP, files, and what a vendor's services have in common.
const shared = '^packages/(http-client|kubernetes-client|aws-client|file-store)/';

module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } } },
    {
      name: 'driver-imports-nothing',
      comment: 'the contract has zero imports of its own',
      severity: 'error',
      from: { path: inside('driver'), pathNot: '\\.test' },
      to: { pathNot: inside('driver') },
    },
    {
      name: 'stores-know-only-the-contract',
      comment: 'and what several drivers share',
      severity: 'error',
      from: { path: '^packages/stores/([^/]+)/', pathNot: '(\\.test|/test/)' },
      to: { path: '^(packages|apps)/', pathNot: ['^packages/stores/$1/', inside('driver'), shared] },
    },
    {
      name: 'shared-packages-know-only-the-contract',
      severity: 'error',
      from: { path: shared, pathNot: '(\\.test|/test/)' },
      to: { path: '^(packages|apps)/', pathNot: [shared, inside('driver')] },
    },
    {
      name: 'fakes-are-for-tests',
      severity: 'error',
      from: { pathNot: '(\\.test|/test/|^packages/fake-)' },
      to: { path: '^packages/fake-' },
    },
    {
      name: 'core-knows-no-surface',
      severity: 'error',
      from: { path: '^packages/core/' },
      to: { path: '^(packages/(?!core/)|apps/)' },
    },
    {
      name: 'surfaces-know-core-and-no-driver',
      severity: 'error',
      from: { path: '^packages/(http-api|grpc-api)/', pathNot: '(\\.test|/test/)' },
      to: { path: '^(packages/stores|packages/telemetry|apps)/' },
    },
    {
      name: 'telemetry-knows-only-core',
      comment: 'and surfaces know its interface from core, so that embedding them installs no exporter',
      severity: 'error',
      from: { path: '^packages/telemetry/', pathNot: '(\\.test|/test/)' },
      to: { path: '^(packages/(?!core/|telemetry/)|apps/)' },
    },
    {
      name: 'conformance-knows-only-core',
      comment: 'and drivers know it in their tests alone',
      severity: 'error',
      from: { path: '^packages/conformance/', pathNot: '(\\.test|/test/)' },
      to: { path: '^(packages/(?!core/|conformance/)|apps/)' },
    },
    {
      name: 'drivers-are-certified-in-tests',
      severity: 'error',
      from: { path: '^packages/', pathNot: '(\\.test|/test/|^packages/conformance/)' },
      to: { path: '^packages/conformance/' },
    },
    {
      name: 'create-driver-imports-nothing',
      severity: 'error',
      from: { path: '^packages/create-driver/src/', pathNot: '\\.test' },
      to: { pathNot: '^packages/create-driver/src/', dependencyTypesNot: ['core'] },
    },
    {
      name: 'a-new-driver-knows-only-the-contract',
      severity: 'error',
      from: { path: '^packages/create-driver/template/driver/src/', pathNot: '\\.test' },
      to: { path: '^(packages|apps)/', pathNot: ['^packages/create-driver/template/driver/src/', inside('driver')] },
    },
    { name: 'packages-know-no-app', severity: 'error', from: { path: '^packages/' }, to: { path: '^apps/' } },
    {
      name: 'no-relative-path-into-another-package',
      severity: 'error',
      from: { path: '^((?:packages/stores|packages|apps)/[^/]+)/' },
      to: { path: '^(packages|apps)/', pathNot: '^$1/', dependencyTypes: ['local'] },
    },
    {
      name: 'scopes-are-pure',
      severity: 'error',
      from: { path: inside('scopes'), pathNot: '\\.test' },
      to: { pathNot: [inside('scopes'), `${inside('resources')}types`] },
    },
    {
      name: 'declared-dependencies-only',
      severity: 'error',
      from: { path: '/src/', pathNot: '\\.test' },
      // These are in core's bundle.
      to: {
        pathNot: '/node_modules/(yaml|@marcbachmann/cel-js)/',
        dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown', 'unknown'],
      },
    },
  ],
  options: {
    parser: 'tsc',
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(packages|apps)/.*/dist/' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['@coffer/source', 'import', 'node', 'default'],
      extensions: ['.ts', '.js', '.mjs'],
    },
  },
};
