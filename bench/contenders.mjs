import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const TOKEN = 'bench-token';
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
 * Who takes part: a name and, for given free ports (the first is the HTTP API's), the command. `node` is the Node to run
 * scripts with. daprd takes part when the environment variable DAPRD names its binary.
 */
export function contenders(node) {
  const all = [
    { name: 'cofferd', command: (ports) => [node, COFFERD, ...sidecarFlags(ports)] },
    { name: 'node:http', command: ([port]) => [node, path.join(SERVERS, 'bare.mjs'), port] },
    { name: 'express', command: ([port]) => [node, path.join(SERVERS, 'express.mjs'), port] },
  ];
  const daprd = process.env.DAPRD;
  return daprd ? [...all, { name: 'daprd', command: (ports) => [daprd, ...sidecarFlags(ports)] }] : all;
}

export const environment = { PATH: process.env.PATH, HOME: process.env.HOME, DAPR_API_TOKEN: TOKEN, DAPR_HOST_IP: '127.0.0.1' };

/** The request that every contender gets; those without a token check ignore the header. */
export function request(port) {
  return `GET /v1.0/secrets/example/greeting HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\ndapr-api-token: ${TOKEN}\r\n\r\n`;
}
