// What every SDK is asked, of which sidecar, and what it has to answer. The values are made up for these checks.

const TOKEN = 'interop-token';

const component = (name, type, metadata) => `apiVersion: dapr.io/v1alpha1
kind: Component
metadata:
  name: ${name}
spec:
  type: ${type}
  version: v1
  metadata: ${JSON.stringify(Object.entries(metadata).map(([name, value]) => ({ name, value })))}
`;

const files = {
  'components/flat.yaml': component('flat', 'secretstores.local.file', { secretsFile: 'secrets.json' }),
  'components/tree.yaml': component('tree', 'secretstores.local.file', { secretsFile: 'secrets.json', multiValued: 'true' }),
  'components/environment.yaml': component('environment', 'secretstores.local.env', { prefix: 'INTEROP_' }),
  'secrets.json': JSON.stringify({ greeting: 'grüß Gott 🔑', hidden: 'no', database: { user: 'app', password: 'p w' } }),
  'config.yaml': `apiVersion: dapr.io/v1alpha1
kind: Configuration
metadata:
  name: interop
spec:
  secrets:
    scopes:
      - storeName: flat
        deniedSecrets: [hidden]
`,
};

const get = (store, key) => ({ operation: 'get', store, key });
const bulk = (store) => ({ operation: 'bulk', store });
const METADATA = { operation: 'metadata' };

const reads = [
  { title: 'one secret', question: get('flat', 'greeting'), expected: { value: { greeting: 'grüß Gott 🔑' } } },
  { title: 'a nested secret', question: get('flat', 'database:user'), expected: { value: { 'database:user': 'app' } } },
  {
    title: 'a secret of several values',
    question: get('tree', 'database'),
    expected: { value: { user: 'app', password: 'p w' } },
  },
  { title: 'a variable', question: get('environment', 'COLOR'), expected: { value: { COLOR: 'green' } } },
  {
    title: 'a bulk without what a scope denies',
    question: bulk('flat'),
    expected: {
      value: {
        greeting: { greeting: 'grüß Gott 🔑' },
        'database:user': { 'database:user': 'app' },
        'database:password': { 'database:password': 'p w' },
      },
    },
  },
  {
    title: 'a bulk of variables',
    question: bulk('environment'),
    expected: { value: { COLOR: { COLOR: 'green' } } },
  },
  {
    title: 'the metadata',
    question: METADATA,
    expected: { value: { id: 'interop', components: ['environment', 'flat', 'tree'] } },
  },
  {
    title: 'an unknown store',
    question: get('nowhere', 'greeting'),
    expected: { code: 'INVALID_ARGUMENT', message: 'failed finding secret store with key nowhere' },
  },
  {
    title: 'a bulk of an unknown store',
    question: bulk('nowhere'),
    expected: { code: 'INVALID_ARGUMENT', message: 'failed finding secret store with key nowhere' },
  },
  {
    title: 'a secret that a scope denies',
    question: get('flat', 'hidden'),
    expected: { code: 'PERMISSION_DENIED', message: 'access denied by policy to get "hidden" from "flat"' },
  },
  {
    title: 'a missing secret',
    question: get('flat', 'missing'),
    expected: {
      code: 'INTERNAL',
      message: 'failed getting secret with key missing from secret store flat: secret missing not found',
    },
  },
];

const unauthorized = { code: 'UNAUTHENTICATED', message: 'Unauthorized' };
const refused = [
  { title: 'one secret', question: get('flat', 'greeting'), expected: unauthorized },
  { title: 'a bulk', question: bulk('flat'), expected: unauthorized },
  { title: 'the metadata', question: METADATA, expected: unauthorized },
];

const notConfigured = { code: 'FAILED_PRECONDITION', message: 'secret store is not configured' };
const withoutStores = [
  { title: 'one secret', question: get('flat', 'greeting'), expected: notConfigured },
  { title: 'a bulk', question: bulk('flat'), expected: notConfigured },
  { title: 'the metadata', question: METADATA, expected: { value: { id: 'interop', components: [] } } },
];

const args = ['--app-id=interop', '--resources-path=components', '--config=config.yaml'];

/** One start of cofferd each, with the clients that ask it. */
export const sidecars = [
  {
    title: 'without a token',
    files,
    args,
    env: { INTEROP_COLOR: 'green' },
    clients: [{ title: 'none sent', env: {}, questions: reads }],
  },
  {
    title: 'with a token',
    files,
    args,
    env: { INTEROP_COLOR: 'green', DAPR_API_TOKEN: TOKEN },
    clients: [
      { title: 'the right one sent', env: { DAPR_API_TOKEN: TOKEN }, questions: reads },
      { title: 'a wrong one sent', env: { DAPR_API_TOKEN: 'wrong' }, questions: refused },
      { title: 'none sent', env: {}, questions: refused },
    ],
  },
  {
    title: 'without stores',
    files: { 'components/.keep': '' },
    args: ['--app-id=interop', '--resources-path=components'],
    env: {},
    clients: [{ title: 'none sent', env: {}, questions: withoutStores }],
  },
];
