import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePorts } from '../../scripts/lib/free-ports.mjs';
import { Missing } from '../lib/missing.mjs';
import { request } from '../lib/request.mjs';

export const name = 'kube-apiserver';
export const found = '--kube-apiserver and --etcd (KUBE_APISERVER, ETCD), or COFFER_TEST_KUBECONFIG';

const CERTIFICATE_MS = 60_000;

/** An API server with RBAC over an etcd of its own; or the one that a kubeconfig names. */
export async function start(tools, options) {
  const given = process.env.COFFER_TEST_KUBECONFIG;
  if (given !== undefined) return { version: 'as given', environment: { COFFER_TEST_KUBECONFIG: given } };
  const { 'kube-apiserver': apiServer = process.env.KUBE_APISERVER, etcd = process.env.ETCD } = options;
  if (!apiServer || !etcd) throw new Missing(`give ${found}`);
  const [etcdUrl, tokens, directory] = [await startEtcd(tools, etcd), newTokens(), tools.temporaryDirectory()];
  const kube = { addressName: 'kubeServer', ...(await startServer(tools, { apiServer, etcdUrl, tokens, directory })) };
  const kubeconfig = path.join(directory, 'kubeconfig');
  const values = {
    kubeToken: tokens.admin,
    kubeReaderToken: tokens.reader,
    kubeNobodyToken: tokens.nobody,
    kubeCaPem: kube.ca,
    kubeCaData: Buffer.from(kube.ca).toString('base64'),
  };
  writeFileSync(kubeconfig, kubeconfigText(kube.url, values), { mode: 0o600 });
  const { text } = await request(kube, 'GET', '/version');
  const { gitVersion } = JSON.parse(text);
  return { version: gitVersion.replace(/^v/, ''), environment: { COFFER_TEST_KUBECONFIG: kubeconfig }, places: { kube }, values };
}

async function startEtcd(tools, etcd) {
  const [client, peer] = (await freePorts(2)).map((port) => `http://127.0.0.1:${port}`);
  const program = tools.start(path.resolve(etcd), [
    `--data-dir=${tools.temporaryDirectory()}`,
    `--listen-client-urls=${client}`,
    `--advertise-client-urls=${client}`,
    `--listen-peer-urls=${peer}`,
    `--initial-advertise-peer-urls=${peer}`,
    `--initial-cluster=default=${peer}`,
  ]);
  await tools.untilReady(program, { url: client }, '/health');
  return client;
}

/** Tokens travel in files; arguments of processes are there for everybody to read. */
async function startServer(tools, { apiServer, etcdUrl, tokens, directory }) {
  const at = (file) => path.join(directory, file);
  const [port] = await freePorts(1);
  const { privateKey, publicKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
  });
  writeFileSync(at('accounts.key'), privateKey, { mode: 0o600 });
  writeFileSync(at('accounts.pub'), publicKey);
  const users = `${tokens.admin},admin,1,system:masters\n${tokens.reader},reader,2\n${tokens.nobody},nobody,3\n`;
  writeFileSync(at('tokens.csv'), users, { mode: 0o600 });
  const program = tools.start(path.resolve(apiServer), [
    `--etcd-servers=${etcdUrl}`,
    '--bind-address=127.0.0.1',
    '--advertise-address=127.0.0.1',
    `--secure-port=${port}`,
    '--endpoint-reconciler-type=none',
    `--cert-dir=${at('certificates')}`,
    `--token-auth-file=${at('tokens.csv')}`,
    '--authorization-mode=RBAC',
    `--service-account-issuer=https://127.0.0.1:${port}`,
    `--service-account-key-file=${at('accounts.pub')}`,
    `--service-account-signing-key-file=${at('accounts.key')}`,
    '--service-cluster-ip-range=10.0.0.0/24',
    // Its accounts are made by a controller that does not run here.
    '--disable-admission-plugins=ServiceAccount',
  ]);
  const [cert, key] = [at('certificates/apiserver.crt'), at('certificates/apiserver.key')];
  for (const deadline = performance.now() + CERTIFICATE_MS; !existsSync(cert) || !existsSync(key); await sleep(100)) {
    const failure = program.failure() ?? (performance.now() > deadline ? 'kube-apiserver wrote no certificate' : undefined);
    if (failure !== undefined) throw new Error(failure);
  }
  const place = {
    url: `https://127.0.0.1:${port}`,
    headers: { authorization: `Bearer ${tokens.admin}` },
    ca: readFileSync(cert, 'utf8'),
    cert: readFileSync(cert, 'utf8'),
    key: readFileSync(key, 'utf8'),
  };
  await tools.untilReady(program, place, '/readyz');
  return place;
}

function newTokens() {
  const token = () => randomBytes(16).toString('hex');
  return { admin: token(), reader: token(), nobody: token() };
}

function kubeconfigText(server, { kubeToken, kubeCaData }) {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'test',
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'admin' } }],
    clusters: [{ name: 'test', cluster: { server, 'certificate-authority-data': kubeCaData } }],
    users: [{ name: 'admin', user: { token: kubeToken } }],
  });
}
