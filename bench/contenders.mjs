import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The token that the sidecars ask for; contenders without a token check ignore it. */
export const TOKEN = 'bench-token';
const SERVERS = fileURLToPath(new URL('servers/', import.meta.url));
const COFFERD = fileURLToPath(new URL('../apps/server/bin/cofferd.js', import.meta.url));

const component = (name, type, metadata) => `apiVersion: dapr.io/v1alpha1
kind: Component
metadata:
  name: ${name}
spec:
  type: ${type}
  version: v1
  metadata: ${JSON.stringify(metadata)}
`;

/** What the sidecars read: two local stores and a scope that allows one secret by name. */
export function writeResources(directory) {
  mkdirSync(path.join(directory, 'components'));
  const files = {
    'components/example.yaml': component('example', 'secretstores.local.file', [{ name: 'secretsFile', value: 'secrets.json' }]),
    'components/environment.yaml': component('environment', 'secretstores.local.env', []),
    'secrets.json': '{"greeting":"hello from Coffer","hidden":"no"}',
    'config.yaml': `apiVersion: dapr.io/v1alpha1
kind: Configuration
metadata:
  name: bench
spec:
  secrets:
    scopes:
      - storeName: example
        defaultAccess: deny
        allowedSecrets: [greeting]
`,
  };
  for (const [name, content] of Object.entries(files)) writeFileSync(path.join(directory, name), content);
}

function sidecarFlags([http, grpc, internal, metrics]) {
  return [
    '--app-id=bench',
    `--dapr-http-port=${http}`,
    `--dapr-grpc-port=${grpc}`,
    `--dapr-internal-grpc-port=${internal}`,
    `--metrics-port=${metrics}`,
    '--dapr-listen-addresses=127.0.0.1',
    '--metrics-listen-address=127.0.0.1',
    '--resources-path=components',
    '--config=config.yaml',
  ];
}

/**
 * The two APIs: which of the given free ports a contender serves it on (for scripts: the one they get), who takes part, and
 * whose answer the others are held against. `command` makes the command line for free ports; `node` is the Node to run scripts
 * with. daprd takes part when the environment variable DAPRD names its binary.
 */
export const apis = {
  http: { port: ([http]) => http, baseline: 'node:http', scripts: { 'node:http': 'bare.mjs', express: 'express.mjs' } },
  grpc: {
    port: ([, grpc]) => grpc,
    baseline: 'node:http2',
    scripts: { 'node:http2': 'bare-grpc.mjs', 'grpc-js': 'grpc-js.mjs' },
  },
};

export function contenders(api, node) {
  const { port, scripts } = apis[api];
  const daprd = process.env.DAPRD;
  return [
    { name: 'cofferd', command: (ports) => [node, COFFERD, ...sidecarFlags(ports)] },
    ...Object.entries(scripts).map(([name, script]) => ({
      name,
      command: (ports) => [node, path.join(SERVERS, script), port(ports)],
    })),
    ...(daprd ? [{ name: 'daprd', command: (ports) => [daprd, ...sidecarFlags(ports)] }] : []),
  ];
}

export const environment = { PATH: process.env.PATH, HOME: process.env.HOME, DAPR_API_TOKEN: TOKEN, DAPR_HOST_IP: '127.0.0.1' };
