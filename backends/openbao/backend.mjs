import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePorts, isFree } from '../../scripts/lib/free-ports.mjs';
import { installPython } from '../lib/python.mjs';
import { request } from '../lib/request.mjs';

export const name = 'openbao';
export const found = 'from PyPI, or COFFER_TEST_VAULT_ADDR and COFFER_TEST_VAULT_TOKEN';

const HEALTH = '/v1/sys/health';
const CERTIFICATE_MS = 30_000;

/** Three development servers: one to read from, one that is sealed, one that speaks TLS; or the one that the environment names. */
export async function start(tools) {
  const { COFFER_TEST_VAULT_ADDR: url, COFFER_TEST_VAULT_TOKEN: token } = process.env;
  if (url !== undefined) {
    const environment = { COFFER_TEST_VAULT_ADDR: url, COFFER_TEST_VAULT_TOKEN: token ?? '' };
    return { version: await versionOf({ url }), environment };
  }
  const bao = path.join(installPython(tools, name), 'bao');
  const rootToken = randomBytes(16).toString('hex');
  const certificates = tools.temporaryDirectory();
  const [vault, vaultSealed, vaultTls] = await Promise.all([
    startServer(tools, { bao, rootToken, addressName: 'vaultAddr' }),
    startServer(tools, { bao, rootToken, addressName: 'vaultSealedAddr' }),
    startServer(tools, { bao, rootToken, addressName: 'vaultTlsAddr', certificates }),
  ]);
  await request(vaultSealed, 'PUT', '/v1/sys/seal');
  return {
    version: await versionOf(vault),
    environment: {
      COFFER_TEST_VAULT_ADDR: vault.url,
      COFFER_TEST_VAULT_TOKEN: rootToken,
      // Logins by certificate.
      COFFER_TEST_VAULT_TLS_ADDR: vaultTls.url,
      COFFER_TEST_VAULT_TLS_CA_PEM: vaultTls.ca,
    },
    places: { vault, vaultSealed, vaultTls },
    values: { vaultToken: rootToken, vaultCaPem: vaultTls.ca, vaultCaPemEscaped: JSON.stringify(vaultTls.ca).slice(1, -1) },
  };
}

async function startServer(tools, { bao, rootToken, addressName, certificates }) {
  const port = await freePortPair();
  const tls = certificates === undefined ? [] : ['-dev-tls', `-dev-tls-cert-dir=${certificates}`];
  const args = ['server', '-dev', '-dev-no-store-token', `-dev-listen-address=127.0.0.1:${port}`, ...tls];
  const program = tools.start(bao, args, { env: { BAO_DEV_ROOT_TOKEN_ID: rootToken } });
  const place = { addressName, url: `http://127.0.0.1:${port}`, headers: { 'x-vault-token': rootToken } };
  if (certificates !== undefined) Object.assign(place, { url: `https://127.0.0.1:${port}` }, await tlsOf(program, certificates));
  await tools.untilReady(program, place, HEALTH);
  return place;
}

/** The server takes the port after its own as well. */
async function freePortPair() {
  for (;;) {
    const [port] = await freePorts(1);
    if (await isFree(port + 1)) return port;
  }
}

/** What the server makes for itself when it starts. */
async function tlsOf(program, certificates) {
  const read = (ending) => {
    const file = readdirSync(certificates).find((entry) => entry.endsWith(`-${ending}.pem`));
    return file === undefined ? '' : readFileSync(path.join(certificates, file), 'utf8');
  };
  for (const deadline = performance.now() + CERTIFICATE_MS; performance.now() < deadline; await sleep(50)) {
    const failure = program.failure();
    if (failure !== undefined) throw new Error(failure);
    const [ca, cert, key] = existsSync(certificates) ? ['ca', 'cert', 'key'].map(read) : [];
    if ([ca, cert, key].every((pem) => pem?.endsWith('-----\n'))) return { ca, cert, key };
  }
  throw new Error(`bao wrote no certificates into ${certificates}`);
}

async function versionOf(place) {
  const { text } = await request(place, 'GET', `${HEALTH}?standbyok=true`);
  return JSON.parse(text).version;
}
